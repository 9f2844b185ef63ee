import type { AuditOutput } from './output-schemas.ts';
import type { Refusal } from '../documents/refusal.ts';
import type { CommitFacts } from '../registry/snapshot.ts';
import { changeWords } from './change-words.ts';
import type { ChangeSummary } from '../registry/rules/rule.ts';
import { shown } from './escape.ts';
import { labelledLines, nextLines, textOf } from './lines.ts';
import { paintFor } from './paint.ts';
import { count, instantOf, listed } from './quantity.ts';
import { refusalBlocks } from './refusals.ts';
import { symbolsOf } from './symbols.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** What an audit of a history came to. */
export interface AuditReport {
  readonly branch: string;
  readonly head: string;
  /** Digest of the first trust root; undefined where no registry begins. */
  readonly root: string | undefined;
  /** Whether that digest was pinned outside of what was audited, or taken as it stands there. */
  readonly pin: 'pinned' | 'none';
  /** The commit that the audit began after. */
  readonly start: string | undefined;
  /** True where a person named the start; false where an earlier audit had come so far. */
  readonly isGiven: boolean;
  /** Steps up to the start, taken as good. */
  readonly remembered: number;
  /** Steps after the first bad one. */
  readonly unjudged: number;
  readonly judged: number;
  readonly good: string | undefined;
  readonly bad: BadStep | undefined;
  readonly seen: SeenSteps;
  /** What is wrong with the history as a whole. */
  readonly refusals: readonly Refusal[];
  /** Who answers for the trust of the registry. */
  readonly askers: readonly string[];
}

/** A step that no door would have let in. */
export interface BadStep {
  readonly commit: CommitFacts;
  readonly committer: string | undefined;
  readonly refusals: readonly Refusal[];
  readonly changes: readonly ChangeSummary[];
}

