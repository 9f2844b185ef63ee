import { kubernetesName } from '../documents/names.ts';
import { writeYaml } from '../documents/write-yaml.ts';

const SLOTS = ['blue', 'green'] as const;
const BACKEND_OF = { blue: 0, green: 1 } as const;

/**
 * Returns the exact text of `kustomization.yaml` beside a stage file: a kustomize Component that copies the slots into the
 * users' manifests. The same for every model but for its name, so that the door can check it byte for byte.
 */
export function formatKustomization(model: string, stage: string): string {
  const name = kubernetesName(model, stage);
  // Written out for every stage that is judged, this took a tenth of an audit.
  return PLAIN.test(name) ? (template ??= textFor(SAMPLE)).replaceAll(SAMPLE, name) : textFor(name);
}

/** A name that looks like any other to YAML, and occurs nowhere else in the text. */
const SAMPLE = 'sample-model.sample-stage';
/** What needs no quotes, as the sample needs none. */
const PLAIN = /^[a-z][a-z0-9-]*\.[a-z0-9.-]*[a-z0-9]$/;
let template: string | undefined;

function textFor(name: string): string {
  return writeYaml(
    {
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      resources: ['stage.yaml'],
      configMapGenerator: [{ name: `${name}-stage`, files: ['stage.yaml', 'stage.yaml.sig'] }],
      replacements: SLOTS.flatMap((slot) => replacementsOf(name, slot)),
    },
    {
      comment:
        'Written by mreg, the same for every stage but for the name. Do not edit: name this folder under components.',
    },
  );
}

function replacementsOf(name: string, slot: (typeof SLOTS)[number]): object[] {
  const bySlot = `mreg.dev/slot=${name}.${slot}`;
  const byRoute = `mreg.dev/route=${name}`;
  const backend = String(BACKEND_OF[slot]);
  const source = (field: string): object => ({ kind: 'Stage', name, fieldPath: `spec.slots.${slot}.${field}` });
  const target = (kind: string, annotationSelector: string, fieldPath: string): object => ({
    select: { kind, annotationSelector },
    fieldPaths: [fieldPath],
  });
  const environment = (variable: string): object =>
    target('Deployment', bySlot, `spec.template.spec.containers.*.env.[name=${variable}].value`);
  return [
    {
      source: source('uri'),
      targets: [target('InferenceService', bySlot, 'spec.predictor.model.storageUri'), environment('MREG_URI')],
    },
    { source: source('version'), targets: [environment('MREG_VERSION')] },
    { source: source('digest'), targets: [environment('MREG_DIGEST')] },
    {
      source: source('weight'),
      targets: [
        target('HTTPRoute', byRoute, `spec.rules.0.backendRefs.${backend}.weight`),
        target('VirtualService', byRoute, `spec.http.0.route.${backend}.weight`),
      ],
    },
  ];
}
