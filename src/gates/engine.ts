import { globMatches } from '../documents/glob.ts';
import type { PolicyDocument, Transition } from '../documents/kinds/policy.ts';
import type { Check } from '../documents/kinds/promotion.ts';
import { breakGlassQuestions } from './break-glass.ts';
import { mergeCatalogue } from './catalogue.ts';
import { loadCel, type CelEvaluator } from './cel-evaluator.ts';
import { floorQuestions } from './floors.ts';
import { freezeQuestions } from './freeze.ts';
import { questionsOf, type Question } from './index.ts';
import type { GateInput, Placed } from './input.ts';
import type { GateContext, Judgement } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';
import type { Decision, Evaluation, GateResult } from './verdict.ts';

/** Judges a promotion by every gate that applies. Never throws for what it finds; asynchronous only to load CEL on demand. */
export async function evaluate(given: GateInput): Promise<Evaluation> {
  const input = { ...given, policies: applicablePolicies(given) };
  const transitions = transitionsOf(input);
  if (transitions.length === 0) return uncovered(input);
  const asked = withUniqueIds(gatesAsked(input, transitions));
  const cel = asked.some(({ type }) => type === 'cel') ? await loadCel() : undefined;
  return judgeAll(asked, input, cel);
}

/** Returns the checks that a promotion records: what depends on neither time nor approvals, in the evaluation's order. */
export function checksOf({ gates }: Evaluation): Check[] {
  return gates
    .filter(({ atTheDoor }) => !atTheDoor)
    .map(({ id, verdict, observed, baseline, required }) => ({
      gate: id,
      verdict,
      ...(observed === undefined ? {} : { observed }),
      ...(baseline === undefined ? {} : { baseline }),
      ...(required === undefined ? {} : { required }),
    }));
}

/** Policies whose globs match the model, by path. */
function applicablePolicies({ policies, model }: GateInput): readonly Placed<PolicyDocument>[] {
  const matching = policies.filter(({ body }) => body.spec.models.some((glob) => globMatches(glob, model)));
  return matching.sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface PlacedTransition {
  readonly policy: string;
  readonly transition: Transition;
}

function transitionsOf({ policies, from, to }: GateInput): PlacedTransition[] {
  return policies.flatMap(({ path, body }) =>
    body.spec.transitions
      .filter((transition) => transition.from === from && transition.to === to)
      .map((transition) => ({ policy: path, transition })),
  );
}

/** A stage that no policy guards is closed, not open. */
function uncovered({ model, from, to }: GateInput): Evaluation {
  const result: GateResult = {
    id: 'policy-coverage',
    type: 'policy-coverage',
    verdict: 'error',
    reason: `no policy that matches ${model} defines the transition from ${from} to ${to}`,
    hint: `Add the transition from ${from} to ${to} to a policy, or ${model} to its models`,
    enforcement: 'refuse',
    policy: 'built-in',
    atTheDoor: false,
  };
  return { decision: 'block', gates: [result], evidence: [] };
}

/** A question together with who asks it. */
interface Asked extends Question {
  readonly type: string;
  readonly enforcement: 'refuse' | 'warn';
  readonly policy: string;
}

/**
 * What no policy can take away comes first, so that no policy can claim its ids either. What is asked only now and then
 * comes last: a gate of a policy must not change its id, which promotions record, because somebody freezes a stage.
 */
function gatesAsked(input: GateInput, transitions: readonly PlacedTransition[]): Asked[] {
  const builtIn = questionsOf({ id: 'not-held', type: 'quarantine' }).map((question) => ({
    ...question,
    type: 'quarantine',
    enforcement: 'refuse' as const,
    policy: 'built-in',
  }));
  const floors = floorQuestions(
    input.trust,
    input.to,
    transitions.map(({ transition }) => transition),
  ).map((question) => ({ ...question, enforcement: 'refuse' as const, policy: 'trust/root.yaml' }));
  const forNow = [...freezeQuestions(input), ...breakGlassQuestions(input)].map((question) => ({
    ...question,
    enforcement: 'refuse' as const,
    policy: 'built-in',
  }));
  return [...builtIn, ...floors, ...transitions.flatMap(policyQuestions), ...forNow];
}

function policyQuestions({ policy, transition }: PlacedTransition): Asked[] {
  return transition.gates.flatMap((gate) =>
    questionsOf(gate).map((question) => ({
      ...question,
      type: gate.type,
      enforcement: gate.enforcement ?? 'refuse',
      policy,
    })),
  );
}

/** A second gate of the same id is shown as `<policy>/<id>`, a third within that policy as `<policy>/<id>.2`. */
function withUniqueIds(asked: readonly Asked[]): Asked[] {
  const taken = new Set<string>();
  return asked.map((question) => {
    const id = freeId(question, taken);
    taken.add(id);
    return { ...question, id };
  });
}

function freeId({ id, policy }: Asked, taken: ReadonlySet<string>): string {
  if (!taken.has(id)) return id;
  const prefixed = `${policy.replace(/^.*\//, '').replace(/\.yaml$/, '')}/${id}`;
  let candidate = prefixed;
  for (let count = 2; taken.has(candidate); count += 1) candidate = `${prefixed}.${String(count)}`;
  return candidate;
}

function judgeAll(asked: readonly Asked[], input: GateInput, cel: CelEvaluator | undefined): Evaluation {
  const used = new Map<string, Evaluation['evidence'][number]>();
  const context: GateContext = {
    input,
    catalogue: mergeCatalogue(input),
    cel,
    evidenceOf: (facts, kind) => {
      const evidence = facts.evidence.get(kind);
      if (evidence !== undefined) used.set(evidence.path, { path: evidence.path, digest: evidence.digest });
      return evidence;
    },
  };
  const gates = asked.map((question) => judgeOne(question, context));
  const evidence = [...used.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { decision: decide(gates), gates, evidence };
}

function judgeOne(
  { id, type, enforcement, policy, atTheDoor, required, judge }: Asked,
  context: GateContext,
): GateResult {
  const asker = { id, type, enforcement, policy, atTheDoor, ...requiredOrNothing(required) };
  try {
    return { ...asker, ...judge(context) };
  } catch (error) {
    // Whatever a gate trips over, it refuses: a crash must never be the way past it.
    return { ...asker, ...errorJudgement(error) };
  }
}

function requiredOrNothing(required: Question['required']): { required?: string } {
  try {
    const asked = required();
    return asked === undefined ? {} : { required: asked };
  } catch {
    return {};
  }
}

function errorJudgement(error: unknown): Judgement {
  const reason = error instanceof Error ? error.message : String(error);
  if (!(error instanceof Unjudgeable)) return { verdict: 'error', reason };
  return {
    verdict: 'error',
    reason,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.source === undefined ? {} : { source: error.source }),
  };
}

function decide(gates: readonly GateResult[]): Decision {
  const refusing = gates.filter(
    ({ enforcement, verdict }) => enforcement === 'refuse' && verdict !== 'pass' && verdict !== 'skip',
  );
  if (refusing.length === 0) return 'promote';
  return refusing.every(({ verdict, waitsFor }) => verdict === 'fail' && waitsFor !== undefined) ? 'pending' : 'block';
}
