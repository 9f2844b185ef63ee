import type { Refusal } from '../documents/refusal.ts';
import { shown } from './escape.ts';
import { labelledLines, textOf } from './lines.ts';
import { paintFor } from './paint.ts';
import { count } from './quantity.ts';
import { symbolsOf } from './symbols.ts';
import type { View } from './view.ts';
import { shorten } from './width.ts';
import { wrap } from './wrap.ts';

/** Returns refusals grouped by path: code, what was expected, what was found, what to do. */
export function renderRefusals(refusals: readonly Refusal[], view: View): string {
  return refusals.length === 0 ? '' : textOf(...refusalBlocks(refusals, view));
}

/** Returns refusals as blocks of lines, one for each path, for reports that hold more than them. */
export function refusalBlocks(refusals: readonly Refusal[], view: View, indent = ''): string[][] {
  const paint = paintFor(view);
  return [...groupedByPath(refusals)].map(([path, group]) => [
    indent + paint.bold(shown(path, view)),
    ...group.flatMap((refusal) => refusalLines(refusal, view, `${indent}  `)),
  ]);
}

/** One commit of a push and what was said about it. */
export interface PushStep {
  readonly commit: string;
  readonly subject: string;
  readonly accepted: boolean;
  readonly refusals: readonly Refusal[];
  /** What it changes, in words: `promotes fraud_detector to v7 in prod`. */
  readonly changes: readonly string[];
}

/** What was judged of a push, in the order of its commits. */
export interface PushReport {
  readonly ref: string;
  readonly steps: readonly PushStep[];
  /** About the push as a whole: a force push, a deletion, a protected ref. */
  readonly refusals?: readonly Refusal[];
  /** Commits after the first refused one, which rest on it. */
  readonly unjudged?: number;
}

/** git shows `remote: ` before each line, so 72 columns fill a terminal of 80. */
const PUSH_COLUMNS = 72;
/** A push may hold thousands of faults; a person reads the first ones. */
const PUSH_REFUSALS = 20;
/** And nobody looks for the refused commit below thousands that are not. */
const PUSH_PASSED = 20;

/** Returns what a git hook tells the pusher: ASCII, narrow, the outcome first. Colour only where the view asks for it. */
export function renderPushReport(report: PushReport, view: Pick<View, 'colour' | 'now'>): string {
  const narrow: View = { ...view, columns: PUSH_COLUMNS, unicode: false };
  const refused = refusalCountOf(report) > 0 || report.steps.some((step) => !step.accepted);
  return textOf(
    pushOutcome(report, refused, narrow),
    ...refusalBlocks((report.refusals ?? []).slice(0, PUSH_REFUSALS), narrow),
    ...stepBlocks(report, narrow),
    passedToo(report, narrow),
    leftOut(report, narrow),
    notJudged(report, narrow),
  );
}

/** Returns one line for each governed step of an accepted push; nothing where a push brought none. */
export function renderPushSummary({ ref, steps }: PushReport, view: Pick<View, 'colour' | 'now'>): string {
  const narrow: View = { ...view, columns: PUSH_COLUMNS, unicode: false };
  const governed = steps.filter(({ changes }) => changes.length > 0);
  const lines = governed.slice(0, PUSH_REFUSALS).map(({ commit, changes }) => {
    const text = `mreg: ok ${commit.slice(0, 10)} ${shown(changes.join('; '), narrow)}`;
    return shorten(text, PUSH_COLUMNS, symbolsOf(narrow).ellipsis);
  });
  if (governed.length === 0) return '';
  const more = governed.length - lines.length;
  return textOf([
    ...lines,
    ...(more > 0 ? [`mreg: ok, and ${count(more, 'step')} more on ${shown(ref, narrow)}`] : []),
  ]);
}

function groupedByPath(refusals: readonly Refusal[]): Map<string, Refusal[]> {
  const groups = new Map<string, Refusal[]>();
  for (const refusal of refusals) {
    const group = groups.get(refusal.path);
    if (group === undefined) groups.set(refusal.path, [refusal]);
    else group.push(refusal);
  }
  return groups;
}

function refusalLines(refusal: Refusal, view: View, indent: string): string[] {
  const paint = paintFor(view);
  const pairs: [string, string][] = [
    ['expected', shown(refusal.expected, view)],
    ['found', shown(refusal.found, view)],
  ];
  if (refusal.hint !== '') pairs.push(['to do', shown(refusal.hint, view)]);
  return [indent + paint.red(`[${refusal.code}]`), ...labelledLines(pairs, view, `${indent}  `)];
}

function pushOutcome({ ref, steps }: PushReport, refused: boolean, view: View): string[] {
  const paint = paintFor(view);
  const to = shown(ref, view);
  if (!refused)
    return wrap(`${paint.green('mreg: accepted')} ${count(steps.length, 'commit')} for ${to}`, {
      columns: view.columns,
    });
  return wrap(`${paint.red('mreg: refused')}, nothing was changed on ${to}`, { columns: view.columns, rest: '  ' });
}

function stepBlocks(report: PushReport, view: View): string[][] {
  let room = PUSH_REFUSALS - (report.refusals?.length ?? 0);
  return shownSteps(report).flatMap((step) => {
    const refusals = step.refusals.slice(0, Math.max(0, room));
    room -= step.refusals.length;
    const [first = [], ...others] = refusalBlocks(refusals, view, '  ');
    return [[...stepLines(step, view), ...first], ...others];
  });
}

function shownSteps({ steps }: PushReport): readonly PushStep[] {
  let passed = 0;
  return steps.filter((step) => !step.accepted || (passed += 1) <= PUSH_PASSED);
}

function passedToo(report: PushReport, view: View): string[] {
  const more = report.steps.length - shownSteps(report).length;
  return more === 0 ? [] : wrap(`and ${count(more, 'commit')} more that nothing refuses`, { columns: view.columns });
}

function stepLines({ commit, subject, accepted, changes }: PushStep, view: View): string[] {
  const paint = paintFor(view);
  const symbols = symbolsOf(view);
  const mark = accepted ? paint.green('ok  ') : paint.red('FAIL');
  const head = `${mark} ${commit.slice(0, 10)} `;
  const title = shorten(shown(subject, view), view.columns - 16, symbols.ellipsis);
  return [
    head + title,
    ...changes.flatMap((change) => wrap(shown(change, view), { columns: view.columns, first: '  - ' })),
  ];
}

function leftOut(report: PushReport, view: View): string[] {
  const more = refusalCountOf(report) - PUSH_REFUSALS;
  return more <= 0
    ? []
    : wrap(`and ${count(more, 'refusal')} more; to see them all: mreg audit`, { columns: view.columns });
}

function notJudged({ unjudged = 0 }: PushReport, view: View): string[] {
  if (unjudged === 0) return [];
  return wrap(`${count(unjudged, 'later commit')} not judged: they rest on the refused one`, { columns: view.columns });
}

function refusalCountOf({ steps, refusals = [] }: PushReport): number {
  return steps.reduce((sum, step) => sum + step.refusals.length, refusals.length);
}
