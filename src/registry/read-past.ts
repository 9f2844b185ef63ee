import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import { timeText } from './draft.ts';
import { stateOrNothing } from './stage-deed.ts';
import { makerOf, statesOf, type CommitMark, type TrustReader } from './commit-mark.ts';
import { readPromotionRecord } from './promotion-record.ts';
import { plausibleTimes } from './plausible-times.ts';
import type { CommitFacts, Source } from './snapshot.ts';
import type { StageAddress, StageState } from './stage-chain.ts';

/** What a stage held at a moment, on whose word and on what evidence. */
export interface PastState {
  readonly version: string;
  readonly digest: string;
  readonly since: string;
  /** When the next version took over; absent while this one stands. */
  readonly until?: string;
  /** The commit that made the version the champion. */
  readonly commit: string;
  readonly by?: string;
  readonly requestedBy?: string;
  readonly approvedBy: readonly string[];
  readonly evidence: PromotionDocument['spec']['evidence'];
  readonly note?: string;
  readonly verified: CommitMark;
}

/** A question about a stage's past. */
export interface PastQuestion {
  readonly at: StageAddress;
  readonly moment: Date;
  /** First-parent commits that touch the stage, newest first, and the tip they are seen from. */
  readonly moves: readonly string[];
  readonly tip: string;
}

/** Commits before each move whose clocks are compared with its own. */
const WITNESSES = 4;

/** Returns what a stage held at a moment, or undefined when it was empty then. Times are what the commits' makers claimed. */
export async function readPast(
  source: Source,
  question: PastQuestion,
  trusts: TrustReader,
): Promise<PastState | undefined> {
  const { at } = question;
  const moves = await datedMoves(source, question);
  const last = moves.findLastIndex(({ time }) => time <= question.moment.getTime());
  const move = moves[last];
  const state = move === undefined ? undefined : await stateIn(source, move.commit, at);
  if (move === undefined || state === undefined) return undefined;
  const run = await championRun(source, {
    at,
    last: { move, state },
    before: moves.slice(0, last),
    after: moves.slice(last + 1),
  });
  return tellPast(source, { at, run }, trusts);
}

interface Move {
  readonly commit: CommitFacts;
  readonly time: number;
}

/** Moves oldest first, with times that other commits bear out. */
async function datedMoves(source: Source, { moves, tip }: PastQuestion): Promise<readonly Move[]> {
  const chain = (await witnesses(source, [tip, ...moves.filter((oid) => oid !== tip)])).reverse();
  const times = plausibleTimes(chain.map(({ committedAt }) => committedAt.getTime()));
  const wanted = new Set(moves);
  return chain.flatMap((commit, index) => (wanted.has(commit.oid) ? [{ commit, time: times[index] ?? 0 }] : []));
}

/** Returns the named commits and a few before each, newest first, none twice. */
async function witnesses(source: Source, anchors: readonly string[]): Promise<CommitFacts[]> {
  const chain: CommitFacts[] = [];
  for (const [index, anchor] of anchors.entries()) {
    let next: string | undefined = anchor;
    for (let step = 0; step <= WITNESSES && next !== undefined; step += 1) {
      if (step > 0 && next === anchors[index + 1]) break;
      const commit = await source.readCommit(next);
      chain.push(commit);
      next = commit.parents[0];
    }
  }
  return chain;
}

function stateIn(source: Source, commit: CommitFacts, at: StageAddress): Promise<StageState | undefined> {
  return stateOrNothing({ objects: source, commit: commit.oid, tree: commit.tree }, at);
}

interface Arrival {
  readonly move: Move;
  readonly state: StageState;
}

/** The time that one version was the champion: since its arrival, until the next one's. */
interface Run {
  readonly first: Arrival;
  readonly until: number | undefined;
}

/** A rollout moves a stage several times before its champion changes: the moves under one champion belong together. */
async function championRun(
  source: Source,
  around: {
    readonly at: StageAddress;
    readonly last: Arrival;
    readonly before: readonly Move[];
    readonly after: readonly Move[];
  },
): Promise<Run> {
  const { at, last, before, after } = around;
  const { version } = last.state.stage.spec;
  let first = last;
  for (const move of before.toReversed()) {
    const state = await stateIn(source, move.commit, at);
    if (state?.stage.spec.version !== version) break;
    first = { move, state };
  }
  for (const move of after) {
    const state = await stateIn(source, move.commit, at);
    if (state?.stage.spec.version !== version) return { first, until: move.time };
  }
  return { first, until: undefined };
}

async function tellPast(
  source: Source,
  told: { readonly at: StageAddress; readonly run: Run },
  trusts: TrustReader,
): Promise<PastState> {
  const { at, run } = told;
  const { commit, time } = run.first.move;
  const { version, digest } = run.first.state.stage.spec;
  const states = await statesOf(source, commit);
  const trust = (await trusts.trustIn(states.before)) ?? (await trusts.trustIn(states.after));
  const maker = makerOf(trust, commit);
  const record = await readPromotionRecord({ snapshot: states.after, trust }, at);
  // While a version is on trial the stage stands on its promotion, which says nothing of the champion.
  const own = record?.spec.version === version ? record : undefined;
  return {
    version,
    digest,
    since: timeText(new Date(time)),
    ...(run.until === undefined ? {} : { until: timeText(new Date(run.until)) }),
    commit: commit.oid,
    ...(maker.principal === undefined ? {} : { by: maker.principal }),
    ...(own?.requestedBy === undefined ? {} : { requestedBy: own.requestedBy }),
    approvedBy: own?.approvedBy ?? [],
    evidence: own?.spec.evidence ?? [],
    ...(own?.spec.note === undefined ? {} : { note: own.spec.note }),
    verified: maker.mark,
  };
}
