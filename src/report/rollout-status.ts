import type { DecisionDocument, ObservationRecord } from '../documents/kinds/decision.ts';
import type { ReleasePlan } from '../documents/kinds/promotion.ts';
import { shown } from './escape.ts';
import { planInWords } from './evaluation.ts';
import type { RolloutStatusOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { ageOf, instantOf } from './quantity.ts';
import { measuredWords, verdictWords } from './rollout-observations.ts';
import { sparkline } from './sparkline.ts';
import { symbolsOf } from './symbols.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** What was read of a metric of one version, oldest first. */
export interface ToldSeries {
  readonly metric: string;
  readonly part: 'champion' | 'challenger';
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

/** One rollout: its plan, where it stands, what its rules say now, and what a controller would do. */
export interface ToldRollout {
  readonly model: string;
  readonly stage: string;
  readonly version: string;
  readonly champion: string;
  readonly phase: 'progressing' | 'paused' | 'complete';
  readonly step: number;
  readonly steps: number;
  readonly weight: number;
  readonly mirror: number;
  readonly since: Date;
  /** When the hold of the step is over. */
  readonly due: Date | undefined;
  readonly plan: ReleasePlan;
  readonly barredBy: string | undefined;
  /** Undefined where nothing was measured. */
  readonly decision:
    | {
        readonly action: NonNullable<RolloutStatusOutput['decision']>['action'];
        readonly reason: string;
        readonly next?: Date;
      }
    | undefined;
  readonly observations: readonly ObservationRecord[];
  readonly series: readonly ToldSeries[];
  readonly last: DecisionDocument['spec'] | undefined;
  /** Why nothing could be measured. */
  readonly trouble: string | undefined;
}

/** Returns a rollout as `mreg rollout status --json` prints it. */
export function rolloutStatusJson(told: ToldRollout, at: Date): RolloutStatusOutput {
  const { model, version, stage, phase, step, steps, weight, mirror, champion, decision, last } = told;
  return {
    ...{ model, version, commit: null, branch: null, pushed: false, dryRun: false },
    ...{ stage, action: 'status', phase, step, steps, weight, reason: null },
    ...{ at: at.toISOString(), since: told.since.toISOString(), mirror, champion, plan: { ...told.plan } },
    ...{ due: told.due?.toISOString() ?? null, barredBy: told.barredBy ?? null, trouble: told.trouble ?? null },
    decision: decision === undefined ? null : { ...decision, next: decision.next?.toISOString() ?? null },
    observations: [...told.observations],
    series: told.series.map(({ metric, part, points }) => ({
      metric,
      part,
      points: points.map((point) => ({ at: new Date(point.at).toISOString(), value: point.value })),
    })),
    last: last === undefined ? null : { action: last.action, reason: last.reason, by: last.by, at: last.at },
  };
}

/** Returns a rollout as text for people. */
export function renderRolloutStatus(told: ToldRollout, view: View): string {
  const blocks = [headLines(told, view), ruleLines(told, view), nextLines(told, view)];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** Returns a rollout in one line: what a log holds of it. */
export function rolloutStatusLine(told: ToldRollout, view: View): string {
  const { decision, trouble } = told;
  const now = decision === undefined ? (trouble ?? 'not measured') : `${decision.action}, ${decision.reason}`;
  return shown(`${view.now.toISOString()} ${whereText(told)}: ${now}`, view);
}

function whereText({ model, version, stage, phase, step, steps, weight, mirror }: ToldRollout): string {
  const share = mirror > 0 ? `${String(mirror)}% mirrored` : `${String(weight)}% of the traffic`;
  return `${model}@${version} in ${stage}: ${phase}, step ${String(step)} of ${String(steps)}, ${share}`;
}

function headLines(told: ToldRollout, view: View): readonly string[] {
  const { plan, champion, version, phase, since, last, barredBy } = told;
  const row = (label: string, text: string): readonly string[] =>
    wrap(shown(text, view), { columns: view.columns, first: `  ${label.padEnd(10)}` });
  const by = last === undefined ? [] : [`${last.action} by ${last.by}, ${ageOf(last.at, view.now)}: ${last.reason}`];
  return [
    paintFor(view).bold(whereText(told)),
    ...row('plan', planInWords(plan)),
    ...row('since', `${instantOf(since.toISOString())} UTC (${ageOf(since.toISOString(), view.now)})`),
    ...(phase === 'complete' || champion === version
      ? []
      : row('champion', `${champion}, to go back to with mreg rollout abort`)),
    ...by.flatMap((text) => row('last', text)),
    ...(barredBy === undefined ? [] : row('barred', barredBy)),
  ];
}

function ruleLines(told: ToldRollout, view: View): readonly string[] {
  const { observations, trouble } = told;
  const lines = observations.flatMap((seen) => [...ruleHead(seen, view), ...sparkLines(seen, told, view)]);
  if (trouble === undefined) return lines;
  return [...lines, ...wrap(shown(`not measured: ${trouble}`, view), { columns: view.columns, first: '  ' })];
}

function ruleHead(seen: ObservationRecord, view: View): readonly string[] {
  const symbols = symbolsOf(view);
  const paint = paintFor(view);
  const mark = {
    pass: paint.green(symbols.pass),
    fail: paint.red(symbols.fail),
    inconclusive: paint.yellow(symbols.wait),
  }[seen.verdict];
  const { metric, rule, threshold, reason } = seen;
  const words = [...measuredWords(seen), ...verdictWords(seen)].join(', ');
  const why = seen.verdict === 'pass' || reason === undefined ? [] : [reason];
  const name = `${metric} ${threshold ?? ''}`.trim();
  return [
    `  ${mark} ${shown(name, view)} ${paint.dim(`(${rule})`)}`,
    ...[words, ...why].flatMap((text) => wrap(shown(text, view), { columns: view.columns, first: '      ' })),
  ];
}

function sparkLines({ metric }: ObservationRecord, told: ToldRollout, view: View): readonly string[] {
  const names = { challenger: told.version, champion: told.champion };
  const width = Math.max(8, Math.min(40, view.columns - 30));
  return told.series
    .filter((series) => series.metric === metric && series.points.length > 1)
    .map(({ part, points }) => {
      const values = points.map(({ value }) => value);
      const newest = String(Number((values.at(-1) ?? 0).toPrecision(4)));
      return `      ${names[part].padEnd(6)} ${sparkline(values, view, width)} ${newest}`;
    });
}

/** What comes next, and when: of whoever decides, a controller or a person. */
function nextLines(told: ToldRollout, view: View): readonly string[] {
  const say = (text: string): readonly string[] =>
    wrap(shown(text, view), { columns: view.columns, first: `  ${'next'.padEnd(10)}` });
  const { decision, phase } = told;
  const now = decision === undefined ? [] : say(`${VERBS[decision.action]}: ${decision.reason}`);
  if (phase === 'complete') return now;
  if (phase === 'paused') return [...now, ...say(`mreg rollout resume ${told.model} --stage ${told.stage}, or abort`)];
  return [...now, ...say(`${stepAhead(told)}${whenText(told.due, view)}`)];
}

const VERBS: Readonly<Record<NonNullable<ToldRollout['decision']>['action'], string>> = {
  hold: 'holds',
  advance: 'goes on',
  complete: 'completes',
  pause: 'pauses',
  'roll-back': 'rolls back',
  inconclusive: 'cannot tell',
};

function stepAhead({ plan, step, steps }: ToldRollout): string {
  const next = plan.steps?.[step];
  if (step >= steps || next === undefined || next.weight === 100) return 'then all of the traffic';
  const share =
    next.mirror !== undefined && next.mirror > 0 ? `${String(next.mirror)}% mirrored` : `${String(next.weight)}%`;
  return `then ${share}${next.hold === undefined ? '' : ` for ${next.hold}`}`;
}

function whenText(due: Date | undefined, view: View): string {
  if (due === undefined) return ', at any time';
  const at = due.toISOString();
  return due <= view.now ? ', due now' : `, not before ${instantOf(at)} UTC (${ageOf(at, view.now)})`;
}
