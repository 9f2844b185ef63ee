import type { Fault } from '../documents/faults.ts';
import type { ReleasePlan } from '../documents/kinds/promotion.ts';
import type { PlanSize, RuleSize } from '../rollout/plan-size.ts';
import { shown } from './escape.ts';
import { planInWords } from './evaluation.ts';
import type { RolloutPlanOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { symbolsOf } from './symbols.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** A plan, what it is to meet, and what it needs there. */
export interface ToldPlan {
  readonly model: string | undefined;
  readonly stage: string | undefined;
  readonly plan: ReleasePlan;
  readonly perSecond: number;
  readonly size: PlanSize;
}

/** Returns a sized plan as `mreg rollout plan --json` prints it. */
export function rolloutPlanJson({ model, stage, plan, perSecond, size }: ToldPlan): RolloutPlanOutput {
  return {
    ...{ model: model ?? null, stage: stage ?? null, plan: { ...plan }, perSecond },
    able: size.refusals.length === 0,
    rules: size.rules.map(({ neededMs, heldMs, gainToWin, ...rule }) => ({
      ...rule,
      neededSeconds: Math.ceil(neededMs / 1000),
      heldSeconds: heldMs / 1000,
      gainToWin: gainToWin ?? null,
    })),
    refusals: size.refusals.map((fault) => ({ ...fault })),
    warnings: size.warnings.map((fault) => ({ ...fault })),
  };
}

/** Returns a sized plan as text: each rule that compares with the champion, and why the plan cannot tell, where it cannot. */
export function renderRolloutPlan({ model, stage, plan, perSecond, size }: ToldPlan, view: View): string {
  const paint = paintFor(view);
  const where = model === undefined ? 'plan' : `${model}${stage === undefined ? '' : ` to ${stage}`}`;
  const head = wrap(shown(`${planInWords(plan)}; ${String(perSecond)} events a second`, view), {
    columns: view.columns,
    first: `${paint.bold(shown(where, view))}: `,
    rest: '  ',
  });
  const nothing = size.rules.length + size.refusals.length === 0;
  const said = nothing
    ? ['Nothing in it compares with the champion: it needs no size.']
    : [
        size.refusals.length === 0
          ? paint.green('It can tell what it is to tell.')
          : paint.red('It cannot tell what it is to tell.'),
      ];
  const faults = [
    ...size.refusals.flatMap((fault) => faultLines(fault, symbolsOf(view).fail, view)),
    ...size.warnings.flatMap((fault) => faultLines(fault, symbolsOf(view).warn, view)),
  ];
  const blocks = [head, size.rules.length === 0 ? [] : ruleTable(size.rules, view), [...said, ...faults]];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function ruleTable(rules: readonly RuleSize[], view: View): readonly string[] {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    ...[{ title: 'metric' }, { title: 'rule', expendable: true }, { title: 'asked' }],
    ...[
      right('challenger'),
      right('champion'),
      right('needs'),
      right('held'),
      { ...right('wins at'), expendable: true },
    ],
  ];
  return renderTable({ columns, rows: rules.map((rule) => cellsOf(rule, view)) }, view);
}

function cellsOf(rule: RuleSize, view: View): readonly string[] {
  const needs = durationInWords(rule.neededMs);
  const paint = paintFor(view);
  return [
    ...[shown(rule.metric, view), rule.rule, shown(rule.asked, view), String(rule.n), String(rule.championN)],
    ...[rule.isEnough ? needs : paint.red(needs), durationInWords(rule.heldMs)],
    rule.gainToWin === undefined ? '' : `+${String(Number(rule.gainToWin.toPrecision(3)))}`,
  ];
}

function faultLines({ field, expected, found, hint }: Fault, mark: string, view: View): readonly string[] {
  const text = `${field}: expected ${expected}, found ${found}; ${hint}`;
  return wrap(shown(text, view), { columns: view.columns, first: `  ${mark} ` });
}

/** One digit behind the point: of a plan nobody needs to know more. */
function durationInWords(ms: number): string {
  if (!Number.isFinite(ms)) return 'for ever';
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'm'],
    [1000, 's'],
  ] as const;
  const [size, unit] = units.find(([limit]) => ms >= limit) ?? units[3];
  return `${String(Number((ms / size).toFixed(1)))} ${unit}`;
}
