import { modelDirectory, stagePath, versionPath } from '../documents/paths.ts';
import { assert } from '../documents/error.ts';
import { inChunks } from './in-chunks.ts';
import { newestEvidence, readNewestHold, readStage, versionNumbers } from './models.ts';
import { mustRead } from './read-file.ts';
import { entriesAt, fileAt, type Snapshot } from './snapshot.ts';
import type { StageAddress } from './stage-chain.ts';
import { glanceAtStage } from './stage-glance.ts';
import { standingOf, type StageStanding } from './stage-standing.ts';

/** Where a model stands: its newest version and its stages that point somewhere, in the order of `stages`. */
export interface ModelStanding {
  readonly model: string;
  readonly latest: string | undefined;
  readonly stages: ReadonlyMap<string, StageStanding>;
}

/** A version in a line: read without its evidence, of which only the kinds are told. */
export interface VersionLine {
  readonly version: string;
  readonly digest: string;
  readonly registeredAt: string;
  readonly registeredBy: string;
  readonly evidence: readonly string[];
  readonly held?: { readonly reason: string; readonly by: string };
}

/** Returns where each of `models` stands, in their order. Signatures were judged when the state was admitted. */
export async function readStandings(
  snapshot: Snapshot,
  of: { readonly models: readonly string[]; readonly stages: readonly string[] },
): Promise<readonly ModelStanding[]> {
  // Read once before many ask for it at the same time: the folder of 10,000 models is half a megabyte.
  await entriesAt(snapshot, 'registry');
  return inChunks(of.models, (model) => readStanding(snapshot, model, of.stages));
}

async function readStanding(snapshot: Snapshot, model: string, stages: readonly string[]): Promise<ModelStanding> {
  const [numbers, pointers] = await Promise.all([
    versionNumbers(snapshot, model),
    Promise.all(stages.map((stage) => readPointerStanding(snapshot, { model, stage }))),
  ]);
  const newest = numbers.at(-1);
  const standing = stages.flatMap((stage, index): [string, StageStanding][] => {
    const pointer = pointers[index];
    return pointer === undefined ? [] : [[stage, pointer]];
  });
  return { model, latest: newest === undefined ? undefined : `v${String(newest)}`, stages: new Map(standing) };
}

/** Returns where a stage points, or undefined when it is empty; no judgement may rest on it. */
export async function readPointerStanding(
  snapshot: Snapshot,
  { model, stage }: StageAddress,
): Promise<StageStanding | undefined> {
  // A stage file as mreg writes it is read at a glance: a registry has thousands, and each is read whenever anybody looks.
  const file = await fileAt(snapshot, stagePath(model, stage));
  if (file.state === 'absent') return undefined;
  const seen = file.state === 'present' ? glanceAtStage(Buffer.from(file.bytes).toString('latin1')) : undefined;
  if (seen !== undefined) return seen;
  const pointer = await readStage(snapshot, model, stage);
  return pointer === undefined ? undefined : standingOf(pointer.body);
}

/** Returns the versions of a model, newest first, at most `limit` of them. */
export async function readVersionLines(
  snapshot: Snapshot,
  model: string,
  limit = Infinity,
): Promise<readonly VersionLine[]> {
  const numbers = [...(await versionNumbers(snapshot, model))].reverse().slice(0, limit);
  return inChunks(numbers, (number) => readVersionLine(snapshot, model, `v${String(number)}`));
}

async function readVersionLine(snapshot: Snapshot, model: string, version: string): Promise<VersionLine> {
  const [document, kinds, hold] = await Promise.all([
    mustRead(snapshot, 'ModelVersion', versionPath(model, version)),
    newestEvidence(snapshot, { model, version }),
    readNewestHold(snapshot, model, version),
  ]);
  assert(document !== undefined, `listed versions are readable: ${modelDirectory(model)}/versions/${version}`);
  const { artifact, registeredAt, registeredBy } = document.body.spec;
  const line = { version, digest: artifact.digest, registeredAt, registeredBy, evidence: [...kinds.keys()].sort() };
  if (hold?.body.spec.action !== 'hold') return line;
  return { ...line, held: { reason: hold.body.spec.reason, by: hold.body.spec.by } };
}
