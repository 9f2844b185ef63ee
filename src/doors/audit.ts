import { digestOf, type Digest } from '../documents/digest.ts';
import { assert, MregError } from '../documents/error.ts';
import { placeOf } from '../documents/paths.ts';
import { changesBetween, type Change } from '../registry/changes.ts';
import { statesOf } from '../registry/commit-mark.ts';
import { openLineSource } from '../registry/line-source.ts';
import { readStored } from '../registry/read-file.ts';
import type { ChangeSummary } from '../registry/rules/rule.ts';
import { fileAt, MAX_DOCUMENT_BYTES, type CommitFacts, type Source } from '../registry/snapshot.ts';
import type { JudgedStep } from './judge-step.ts';
import { judgePastStep } from './step-time.ts';

/** A history to replay: every first-parent commit, oldest first, and where to begin. */
export interface AuditWish {
  readonly source: Source;
  readonly line: readonly string[];
  /** The commit that is taken as good, with everything before it; undefined: nothing is. */
  readonly start: AuditPoint | undefined;
  readonly pinnedRoot: Digest | undefined;
  /** The clock of the auditing machine. */
  readonly now: Date;
  /** Called after each judged step. */
  readonly onStep?: () => void;
  /** Stops between two steps when it is aborted; what was found until then is returned. */
  readonly signal?: AbortSignal;
}

/** A commit up to which history is good. */
export interface AuditPoint {
  readonly commit: string;
  /** No later step can have come in before: what signed documents up to here say of their time. */
  readonly notBefore: Date;
}

/** What an audit came to. */
export interface AuditFindings {
  readonly judged: number;
  /** The newest commit that is good, with everything before it; undefined where the first step is bad. */
  readonly good: AuditPoint | undefined;
  /** The first step that no door would have let in. */
  readonly bad: JudgedStep | undefined;
  readonly seen: Seen;
  /** Digest of the first trust root, where the audit came past it. */
  readonly firstRoot: Digest | undefined;
}

/** What the judged steps did. */
export interface Seen {
  readonly deeds: Readonly<Partial<Record<ChangeSummary['action'], number>>>;
  /** Promotions for which the glass was broken. */
  readonly glassBroken: number;
  /** Everybody whose key signed a step, or whom a judged document names as who did it. */
  readonly principals: readonly string[];
  /** Steps that touch no governed file, or came before the registry began. */
  readonly ungoverned: number;
  /** As the commits claim. */
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

/** Times in pointers were compared with the clock of the server, which lets one pass that is this much ahead. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;
/** Steps whose objects are asked for before it is their turn, so that git answers while others are judged. */
const AHEAD = 24;

/** Replays history through the one judge, step by step, up to the first bad one; no later step has solid ground. */
export async function auditSteps(wish: AuditWish): Promise<AuditFindings> {
  const { line, start, now, pinnedRoot } = wish;
  const walk = openLineSource(wish.source, { line, start: start?.commit });
  const steps = line.slice(start === undefined ? 0 : line.indexOf(start.commit) + 1);
  const ahead = readAhead(walk.source, steps);
  const tally = openTally();
  let good = start;
  let firstRoot: Digest | undefined;
  for (const oid of steps) {
    if (wish.signal?.aborted === true) break;
    const changes = await ahead.changesOf(oid);
    const earliest = good?.notBefore ?? new Date(0);
    const context = { source: walk.source, pinnedRoot };
    const step = await judge(oid, () => judgePastStep(oid, context, { earliest, latest: now }));
    tally.add(step);
    wish.onStep?.();
    if (!step.verdict.accepted) return { ...tally.result(), good, bad: step, firstRoot };
    walk.note(oid, changes);
    firstRoot ??= await rootStartedBy(walk.source, step);
    good = { commit: oid, notBefore: await notBeforeAfter(walk.source, { step, changes, earliest }) };
  }
  return { ...tally.result(), good, bad: undefined, firstRoot };
}

/** Says at which step of thousands an object was missing or damaged. */
async function judge(oid: string, work: () => Promise<JudgedStep>): Promise<JudgedStep> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof MregError) || cause.code !== 'integrity') throw cause;
    const { hint, refusals } = cause;
    const details = { cause, refusals, ...(hint === undefined ? {} : { hint }) };
    throw new MregError('integrity', `commit ${oid} cannot be judged: ${cause.message}`, details);
  }
}