/** What the judged steps did, who did it, and when, as their commits claim. */
export interface SeenSteps {
  readonly deeds: Readonly<Partial<Record<ChangeSummary['action'], number>>>;
  /** Promotions for which the glass was broken. */
  readonly glassBroken: number;
  readonly principals: readonly string[];
  readonly ungoverned: number;
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

/** Returns an audit as people read it: the outcome, the first bad step and what to do, then what was seen. */
export function renderAudit(report: AuditReport, view: View): string {
  return textOf(
    outcome(report, view),
    ...refusalBlocks(report.refusals, view),
    ...badBlocks(report, view),
    seenLines(report, view),
    nextLines(nextFor(report), view),
  );
}

/** Returns an audit as `mreg audit --json` prints it. */
export function auditJson(report: AuditReport): AuditOutput {
  const { bad, seen, refusals } = report;
  return {
    ok: isGood(report),
    branch: report.branch,
    head: report.head,
    root: report.root ?? null,
    pin: report.pin,
    start: report.start ?? null,
    judged: report.judged,
    remembered: report.remembered,
    unjudged: report.unjudged,
    good: report.good ?? null,
    bad: bad === undefined ? null : badJson(bad),
    seen: {
      deeds: { ...seen.deeds },
      ...(seen.glassBroken === 0 ? {} : { glassBroken: seen.glassBroken }),
      ungoverned: seen.ungoverned,
      principals: [...seen.principals],
      from: seen.from?.toISOString() ?? null,
      to: seen.to?.toISOString() ?? null,
    },
    refusals: refusals.map((refusal) => ({ ...refusal })),
  };
}

function badJson({ commit, committer, refusals, changes }: BadStep): NonNullable<AuditOutput['bad']> {
  return {
    commit: commit.oid,
    subject: commit.subject,
    author: `${commit.author.name} <${commit.author.email}>`,
    committedAt: commit.committedAt.toISOString(),
    signer: committer ?? null,
    changes: changes.map(changeWords),
    refusals: refusals.map((refusal) => ({ ...refusal })),
  };
}

function isGood({ bad, refusals }: AuditReport): boolean {
  return bad === undefined && refusals.length === 0;
}

function outcome(report: AuditReport, view: View): string[] {
  const paint = paintFor(view);
  const { branch, head, judged, bad, start, isGiven, remembered } = report;
  const what = `${count(judged, 'step')} of ${shown(branch, view)} at ${head.slice(0, 12)}`;
  const said = isGood(report)
    ? `${paint.green('audited')} ${what}`
    : `${paint.red('not sound')}: ${bad === undefined ? 'another history' : `step ${bad.commit.oid.slice(0, 12)}`}, found in ${what}`;
  const by = isGiven ? 'taken as good because it was named' : 'found good by an earlier audit (--full judges all)';
  const before = `begun after ${start?.slice(0, 12) ?? ''}, with ${count(remembered, 'step')} ${by}`;
  return [
    ...wrap(said, { columns: view.columns }),
    ...(start === undefined ? [] : wrap(before, { columns: view.columns, first: '  ', rest: '  ' })),
    ...pinLines(report, view),
  ];
}

function pinLines({ root, pin }: AuditReport, view: View): string[] {
  if (pin === 'pinned') return [`  from the pinned first trust root ${root ?? ''}`];
  const said =
    'nothing was pinned here (git config mreg.root), so it was taken as it stands: compare it with what its owners say';
  return [
    `  from the first trust root ${root ?? 'of the history'}`,
    ...wrap(said, { columns: view.columns, first: '  ' }),
  ];
}

function badBlocks(report: AuditReport, view: View): string[][] {
  const { bad } = report;
  if (bad === undefined) return [];
  const { commit, committer, changes } = bad;
  const pairs: (readonly [string, string])[] = [
    ['commit', commit.oid],
    ['subject', shown(commit.subject, view)],
    ['author', `${shown(`${commit.author.name} <${commit.author.email}>`, view)} (a claim)`],
    ['date', `${instantOf(commit.committedAt.toISOString())} (a claim)`],
    ['signed by', committer === undefined ? 'nobody trusted' : shown(committer, view)],
    ...changes.map((change) => ['does', shown(changeWords(change), view)] as const),
  ];
  return [labelledLines(pairs, view), ...refusalBlocks(bad.refusals, view), afterwards(report, view)];
}

function afterwards({ unjudged, good, askers }: AuditReport, view: View): string[] {
  const rest = unjudged === 0 ? [] : [`${count(unjudged, 'later step')} not judged: they rest on it.`];
  const ask = askers.length === 0 ? [] : [`Ask whoever runs the server how it came in, and tell ${listed(askers)}.`];
  const back = good === undefined ? [] : [`Up to ${good.slice(0, 12)} everything is good.`];
  return wrap([...back, ...rest, ...ask].join(' '), { columns: view.columns });
}

const DEED_WORDS: Readonly<Record<ChangeSummary['action'], readonly [string, string?]>> = {
  init: ['start'],
  model: ['model description'],
  register: ['registration'],
  evidence: ['measurement'],
  hold: ['hold'],
  release: ['release'],
  freeze: ['freeze'],
  unfreeze: ['end of a freeze', 'ends of freezes'],
  promote: ['promotion'],
  rollout: ['rollout step'],
  rollback: ['rollback'],
  trust: ['trust change'],
  policy: ['policy change'],
  settings: ['settings change'],
};

function seenLines({ seen, judged }: AuditReport, view: View): string[] {
  if (judged === 0) return [];
  const deeds = (Object.keys(DEED_WORDS) as (keyof typeof DEED_WORDS)[]) // the keys are those of the type
    .flatMap((action) => (seen.deeds[action] === undefined ? [] : [count(seen.deeds[action], ...DEED_WORDS[action])]));
  const glass = seen.glassBroken === 0 ? [] : [`glass broken for ${count(seen.glassBroken, 'promotion')}`];
  const other =
    seen.ungoverned === 0 ? [] : [count(seen.ungoverned, 'step of no governed file', 'steps of no governed file')];
  const span = [seen.from, seen.to].map((at) => (at === undefined ? '' : instantOf(at.toISOString())));
  return labelledLines(
    [
      ['seen', [...deeds, ...glass, ...other].join(', ')],
      ['by', seen.principals.length === 0 ? 'nobody' : shown(seen.principals.join(', '), view)],
      ['from', `${span.join(` ${symbolsOf(view).arrow} `)}, as the commits claim`],
    ],
    view,
  );
}

function nextFor({ bad, good, head, branch }: AuditReport): readonly string[] {
  if (bad === undefined) return [];
  const { oid } = bad.commit;
  const ref = branch.replace(/^refs\/remotes\/[^/]+\//, 'refs/heads/');
  return [
    `git show --stat ${oid}`,
    ...(oid === head ? [] : [`git log --first-parent --oneline ${oid}..${head}`]),
    ...(good === undefined ? [] : [`git update-ref ${ref} ${good} ${head}    # on the server, once you know why`]),
  ];
}
