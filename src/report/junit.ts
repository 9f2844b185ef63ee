import type { Evaluation, GateResult } from '../gates/verdict.ts';
import { visible } from './escape.ts';
import { decisionOf, gatesStanding, standingOf, type EvaluationContext } from './evaluation.ts';

/**
 * Returns an evaluation as JUnit XML for CI: one test case for each gate. A gate that only waits is a failure, for what is
 * missing never looks like a pass; a gate that only warns passes and says so in its output.
 */
export function evaluationJunit(evaluation: Evaluation, context: EvaluationContext): string {
  const { model, version, from, to } = context;
  const tests = evaluation.gates.length;
  const counts = {
    tests: String(tests),
    failures: String(gatesStanding(evaluation, 'fail', 'wait').length),
    errors: String(gatesStanding(evaluation, 'error').length),
    skipped: String(gatesStanding(evaluation, 'skip').length),
  };
  const name = `${model}@${version} ${from} to ${to}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'mreg', ...counts })}>`,
    `  <testsuite${attributes({ name, ...counts })}>`,
    ...evaluation.gates.flatMap((gate) => caseLines(gate, name)),
    `    <system-out>${escaped(decisionLine(evaluation))}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function decisionLine(evaluation: Evaluation): string {
  const { word, sentence } = decisionOf(evaluation);
  return `${word}: ${sentence}`;
}

function caseLines(gate: GateResult, suite: string): string[] {
  const head = `    <testcase${attributes({ name: gate.id, classname: `${suite} ${gate.policy}` })}`;
  const outcome = outcomeOf(gate);
  return outcome === undefined ? [`${head}/>`] : [`${head}>`, `      ${outcome}`, '    </testcase>'];
}

function outcomeOf(gate: GateResult): string | undefined {
  switch (standingOf(gate)) {
    case 'pass':
      return undefined;
    case 'skip':
      return `<skipped${attributes({ message: gate.reason })}/>`;
    case 'warn':
      return `<system-out>${escaped(`warning: ${gate.reason}`)}</system-out>`;
    case 'error':
      return problem('error', gate, gate.type);
    case 'wait':
      return problem('failure', gate, `waits-for-${gate.waitsFor ?? 'approvals'}`);
    case 'fail':
      return problem('failure', gate, gate.type);
  }
}

function problem(element: 'error' | 'failure', gate: GateResult, type: string): string {
  const facts = [
    ...(gate.required === undefined ? [] : [`required: ${String(gate.required)}`]),
    ...(gate.observed === undefined ? [] : [`observed: ${String(gate.observed)}`]),
    ...(gate.baseline === undefined ? [] : [`baseline: ${String(gate.baseline)}`]),
    ...(gate.source === undefined ? [] : [`seen in: ${gate.source}`]),
    ...(gate.hint === undefined ? [] : [`to do: ${gate.hint}`]),
  ];
  return `<${element}${attributes({ message: gate.reason, type })}>${facts.map(escaped).join('\n')}</${element}>`;
}

function attributes(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join('');
}

/** XML 1.0 has no place at all for control characters, not even as references: they must be made visible first. */
function escaped(text: string): string {
  return visible(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