interface ReadAhead {
  /** What a step changes. */
  readonly changesOf: (oid: string) => Promise<readonly Change[]>;
}

/** Reads what coming steps change, so that git is asked for much at once. Failures show when the step has its turn. */
function readAhead(source: Source, steps: readonly string[]): ReadAhead {
  const underWay = new Map<string, Promise<readonly Change[]>>();
  let next = 0;
  function begin(): void {
    const oid = steps[next];
    if (oid === undefined) return;
    next += 1;
    const reading = changesOfStep(source, oid);
    reading.catch(() => undefined);
    underWay.set(oid, reading);
  }
  for (let count = 0; count < AHEAD; count += 1) begin();
  return {
    changesOf: async (oid) => {
      const reading = underWay.get(oid) ?? changesOfStep(source, oid);
      underWay.delete(oid);
      begin();
      return reading;
    },
  };
}

async function changesOfStep(source: Source, oid: string): Promise<readonly Change[]> {
  const changes = await changesBetween(await statesOf(source, await source.readCommit(oid)));
  const blobs = changes.flatMap(({ after }) => (after?.mode === '100644' ? [after.oid] : []));
  await Promise.all(blobs.map((blob) => source.readBlob(blob, MAX_DOCUMENT_BYTES)));
  return changes;
}

async function rootStartedBy(source: Source, { commit, verdict }: JudgedStep): Promise<Digest | undefined> {
  if (!verdict.changes.some(({ action }) => action === 'init')) return undefined;
  const file = await fileAt({ objects: source, commit: commit.oid, tree: commit.tree }, 'trust/root.yaml');
  assert(file.state === 'present', 'an accepted first commit has a trust root');
  return digestOf(file.bytes);
}

/** The door compared `movedAt` with its own clock, so whatever follows a pointer came in after that. */
async function notBeforeAfter(
  source: Source,
  done: { readonly step: JudgedStep; readonly changes: readonly Change[]; readonly earliest: Date },
): Promise<Date> {
  const { oid, tree } = done.step.commit;
  let latest = done.earliest.getTime();
  // What a registry brings along with its first commit was judged elsewhere, if at all.
  if (done.step.verdict.changes.some(({ action }) => action === 'init')) return done.earliest;
  for (const { path, after } of done.changes) {
    if (after === undefined || placeOf(path).kind !== 'stage') continue;
    const stage = await readStored({ objects: source, commit: oid, tree }, 'Stage', path);
    if (stage.ok && stage.value !== undefined) {
      latest = Math.max(latest, new Date(stage.value.body.spec.movedAt).getTime() - CLOCK_SKEW_MS);
    }
  }
  return new Date(latest);
}

interface Tally {
  readonly add: (step: JudgedStep) => void;
  readonly result: () => Pick<AuditFindings, 'judged' | 'seen'>;
}

function openTally(): Tally {
  const deeds: Partial<Record<ChangeSummary['action'], number>> = {};
  const principals = new Set<string>();
  let [judged, ungoverned, glassBroken] = [0, 0, 0];
  let [first, last]: (CommitFacts | undefined)[] = [];
  return {
    add: ({ commit, verdict }) => {
      judged += 1;
      first ??= commit;
      last = commit;
      if (!verdict.accepted) return;
      if (verdict.changes.length === 0) ungoverned += 1;
      for (const { action, breakGlass } of verdict.changes) {
        deeds[action] = (deeds[action] ?? 0) + 1;
        if (breakGlass !== undefined) glassBroken += 1;
      }
      for (const id of [verdict.committer, ...verdict.changes.map(({ by }) => by)]) {
        if (id !== undefined) principals.add(id);
      }
    },
    result: () => {
      const [from, to] = [first?.committedAt, last?.committedAt];
      return { judged, seen: { deeds, glassBroken, principals: [...principals].sort(), ungoverned, from, to } };
    },
  };
}
