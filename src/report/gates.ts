import type { Evaluation, GateResult } from '../gates/verdict.ts';
import { shown } from './escape.ts';
import {
  decisionOf,
  nextCommands,
  planInWords,
  rollbackTarget,
  standingOf,
  toldStanding,
  type EvaluationContext,
  type Standing,
} from './evaluation.ts';
import { labelledLines, nextLines, textOf } from './lines.ts';
import type { CheckOutput } from './output-schemas.ts';
import { paintFor, type Brush, type Paint } from './paint.ts';
import { symbolsOf } from './symbols.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';
import { widthOf } from './width.ts';
import { wrap } from './wrap.ts';

/** Returns the gates of an evaluation as a table, the reasons of those that do not pass, the decision, and what to do next. */
export function renderEvaluation(evaluation: Evaluation, context: EvaluationContext, view: View): string {
  return textOf(
    headingLines(context, view),
    gateTable(evaluation.gates, view),
    ...toldStanding(evaluation, 'fail', 'error', 'wait', 'warn').map((gate) => reasonLines(gate, view)),
    decisionLines(evaluation, context, view),
    nextLines(
      nextCommands(evaluation, context).map((command) => shown(command, view)),
      view,
    ),
  );
}

/** Returns an evaluation as `mreg check --json` prints it; what is absent is null. */
export function evaluationJson(evaluation: Evaluation, context: EvaluationContext): CheckOutput {
  const { model, version, from, to } = context;
  return {
    model,
    version,
    from,
    to,
    decision: evaluation.decision,
    gates: evaluation.gates.map(gateJson),
    rollbackTo: rollbackTarget(context) ?? null,
  };
}

/** Returns the mark of a standing, painted. */
export function markOf(standing: Standing, view: View): string {
  return brushOf(standing, paintFor(view))(symbolsOf(view)[standing]);
}

/** Returns the decision and, with it, how the rollout and the way back would go. */
export function decisionLines(evaluation: Evaluation, context: EvaluationContext, view: View): string[] {
  const paint = paintFor(view);
  const { word, sentence } = decisionOf(evaluation);
  const brush = { promote: paint.green, pending: paint.yellow, block: paint.red }[evaluation.decision];
  const decision = wrap(`${brush(paint.bold(`${word}:`))} ${shown(sentence, view)}`, {
    columns: view.columns,
    rest: '  ',
  });
  if (evaluation.decision === 'block') return decision;
  const target = rollbackTarget(context);
  const back = target === undefined ? 'nothing to roll back to' : `rolls back to ${target}`;
  const plan = shown(`Rollout ${planInWords(context.plan)}; ${back}.`, view);
  return [...decision, ...wrap(paint.dim(plan), { columns: view.columns, rest: '  ' })];
}

function headingLines({ model, version, from, to }: EvaluationContext, view: View): string[] {
  const { arrow } = symbolsOf(view);
  return [
    `${paintFor(view).bold(shown(`${model}@${version}`, view))}  ${shown(from, view)} ${arrow} ${shown(to, view)}`,
  ];
}

function gateTable(gates: readonly GateResult[], view: View): string[] {
  if (gates.length === 0) return [];
  const under = ' '.repeat(widthOf(symbolsOf(view).pass) + 1);
  return renderTable(
    {
      columns: [{ title: `${under}gate` }, { title: 'observed' }, { title: 'required' }, { title: 'baseline' }],
      rows: gates.map((gate) => [
        `${markOf(standingOf(gate), view)} ${shown(gate.id, view)}${gate.enforcement === 'warn' ? ' (warns)' : ''}`,
        cell(gate.observed, view),
        cell(gate.required, view),
        cell(gate.baseline, view),
      ]),
    },
    view,
  );
}

function cell(value: string | number | undefined, view: View): string {
  return value === undefined ? '' : shown(String(value), view);
}

function reasonLines(gate: GateResult, view: View): string[] {
  const paint = paintFor(view);
  const first = `${markOf(standingOf(gate), view)} ${paint.bold(shown(gate.id, view))}  `;
  const pairs: [string, string][] = [];
  if (gate.source !== undefined) pairs.push(['seen in', shown(gate.source, view)]);
  if (gate.hint !== undefined) pairs.push(['to do', shown(gate.hint, view)]);
  return [
    ...wrap(shown(gate.reason, view), { columns: view.columns, first, rest: '    ' }),
    ...labelledLines(pairs, view, '    '),
  ];
}

function brushOf(standing: Standing, paint: Paint): Brush {
  return {
    pass: paint.green,
    fail: paint.red,
    error: paint.red,
    skip: paint.dim,
    wait: paint.yellow,
    warn: paint.yellow,
  }[standing];
}

function gateJson(gate: GateResult): CheckOutput['gates'][number] {
  return {
    id: gate.id,
    type: gate.type,
    verdict: gate.verdict,
    observed: gate.observed ?? null,
    baseline: gate.baseline ?? null,
    required: gate.required ?? null,
    reason: gate.reason,
    hint: gate.hint ?? null,
    enforcement: gate.enforcement,
    policy: gate.policy,
    source: gate.source ?? null,
    waitsFor: gate.waitsFor ?? null,
  };
}
