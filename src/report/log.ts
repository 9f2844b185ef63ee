import type { CommitMark } from '../registry/commit-mark.ts';
import type { DeedAction } from '../registry/deed.ts';
import { shown, visibleLines } from './escape.ts';
import { labelledLines, textOf } from './lines.ts';
import type { AtOutput, LogOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { ageOf, instantOf, listed, shortDigest } from './quantity.ts';
import { symbolsOf } from './symbols.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** One thing that happened, as its commit tells it. */
export interface LogEntry {
  readonly at: string;
  readonly commit: string;
  readonly action: DeedAction;
  readonly model?: string;
  readonly stage?: string;
  readonly version?: string;
  readonly previousVersion?: string;
  readonly by?: string;
  /** Who asked for what another brought in. */
  readonly requestedBy?: string;
  readonly approvedBy?: readonly string[];
  /** Why the glass was broken. */
  readonly breakGlass?: string;
  readonly subject: string;
  readonly evidence?: readonly string[];
  readonly verified: CommitMark;
}

/** What a stage held at a moment, and on whose word. */
export interface StageAt {
  readonly model: string;
  readonly stage: string;
  readonly at: string;
  /** Undefined when the stage was empty then. */
  readonly state:
    | {
        readonly version: string;
        readonly digest: string;
        /** When it was moved there, and when it was moved on; `until` is absent while it stands. */
        readonly since: string;
        readonly until?: string;
        readonly commit: string;
        readonly by?: string;
        readonly requestedBy?: string;
        readonly approvedBy?: readonly string[];
        readonly evidence?: readonly { readonly path: string; readonly digest: string }[];
        readonly note?: string;
        readonly verified: CommitMark;
      }
    | undefined;
}

/** Returns what happened, in the order given: when, what, to which pointer, by whom. Times are UTC. */
export function renderLog(entries: readonly LogEntry[], view: View): string {
  if (entries.length === 0) return textOf(['Nothing has happened here yet.']);
  const titles = ['when (UTC)', 'what', 'where', 'change'].map((title) => ({ title }));
  return textOf(
    renderTable(
      {
        columns: [...titles, { title: 'commit', expendable: true }],
        rows: entries.map((entry) => entryRow(entry, view)),
        notes: entries.map((entry) => entryNote(entry, view)),
      },
      view,
    ),
  );
}

/** Returns the log as `mreg log --json` prints it. */
export function logJson(entries: readonly LogEntry[]): LogOutput {
  return {
    entries: entries.map((entry) => ({
      at: entry.at,
      commit: entry.commit,
      action: entry.action,
      model: entry.model ?? null,
      stage: entry.stage ?? null,
      version: entry.version ?? null,
      previousVersion: entry.previousVersion ?? null,
      by: entry.by ?? null,
      requestedBy: entry.requestedBy ?? null,
      approvedBy: [...(entry.approvedBy ?? [])],
      ...(entry.breakGlass === undefined ? {} : { breakGlass: entry.breakGlass }),
      subject: entry.subject,
      evidence: [...(entry.evidence ?? [])],
      verified: entry.verified,
    })),
  };
}

/** Returns what was in a stage at a moment, who put it there and on what evidence. */
export function renderAt(answer: StageAt, view: View): string {
  const paint = paintFor(view);
  const where = shown(`${answer.model}@${answer.stage}`, view);
  const when = `at ${shown(instantOf(answer.at), view)} UTC`;
  const { state } = answer;
  if (state === undefined) return textOf([`${paint.bold(where)} held nothing ${when}.`]);
  return textOf(
    [`${paint.bold(where)} was ${paint.bold(shown(state.version, view))} ${when}.`],
    labelledLines(atPairs(state, view), view, '  '),
    noteLines(state.note, view),
  );
}

/** Returns the answer as `mreg log --at --json` prints it. */
export function atJson({ model, stage, at, state }: StageAt): AtOutput {
  if (state === undefined) return { model, stage, at, ...NOTHING };
  return {
    model,
    stage,
    at,
    version: state.version,
    digest: state.digest,
    since: state.since,
    until: state.until ?? null,
    commit: state.commit,
    by: state.by ?? null,
    requestedBy: state.requestedBy ?? null,
    approvedBy: [...(state.approvedBy ?? [])],
    evidence: (state.evidence ?? []).map(({ path, digest }) => ({ path, digest })),
    note: state.note ?? null,
    verified: state.verified,
  };
}

const NOTHING = {
  version: null,
  digest: null,
  since: null,
  until: null,
  commit: null,
  by: null,
  requestedBy: null,
  approvedBy: [],
  evidence: [],
  note: null,
  verified: null,
};

/** What stopped something. */
const NOTEWORTHY: ReadonlySet<DeedAction> = new Set(['rollback', 'hold', 'freeze']);

function entryRow(entry: LogEntry, view: View): string[] {
  const paint = paintFor(view);
  return [
    shown(instantOf(entry.at), view),
    NOTEWORTHY.has(entry.action) ? paint.yellow(entry.action) : entry.action,
    shown(pointerOf(entry), view),
    shown(changeOf(entry, symbolsOf(view).arrow), view),
    paint.dim(entry.commit.slice(0, 10)),
  ];
}

/** Who answers for it; before that the commit's own words, where the row says nothing of what changed. */
function entryNote(entry: LogEntry, view: View): string {
  const approvers = entry.approvedBy ?? [];
  const parts = [
    ...(entry.version === undefined ? [entry.subject] : []),
    ...(entry.by === undefined ? [] : [`by ${entry.by}`]),
    ...(entry.requestedBy === undefined || entry.requestedBy === entry.by ? [] : [`asked by ${entry.requestedBy}`]),
    ...(approvers.length === 0 ? [] : [`approved by ${listed(approvers)}`]),
    ...(entry.breakGlass === undefined ? [] : [`glass broken: ${entry.breakGlass}`]),
  ];
  return `${paintFor(view).dim(shown(parts.join(', '), view))}${trustSuffix(entry.verified, view)}`.trim();
}

function pointerOf({ model, stage }: LogEntry): string {
  if (model === undefined) return '';
  return stage === undefined ? model : `${model}@${stage}`;
}

function changeOf({ version, previousVersion, evidence = [] }: LogEntry, arrow: string): string {
  if (version === undefined) return '';
  const move = previousVersion === undefined ? version : `${previousVersion} ${arrow} ${version}`;
  return evidence.length === 0 ? move : `${move} (${evidence.join(', ')})`;
}

function trustSuffix(verified: CommitMark, view: View): string {
  const paint = paintFor(view);
  if (verified === 'good') return '';
  return verified === 'unsigned' ? ` ${paint.yellow('[unsigned]')}` : ` ${paint.red('[untrusted]')}`;
}

function atPairs(state: NonNullable<StageAt['state']>, view: View): [string, string][] {
  const until = state.until === undefined ? 'still there' : `until ${instantOf(state.until)}`;
  const pairs: [string, string][] = [
    ['since', shown(`${instantOf(state.since)} (${ageOf(state.since, view.now)}), ${until}`, view)],
    ['moved by', `${shown(state.by ?? 'unknown', view)}${trustSuffix(state.verified, view)}`],
    ...(state.requestedBy === undefined ? [] : [askedPair(state.requestedBy, view)]),
    ['approved', shown(listed(state.approvedBy ?? []) || 'by nobody else', view)],
    ['commit', state.commit],
    ['artifact', state.digest],
  ];
  const evidence = (state.evidence ?? []).map(({ path, digest }): [string, string] => [
    'evidence',
    shown(`${shortDigest(digest)} ${path}`, view),
  ]);
  return [...pairs, ...evidence];
}

function askedPair(requestedBy: string, view: View): [string, string] {
  return ['asked by', shown(requestedBy, view)];
}

function noteLines(note: string | undefined, view: View): string[] {
  if (note === undefined || note.trim() === '') return [];
  const lines = visibleLines(note).map((line) => shown(line, view));
  return lines.flatMap((line) => wrap(line, { columns: view.columns, first: '  | ', rest: '  | ' }));
}
