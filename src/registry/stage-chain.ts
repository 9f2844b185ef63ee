import { digestOf, type Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { StageDocument } from '../documents/kinds/stage.ts';
import { stageDirectory, stagePath } from '../documents/paths.ts';
import { readStage } from './models.ts';
import { readStored, type Stored } from './read-file.ts';
import { entryAt, type Snapshot, type Source } from './snapshot.ts';

/** A state that a stage was in: its pointer, the folder's tree and a commit that holds it. */
export interface StageState {
  readonly stage: StageDocument;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  /** Object id of the stage's folder: two equal ids mean that every file is equal byte for byte. */
  readonly tree: string;
  readonly commit: string | undefined;
}

/** Where a stage stands. */
export interface StageAddress {
  readonly model: string;
  readonly stage: string;
}

/** Returns the state of a stage in a snapshot that was admitted, or undefined when it is empty. */
export async function stageStateAt(snapshot: Snapshot, at: StageAddress): Promise<StageState | undefined> {
  return stateOf(snapshot, at, await readStage(snapshot, at.model, at.stage));
}

/** As `stageStateAt` where nobody judged the snapshot yet, or ever will: a pointer that cannot be read is none. */
export async function unjudgedStageState(snapshot: Snapshot, at: StageAddress): Promise<StageState | undefined> {
  const reading = await readStored(snapshot, 'Stage', stagePath(at.model, at.stage));
  return reading.ok ? stateOf(snapshot, at, reading.value) : undefined;
}

async function stateOf(
  snapshot: Snapshot,
  at: StageAddress,
  stored: Stored<StageDocument> | undefined,
): Promise<StageState | undefined> {
  const entry = await entryAt(snapshot, stageDirectory(at.model, at.stage));
  if (stored === undefined || entry === undefined) return undefined;
  return {
    stage: stored.body,
    digest: stored.digest,
    bytes: stored.bytes,
    tree: entry.oid,
    commit: snapshot.commit,
  };
}

/**
 * Yields the earlier states of a stage, newest first, along the chain that each pointer signs: `base` names the commit
 * where the earlier pointer stands, `previous` its digest. The cost is one step a move of this stage, whatever else
 * happened in the registry. Throws MregError('integrity') when the chain is broken.
 */
export async function* earlierStates(source: Source, at: StageAddress, from: StageState): AsyncGenerator<StageState> {
  let current = from;
  while (current.stage.spec.previous !== 'none') {
    const { base, previous } = current.stage.spec;
    const { tree } = await source.readCommit(base);
    const earlier = await stageStateAt({ objects: source, commit: base, tree }, at);
    if (earlier?.digest !== previous) throw brokenChain(at, { base, previous, found: earlier?.digest });
    yield earlier;
    current = earlier;
  }
}

function brokenChain(at: StageAddress, link: { base: string; previous: string; found: string | undefined }): MregError {
  const where = `${stageDirectory(at.model, at.stage)}/stage.yaml in ${link.base}`;
  return new MregError(
    'integrity',
    `expected ${where} to have digest ${link.previous}, found ${link.found ?? 'none'}`,
    {
      hint: 'mreg verify; git fsck',
    },
  );
}

/**
 * Returns since when a stage has been in the state that `parent` holds. A pointer says when its promotion was asked for;
 * a request that waited for approvals took effect later, when the commit that brought it was made. That time is its
 * author's claim: it can only lengthen a wait, and one from the future is not believed.
 */
export async function standingSince(
  source: Source,
  at: StageAddress,
  standing: { readonly stage: StageDocument; readonly parent: string; readonly now: Date },
): Promise<Date> {
  const { rollout, base } = standing.stage.spec;
  const [landing] = await source.commitsTouching(stageDirectory(at.model, at.stage), base, standing.parent);
  if (landing === undefined) return new Date(rollout.since);
  const { committedAt } = await source.readCommit(landing);
  return sinceOf(rollout.since, { committedAt, now: standing.now });
}

/** Returns since when a pointer stands that says `since` of itself and was brought by a commit made at `committedAt`. */
export function sinceOf(since: string, { committedAt, now }: { readonly committedAt: Date; readonly now: Date }): Date {
  const said = new Date(since);
  return committedAt > said && committedAt <= now ? committedAt : said;
}

/** What makes an earlier state one to go back to. */
export interface StableSearch {
  readonly at: StageAddress;
  readonly from: StageState;
  /** Whether `from` itself may be the answer (asked before a promotion), or only states before it (a rollback). */
  readonly includeFrom: boolean;
  /** False for a version that carries a hold. */
  readonly isUsable: (version: string) => Promise<boolean>;
}

/**
 * Returns the newest state that was fully rolled out and whose version may serve, or undefined when there is none. A
 * rollback never goes to a state that serves the version it leaves.
 */
export async function lastStable(source: Source, search: StableSearch): Promise<StageState | undefined> {
  const { at, from, includeFrom, isUsable } = search;
  if (includeFrom && !inProgress(from) && (await isUsable(from.stage.spec.version))) return from;
  const left = newcomerOf(from.stage);
  for await (const state of earlierStates(source, at, from)) {
    const { version } = state.stage.spec;
    const leaves = includeFrom || version !== left;
    if (!inProgress(state) && leaves && (await isUsable(version))) return state;
  }
  return undefined;
}

/** Tells whether a rollout is still moving traffic: then `version` is the old champion, not the version on trial. */
export function inProgress(state: StageState): boolean {
  return state.stage.spec.rollout.phase !== 'complete';
}

/** Returns the version that the last promotion brought: the challenger while a rollout progresses, else the champion. */
export function newcomerOf(stage: StageDocument): string {
  const { champion, slots, rollout, version } = stage.spec;
  if (rollout.phase === 'complete') return version;
  return champion === 'blue' ? slots.green.version : slots.blue.version;
}

/** Returns the digest of a stage file that may be absent, as `previous` says it. */
export function previousOf(state: StageState | undefined): Digest | 'none' {
  return state === undefined ? 'none' : digestOf(state.bytes);
}
