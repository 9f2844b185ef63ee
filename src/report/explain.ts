import type { Evaluation, GateResult } from '../gates/verdict.ts';
import { shown } from './escape.ts';
import {
  gatesStanding,
  nextCommands,
  standingOf,
  toldStanding,
  type EvaluationContext,
  type Standing,
} from './evaluation.ts';
import { decisionLines, evaluationJson, markOf } from './gates.ts';
import { isCommand, labelledLines, nextLines, textOf } from './lines.ts';
import type { ExplainOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/**
 * Returns in plain words why a promotion is ready, waiting or blocked: the decision, a short paragraph for each gate (what
 * stands in the way first), and the shortest list of commands that leads on.
 */
export function renderExplain(evaluation: Evaluation, context: EvaluationContext, view: View): string {
  return textOf(
    wrap(openingLine(evaluation, context, view), { columns: view.columns, rest: '  ' }),
    ...ORDER.flatMap((standing) => toldStanding(evaluation, standing)).map((gate) => paragraph(gate, view)),
    decisionLines(evaluation, context, view),
    nextLines(
      remedies(evaluation, context).map((command) => shown(command, view)),
      view,
    ),
  );
}

/** Returns the explanation as `mreg explain --json` prints it: the check and the commands that lead on. */
export function explainJson(evaluation: Evaluation, context: EvaluationContext): ExplainOutput {
  return { ...evaluationJson(evaluation, context), next: remedies(evaluation, context) };
}

/** Returns the commands that unblock a promotion, each once: those of the gates that refuse, then to ask again. */
export function remedies(evaluation: Evaluation, context: EvaluationContext): string[] {
  const { model, version, to } = context;
  if (evaluation.decision !== 'block') return [...nextCommands(evaluation, context)];
  const hints = gatesStanding(evaluation, 'fail', 'error').flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
  return [...new Set([...hints.filter(isCommand), `mreg check ${model}@${version} --to ${to}`])];
}

const ORDER: readonly Standing[] = ['fail', 'error', 'wait', 'warn', 'pass', 'skip'];

const STANDS: Readonly<Record<Standing, string>> = {
  fail: 'refuses',
  error: 'could not be evaluated, and so refuses',
  wait: 'waits',
  warn: 'warns, and does not refuse',
  pass: 'passes',
  skip: 'does not apply',
};

function openingLine({ decision }: Evaluation, { model, version, from, to }: EvaluationContext, view: View): string {
  const paint = paintFor(view);
  const how = { promote: 'can', pending: 'cannot yet', block: 'cannot' }[decision];
  return `${paint.bold(shown(`${model}@${version}`, view))} ${how} move from ${shown(from, view)} to ${shown(to, view)}.`;
}

function paragraph(gate: GateResult, view: View): string[] {
  const paint = paintFor(view);
  const standing = standingOf(gate);
  const head = `${markOf(standing, view)} ${paint.bold(shown(gate.id, view))} ${STANDS[standing]}: `;
  return [
    ...wrap(head + shown(gate.reason, view), { columns: view.columns, rest: '  ' }),
    ...labelledLines(factsOf(gate, standing, view), view, '    '),
  ];
}

function factsOf(gate: GateResult, standing: Standing, view: View): [string, string][] {
  const asked = gate.required === undefined ? `a ${gate.type} gate` : String(gate.required);
  const pairs: [string, string][] = [['asked', shown(`${asked}, by ${gate.policy}`, view)]];
  if (gate.observed !== undefined) pairs.push(['found', shown(foundIn(gate), view)]);
  if (gate.hint !== undefined && standing !== 'pass') pairs.push(['to do', shown(gate.hint, view)]);
  return pairs;
}

function foundIn({ observed, baseline, source }: GateResult): string {
  const against = baseline === undefined ? '' : `, against ${String(baseline)}`;
  return `${String(observed)}${against}${source === undefined ? '' : `, in ${source}`}`;
}
