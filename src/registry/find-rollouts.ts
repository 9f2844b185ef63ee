import { inChunks } from './in-chunks.ts';
import { readPointerStanding } from './read-status.ts';
import { entriesAt, isTree, type Snapshot, type TreeEntry } from './snapshot.ts';
import type { StageAddress } from './stage-chain.ts';
import type { StageStanding } from './stage-standing.ts';

/** A stage and where it stands. As long as its model's folder is unchanged, it is found as the very same object. */
export interface StandingStage {
  readonly at: StageAddress;
  readonly standing: StageStanding;
}

/** A folder below `registry/` as it was found: a model, or a namespace with models inside. */
interface Folder {
  readonly oid: string;
  readonly standing: readonly StandingStage[];
  readonly inside: ReadonlyMap<string, Folder>;
}

/** What was found in one state, so that looking at the next costs what changed; all of it can be lost. */
export interface FoundStages {
  readonly tree: string | undefined;
  readonly stages: string;
  readonly folders: ReadonlyMap<string, Folder>;
}

/** Nothing found yet. */
export const NOTHING_FOUND: FoundStages = { tree: undefined, stages: '', folders: new Map() };

/**
 * Returns where the stages of every model stand that somebody is served from, all but the first. An unchanged state is not
 * looked into again, and of a changed one only the folders that changed.
 */
export async function findStandingStages(
  snapshot: Snapshot,
  stages: readonly string[],
  known: FoundStages,
): Promise<FoundStages> {
  const served = stages.slice(1);
  const names = served.join();
  if (known.tree !== undefined && known.tree === snapshot.tree && known.stages === names) return known;
  const before = known.stages === names ? known.folders : NOTHING_FOUND.folders;
  const folders = await readFolders({ snapshot, served }, await entriesAt(snapshot, 'registry'), before);
  return { tree: snapshot.tree, stages: names, folders };
}

/** Returns the stages that were found. */
export function standingIn({ folders }: FoundStages): readonly StandingStage[] {
  return [...folders.values()].flatMap(({ standing }) => standing);
}

interface Look {
  readonly snapshot: Snapshot;
  readonly served: readonly string[];
  /** The namespace that is looked into, if it is one. */
  readonly namespace?: string;
}

async function readFolders(
  look: Look,
  entries: readonly TreeEntry[],
  before: ReadonlyMap<string, Folder>,
): Promise<ReadonlyMap<string, Folder>> {
  const read = await inChunks(entries.filter(isTree), async (entry): Promise<[string, Folder]> => {
    const known = before.get(entry.name);
    return [entry.name, known?.oid === entry.oid ? known : await readFolder(look, entry, known?.inside ?? new Map())];
  });
  return new Map(read);
}

/** A folder with a model.yaml is a model; one without is a namespace. */
async function readFolder(look: Look, { name, oid }: TreeEntry, before: ReadonlyMap<string, Folder>): Promise<Folder> {
  const { snapshot, namespace } = look;
  const entries = await snapshot.objects.readTree(oid);
  if (entries.some((entry) => entry.name === 'model.yaml')) {
    const model = namespace === undefined ? name : `${namespace}/${name}`;
    return { oid, standing: await readModel(look, model), inside: new Map() };
  }
  if (namespace !== undefined) return { oid, standing: [], inside: new Map() };
  const inside = await readFolders({ ...look, namespace: name }, entries, before);
  return { oid, standing: [...inside.values()].flatMap(({ standing }) => standing), inside };
}

async function readModel({ snapshot, served }: Look, model: string): Promise<readonly StandingStage[]> {
  const read = await Promise.all(served.map((stage) => readPointerStanding(snapshot, { model, stage })));
  return served.flatMap((stage, index) => {
    const standing = read[index];
    return standing === undefined ? [] : [{ at: { model, stage }, standing }];
  });
}
