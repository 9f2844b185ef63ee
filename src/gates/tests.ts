import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { TestsGate } from '../documents/kinds/gate.ts';
import { addEvidence, referenceOf, requireEvidence, type GateContext, type GateType } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';
import type { Judgement } from './judgement.ts';

/** Passes when every named suite is in the evidence, ran at least one test, and none failed. */
export const testsGate: GateType<TestsGate> = {
  atTheDoor: false,
  required: ({ suites }) => suites.join(', '),
  judge: judgeTests,
};

function judgeTests(gate: TestsGate, context: GateContext): Judgement {
  const { input } = context;
  const kind = gate.evidence ?? 'tests';
  const evidence = requireEvidence(context, input.candidate, kind);
  const hint = addEvidence(referenceOf(input, input.candidate), kind);
  const totals = gate.suites.map((name) => totalOf(name, evidence.body));
  const missing = totals.filter(({ reported }) => !reported).map(({ name }) => name);
  if (missing.length > 0) {
    throw new Unjudgeable(`${evidence.path} does not report ${missing.join(', ')}`, { hint, source: evidence.path });
  }
  const observed = totals.map(({ name, passed, failed }) => `${name} ${String(passed)} of ${String(passed + failed)}`);
  const facts = { observed: observed.join(', '), source: evidence.path };
  const problems = totals.flatMap(problemOf);
  if (problems.length === 0) return { ...facts, verdict: 'pass', reason: `all passed: ${facts.observed}` };
  return {
    ...facts,
    verdict: 'fail',
    reason: problems.join('; '),
    hint: `Mend the tests, run them again, then ${hint}`,
  };
}

interface Total {
  readonly name: string;
  readonly reported: boolean;
  readonly passed: number;
  readonly failed: number;
}

/** Adds up every entry of one suite: a report that names a suite twice hides no failure in either. */
function totalOf(name: string, { spec }: EvidenceDocument): Total {
  const entries = (spec.suites ?? []).filter((suite) => suite.name === name);
  const passed = entries.reduce((sum, suite) => sum + suite.passed, 0);
  const failed = entries.reduce((sum, suite) => sum + suite.failed, 0);
  return { name, reported: entries.length > 0, passed, failed };
}

function problemOf({ name, passed, failed }: Total): string[] {
  if (failed > 0) return [`${name}: ${String(failed)} failed`];
  return passed > 0 ? [] : [`${name}: no test ran`];
}
