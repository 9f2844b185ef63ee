import { entriesAt, isTree, type Snapshot, type TreeEntry } from './snapshot.ts';
import { inChunks } from './in-chunks.ts';
import { readPointerStanding } from './read-status.ts';
import type { StageAddress } from './stage-chain.ts';
import type { StageStanding } from './stage-standing.ts';

/** A stage and where it stands. */
export interface StandingStage {
  readonly at: StageAddress;
  readonly standing: StageStanding;
}

/** What was found under each model's folder, by the folder's object id: an unchanged model is not read again. */
export type FoundStages = Map<string, readonly StandingStage[]>;

/**
 * Returns the stages of every model that somebody is served from, all but the first. What `known` holds is not read again,
 * so that looking once more costs what changed; it is left with what is in force now.
 */
export async function findStandingStages(
  snapshot: Snapshot,
  stages: readonly string[],
  known: FoundStages,
): Promise<readonly StandingStage[]> {
  const served = stages.slice(1);
  const folders = await modelFolders(snapshot);
  const found = await inChunks(folders, async ({ model, oid }) => {
    const standing = known.get(oid) ?? (await readModel(snapshot, model, served));
    return { oid, standing };
  });
  known.clear();
  for (const { oid, standing } of found) known.set(oid, standing);
  return found.flatMap(({ standing }) => standing);
}

interface ModelFolder {
  readonly model: string;
  readonly oid: string;
}

async function modelFolders(snapshot: Snapshot): Promise<readonly ModelFolder[]> {
  const folders = (await entriesAt(snapshot, 'registry')).filter(isTree);
  const inside = await inChunks(folders, (folder) => snapshot.objects.readTree(folder.oid));
  return folders.flatMap((folder, index) => modelsIn(folder, inside[index] ?? []));
}

/** A folder with a model.yaml is a model; one without is a namespace. */
function modelsIn({ name, oid }: TreeEntry, inside: readonly TreeEntry[]): readonly ModelFolder[] {
  if (inside.some((entry) => entry.name === 'model.yaml')) return [{ model: name, oid }];
  return inside.filter(isTree).map((entry) => ({ model: `${name}/${entry.name}`, oid: entry.oid }));
}

async function readModel(
  snapshot: Snapshot,
  model: string,
  stages: readonly string[],
): Promise<readonly StandingStage[]> {
  const read = await Promise.all(stages.map((stage) => readPointerStanding(snapshot, { model, stage })));
  return stages.flatMap((stage, index) => {
    const standing = read[index];
    return standing === undefined ? [] : [{ at: { model, stage }, standing }];
  });
}
