import { storeForUri } from '../artifacts/open-store.ts';
import { verifyArtifact } from '../artifacts/verify.ts';
import { MregError } from '../documents/error.ts';
import { versionPath } from '../documents/paths.ts';
import type { Refusal } from '../documents/refusal.ts';
import { listModels, readStage, versionNumbers } from '../registry/models.ts';
import { readStored } from '../registry/read-file.ts';
import type { Session } from './session.ts';
import type { Subject } from './verify-subject.ts';

/** Reads the stored bytes of versions again and returns what is not as their documents record it. */
export async function verifyArtifacts(
  session: Session,
  subject: Subject,
  { isAll }: { readonly isAll: boolean },
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  const models = subject.model === undefined ? await listModels(subject.snapshot) : [subject.model];
  for (const model of models) {
    const versions = isAll ? await allVersions(subject, model) : await servedVersions(session, subject, model);
    for (const version of versions)
      refusals.push(...(await verifyBytes(session, subject, versionPath(model, version))));
  }
  return refusals;
}

async function allVersions({ snapshot }: Subject, model: string): Promise<readonly string[]> {
  return (await versionNumbers(snapshot, model)).map((number) => `v${String(number)}`);
}

async function servedVersions({ view }: Session, { snapshot }: Subject, model: string): Promise<readonly string[]> {
  const served = new Set<string>();
  for (const stage of view.settings.body.spec.stages) {
    const slots = (await readStage(snapshot, model, stage))?.body.spec.slots;
    for (const slot of slots === undefined ? [] : [slots.blue, slots.green]) served.add(slot.version);
  }
  return [...served];
}

async function verifyBytes(session: Session, { snapshot }: Subject, path: string): Promise<readonly Refusal[]> {
  const reading = await readStored(snapshot, 'ModelVersion', path);
  // What is wrong with the document was found with the tree.
  if (!reading.ok || reading.value === undefined) return [];
  const { uri, digest } = reading.value.body.spec.artifact;
  const hint = `restore the bytes from another store: mreg artifact pull, then mreg artifact push`;
  try {
    const wanted = { ...storeForUri(uri, session.view.settings.body.spec.stores, session.outside), artifact: digest };
    const findings = await verifyArtifact(wanted, { signal: session.outside.interrupted });
    return findings.map(({ path: file, expected, found }) => ({
      code: 'artifact',
      path: `${path}: ${file}`,
      expected,
      found,
      hint,
    }));
  } catch (error) {
    if (!(error instanceof MregError) || !EXPECTED.has(error.code)) throw error;
    return [
      { code: 'artifact', path, expected: `the bytes at ${uri}`, found: error.message, hint: error.hint ?? hint },
    ];
  }
}

/** Ways in which stored bytes can be wrong or out of reach; anything else ends the command. */
const EXPECTED: ReadonlySet<string> = new Set(['unknown-artifact', 'unknown-store', 'integrity', 'bad-reference']);
