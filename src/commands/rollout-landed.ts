import { stageDirectory } from '../documents/paths.ts';
import type { StandingStage } from '../registry/find-rollouts.ts';
import { inChunks } from '../registry/in-chunks.ts';
import { sinceOf, stageStateAt } from '../registry/stage-chain.ts';
import { snapshotAt, type Session } from './session.ts';

/** Since when a stage has stood as it does, and how it came there. */
export interface Landed {
  readonly since: Date;
  /** It came back from earlier: whoever took it there knew what they did, and no rule takes it further back. */
  readonly isRestored: boolean;
}

/** What is known of stages that did not change; keyed by the stage as it was found. */
export type KnownLandings = WeakMap<StandingStage, Landed>;

/** Returns how each of many stages came to stand as it does. What is not known yet is found by one walk of history. */
export async function landingsOf(
  session: Session,
  stages: readonly StandingStage[],
  known: KnownLandings,
): Promise<ReadonlyMap<StandingStage, Landed>> {
  const unknown = stages.filter((stage) => !known.has(stage));
  const commits = await session.repository.newestTouching(unknown.map(folderOf), session.tip);
  const read = await inChunks(unknown, async (stage): Promise<[StandingStage, Landed]> => [
    stage,
    await readLanding(session, stage, { commit: commits.get(folderOf(stage)), known }),
  ]);
  const fresh = new Map(read);
  return new Map(stages.map((stage) => [stage, known.get(stage) ?? fresh.get(stage) ?? saidBy(stage)]));
}

function folderOf({ at }: StandingStage): string {
  return stageDirectory(at.model, at.stage);
}

function saidBy({ standing }: StandingStage): Landed {
  return { since: new Date(standing.since), isRestored: false };
}

async function readLanding(
  session: Session,
  stage: StandingStage,
  { commit, known }: { readonly commit: string | undefined; readonly known: KnownLandings },
): Promise<Landed> {
  if (commit === undefined) return saidBy(stage);
  const { committedAt, parents } = await session.repository.readCommit(commit);
  const now = session.outside.now();
  const since = sinceOf(stage.standing.since, { committedAt, now });
  const landed = { since, isRestored: await isRestored(session, stage, parents[0]) };
  // A time that still lies ahead is not believed today, and may be tomorrow.
  if (committedAt <= now) known.set(stage, landed);
  return landed;
}

/** A move names the pointer before it; one that came back from earlier names another. */
async function isRestored(session: Session, { at }: StandingStage, parent: string | undefined): Promise<boolean> {
  if (parent === undefined) return false;
  const [now, before] = await Promise.all([
    stageStateAt(session.view.snapshot, at),
    stageStateAt(await snapshotAt(session.repository, parent), at),
  ]);
  // What was brought beside the pointer moved nothing.
  if (now === undefined || now.digest === before?.digest) return false;
  return now.stage.spec.previous !== (before?.digest ?? 'none');
}
