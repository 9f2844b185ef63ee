import { checkArtifactRecord } from '../../documents/artifact-record.ts';
import { splitArtifactUri } from '../../documents/artifact-uri.ts';
import type { ModelVersionDocument } from '../../documents/kinds/model-version.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { modelPath, versionPath } from '../../documents/paths.ts';
import { modelExists, versionNumbers } from '../models.ts';
import type { RegistryView } from '../view.ts';
import {
  readSigned,
  refusing,
  requireRole,
  requireSigner,
  type Finding,
  type RuleContext,
  type Signed,
} from './rule.ts';

/** A version added: complete, signed by a registrar, numbered last + 1. Anything else about a version is refused before. */
export async function judgeVersion(context: RuleContext, model: string, version: string): Promise<Finding> {
  const path = versionPath(model, version);
  const number = await checkNumber(context, model, { version, path });
  const signed = await readSigned(context, 'ModelVersion', path);
  if (!signed.ok) return refusing(...number, ...signed.refusals);
  const { spec } = signed.value.body;
  const by = signed.value.signer;
  const refusals = [
    ...number,
    ...requireRole(context.view, signed.value, { roles: ['registrar'], model }),
    ...requireSigner(path, { field: 'spec.registeredBy', value: spec.registeredBy }, by),
    ...checkArtifact(context.view, signed.value),
    ...(await checkModelThere(context, model)),
  ];
  return { refusals, changes: [{ action: 'register', model, version, by }] };
}

async function checkNumber(
  context: RuleContext,
  model: string,
  { version, path }: { readonly version: string; readonly path: string },
): Promise<readonly Refusal[]> {
  const next = `v${String(((await versionNumbers(context.view.snapshot, model)).at(-1) ?? 0) + 1)}`;
  if (version === next) return [];
  const hint = 'fetch and register again: version numbers have no gaps and are never used twice';
  return [{ code: 'sequence', path, expected: `the next version, ${next}`, found: version, hint }];
}

/** A version of nothing would be taken for a model in a namespace, and hide what else is there. */
async function checkModelThere(context: RuleContext, model: string): Promise<readonly Refusal[]> {
  const path = modelPath(model);
  if (await modelExists(context.after, model)) return [];
  const hint = 'mreg register writes it with the first version';
  return [{ code: 'missing-file', path, expected: 'the model that the version belongs to', found: 'nothing', hint }];
}

/** Attack: a version whose listed files are not those of its digest, or whose bytes lie where nobody configured. */
function checkArtifact(view: RegistryView, { path, body }: Signed<ModelVersionDocument>): readonly Refusal[] {
  const { artifact } = body.spec;
  const { stores } = view.settings.body.spec;
  // Exactly so: `<store>/../../etc@…` begins with the store, too.
  const place = splitArtifactUri(artifact.uri);
  const stored = stores.some(({ url }) => url.replace(/\/+$/, '') === place?.storeUrl);
  const expected = `a uri in a store of mreg.yaml (${stores.map(({ url }) => url).join(', ') || 'none'})`;
  const hint = 'register the artifact with mreg register';
  const elsewhere: Refusal = { code: 'artifact', path, expected, found: artifact.uri, hint };
  return [...checkArtifactRecord(artifact, path), ...(stored ? [] : [elsewhere])];
}
