import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';

/** A manifest as a cluster would be given it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: unknown;
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** The published schemas (test/golden/crds says where each comes from), by kind and group. */
const FILES: Readonly<Record<string, string>> = {
  'ApplicationSet argoproj.io': 'argo-cd',
  'Rollout argoproj.io': 'argo-rollouts',
  'GitRepository source.toolkit.fluxcd.io': 'flux-source',
  'Kustomization kustomize.toolkit.fluxcd.io': 'flux-kustomization',
  'HTTPRoute gateway.networking.k8s.io': 'gateway-api',
  'VirtualService networking.istio.io': 'istio',
  'InferenceService serving.kserve.io': 'kserve',
};

/** Kinds of Kubernetes itself, which no controller brings a schema for. */
const BUILT_IN: ReadonlySet<string> = new Set(['ConfigMap', 'Deployment', 'Secret', 'Service']);

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });

/** Returns the manifests in a rendered text. */
export function manifestsIn(text: string): readonly Manifest[] {
  return loadAll(text) as Manifest[];
}

/** Returns what a cluster would refuse, or drop without a word, of a manifest. */
export function complaintsAbout(manifest: Manifest): readonly string[] {
  if (BUILT_IN.has(manifest.kind)) return [];
  const name = `${manifest.kind} ${manifest.apiVersion.split('/')[0] ?? ''}`;
  const file = FILES[name];
  if (file === undefined) return [`no schema of ${name}`];
  const { schema } = JSON.parse(readFileSync(`test/golden/crds/${file}.json`, 'utf8')) as { schema: Schema };
  const validate = ajv.compile({ ...schema, properties: { ...schema.properties, apiVersion: { type: 'string' } } });
  validate(manifest);
  const errors = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
  return [...errors, ...unknownFields(manifest, schema, '')];
}

/** A cluster drops fields that the schema does not name: what they were to say is not done. */
function unknownFields(value: unknown, schema: Schema, path: string): readonly string[] {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => unknownFields(item, schema.items ?? {}, `${path}/${String(index)}`));
  if (schema.properties === undefined) return [];
  const { properties, additionalProperties } = schema;
  return Object.entries(value).flatMap(([key, field]) => {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known !== undefined) return unknownFields(field, known, `${path}/${key}`);
    return additionalProperties === undefined || additionalProperties === false ? [`${path}/${key} is unknown`] : [];
  });
}
