import { storeForUri } from '../artifacts/open-store.ts';
import { verifyArtifact } from '../artifacts/verify.ts';
import { readWanted } from '../artifacts/wanted.ts';
import { MregError } from '../documents/error.ts';
import { versionPath } from '../documents/paths.ts';
import type { Refusal } from '../documents/refusal.ts';
import { listModels, readStage, versionNumbers } from '../registry/models.ts';
import { readStored } from '../registry/read-file.ts';
import { attestationCheck, type CheckAttestations } from './check-attestations.ts';
import type { Session } from './session.ts';
import type { Subject } from './verify-subject.ts';

/** Reads the stored bytes of versions again, with what is attested of them, and returns what is not as their documents record it. */
export async function verifyArtifacts(
  session: Session,
  subject: Subject,
  { isAll }: { readonly isAll: boolean },
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  const check = attestationCheck(session);
  const models = subject.model === undefined ? await listModels(subject.snapshot) : [subject.model];
  for (const model of models) {
    const versions = isAll ? await allVersions(subject, model) : await servedVersions(session, subject, model);
    for (const version of versions)
      refusals.push(...(await verifyBytes(session, subject, { path: versionPath(model, version), check })));
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

async function verifyBytes(
  session: Session,
  { snapshot }: Subject,
  { path, check }: { readonly path: string; readonly check: CheckAttestations },
): Promise<readonly Refusal[]> {
  const reading = await readStored(snapshot, 'ModelVersion', path);
  // What is wrong with the document was found with the tree.
  if (!reading.ok || reading.value === undefined) return [];
  const { uri, digest } = reading.value.body.spec.artifact;
  const hint = `restore the bytes from another store: mreg artifact pull, then mreg artifact push`;
  try {
    const wanted = { ...storeForUri(uri, session.view.settings.body.spec.stores, session.outside), artifact: digest };
    const findings = await verifyArtifact(wanted, { signal: session.outside.interrupted });
    const attested = await check(wanted, await readWanted(wanted));
    return [
      ...findings.map(({ path: file, expected, found }) => finding(`${path}: ${file}`, { expected, found, hint })),
      ...attested.problems.map(({ name, expected, found }) =>
        finding(`${path}: ${name}`, { expected, found, hint: ATTEST }),
      ),
    ];
  } catch (error) {
    if (!(error instanceof MregError) || !EXPECTED.has(error.code)) throw error;
    return [finding(path, { expected: `the bytes at ${uri}`, found: error.message, hint: error.hint ?? hint })];
  }
}

const ATTEST = 'find out who put it there; remove it from the registry, then: mreg artifact attest <model>@<version>';

function finding(path: string, said: Pick<Refusal, 'expected' | 'found' | 'hint'>): Refusal {
  return { code: 'artifact', path, ...said };
}

/** Ways in which stored bytes can be wrong or out of reach; anything else ends the command. */
const EXPECTED: ReadonlySet<string> = new Set(['unknown-artifact', 'unknown-store', 'integrity', 'bad-reference']);
