import type { Refusal } from '../documents/refusal.ts';
import type { AdmitContext } from '../registry/admit.ts';
import { entryAt } from '../registry/snapshot.ts';
import { readView } from '../registry/view.ts';
import { judgeStep, snapshotOf, type JudgedStep } from './judge-step.ts';

/** Between which instants a step of the past must have come in. */
export interface Arrival {
  readonly earliest: Date;
  readonly latest: Date;
}

type Judge = (now: Date) => Promise<JudgedStep>;

/**
 * Judges a step of the past. When it came in nobody knows: the date of a commit is its author's claim. It is tried first;
 * where the step is refused then, it stands if there is any instant of its arrival at which the door would have let it in.
 */
export async function judgePastStep(
  oid: string,
  context: Omit<AdmitContext, 'now'>,
  arrival: Arrival,
): Promise<JudgedStep> {
  const judge: Judge = (now) => judgeStep(oid, { ...context, now });
  const claimed = within(arrival, (await context.source.readCommit(oid)).committedAt);
  const first = await judge(claimed);
  if (first.verdict.accepted || !arrivalMatters(first)) return first;
  return searchInstant({ judge, arrival, windows: await windowsOf(oid, context) }, { at: claimed, judged: first });
}

/** Refusals that may be about the clock; every other is the same at any time. */
const TIMED: ReadonlySet<Refusal['code']> = new Set(['clock', 'expired', 'frozen', 'gate', 'rollout']);

function arrivalMatters({ verdict }: JudgedStep): boolean {
  return verdict.refusals.every(({ code }) => TIMED.has(code));
}

interface Search {
  readonly judge: Judge;
  readonly arrival: Arrival;
  /** Ids of gates that look at the day and hour. */
  readonly windows: ReadonlySet<string>;
}

interface Tried {
  readonly at: Date;
  readonly judged: JudgedStep;
}

/**
 * A refusal that is not there at the earliest instant says "too late", one that is not there at the latest "too early":
 * the instant at which neither stands is found by halving. Attack: an expired request let in on the server's disk, which
 * an honest signature of a later time, on a step before it, gives away.
 */
async function searchInstant({ judge, arrival, windows }: Search, first: Tried): Promise<JudgedStep> {
  const ends = [namesOf(await judge(arrival.earliest)), namesOf(await judge(arrival.latest))] as const;
  let { earliest, latest } = arrival;
  let { at, judged } = first;
  while (!judged.verdict.accepted) {
    const { refusals } = judged.verdict;
    const lasting = refusals.filter((refusal) => isWindow(refusal, windows) || ends.every((end) => isIn(end, refusal)));
    if (lasting.length > 0) return withRefusals(judged, lasting);
    const [tooLate, tooEarly] = ends.map((end) => refusals.some((refusal) => !isIn(end, refusal)));
    if (tooLate === tooEarly || latest.getTime() - earliest.getTime() <= 1) return judged;
    if (tooLate === true) latest = at;
    else earliest = at;
    at = new Date((earliest.getTime() + latest.getTime()) / 2);
    judged = await judge(at);
  }
  return judged;
}

function namesOf({ verdict }: JudgedStep): ReadonlySet<string> {
  return new Set(verdict.refusals.map(nameOf));
}

function isIn(names: ReadonlySet<string>, refusal: Refusal): boolean {
  return names.has(nameOf(refusal));
}

/** What a refusal expected and found names the clock, so only its place tells it from others. */
function nameOf({ code, path }: Refusal): string {
  return `${code} ${path}`;
}

/** Whether a window is open has no before and after: another instant proves nothing, the claimed one has to do. */
function isWindow({ code, path }: Refusal, windows: ReadonlySet<string>): boolean {
  return code === 'gate' && windows.has(path.slice(path.lastIndexOf(': ') + 2));
}

async function windowsOf(oid: string, { source }: Pick<AdmitContext, 'source'>): Promise<ReadonlySet<string>> {
  const [parent] = (await source.readCommit(oid)).parents;
  const before = parent === undefined ? undefined : await snapshotOf(source, parent);
  if (before === undefined || (await entryAt(before, 'trust/root.yaml')) === undefined) return new Set();
  const gates = (await readView(before))?.policies.flatMap(({ body }) =>
    body.spec.transitions.flatMap((transition) => transition.gates),
  );
  return new Set((gates ?? []).filter(({ type }) => type === 'window').map(({ id }) => id));
}

function withRefusals(step: JudgedStep, refusals: readonly Refusal[]): JudgedStep {
  return { ...step, verdict: { ...step.verdict, refusals } };
}

function within({ earliest, latest }: Arrival, at: Date): Date {
  if (at < earliest) return earliest;
  return at > latest ? latest : at;
}
