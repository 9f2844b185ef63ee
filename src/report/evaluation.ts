import type { Check, ReleasePlan } from '../documents/kinds/promotion.ts';
import { toldOnce } from '../gates/missing-approvals.ts';
import type { Evaluation, GateResult } from '../gates/verdict.ts';
import { count, listed } from './quantity.ts';

/** What an evaluation is about; the same for every way of telling it. */
export interface EvaluationContext {
  readonly model: string;
  readonly version: string;
  readonly from: string;
  readonly to: string;
  /** The version a rollback would return to; undefined (or `none`) on the first promotion. */
  readonly rollbackTo: string | undefined;
  readonly plan: ReleasePlan;
  /** True when the request is already filed, so that what is left is to approve it. */
  readonly requested?: boolean;
  /** Commands to suggest instead of those that follow from the verdicts. */
  readonly next?: readonly string[];
}

/** How a gate stands for people: a failing gate may only wait, or only warn. */
export type Standing = 'pass' | 'fail' | 'error' | 'skip' | 'wait' | 'warn';

/** Returns how `gate` stands; anything but a pass or a skip refuses, unless the policy only asks for a warning. */
export function standingOf(gate: GateResult): Standing {
  if (gate.verdict === 'pass' || gate.verdict === 'skip') return gate.verdict;
  if (gate.enforcement === 'warn') return 'warn';
  return gate.waitsFor === undefined ? gate.verdict : 'wait';
}

/** Returns the gates that stand as one of `standings`, in their order. */
export function gatesStanding(evaluation: Evaluation, ...standings: readonly Standing[]): GateResult[] {
  return evaluation.gates.filter((gate) => standings.includes(standingOf(gate)));
}

/** Returns the gates that stand as one of `standings` as people read about them: who is still needed is told once. */
export function toldStanding(evaluation: Evaluation, ...standings: readonly Standing[]): GateResult[] {
  return toldOnce(evaluation.gates).filter((gate) => standings.includes(standingOf(gate)));
}

/**
 * Returns the verdict of a recorded check in words. `gates` are those of a promotion that has not landed; of one that has,
 * they are not asked for: whatever failed there only warned, because what refuses never lands.
 */
export function recordedVerdict({ gate, verdict }: Check, gates: readonly GateResult[] = []): string {
  if (verdict === 'pass' || verdict === 'skip') return verdict;
  const refuses = gates.some(({ id, enforcement }) => id === gate && enforcement === 'refuse');
  return refuses ? verdict : `${verdict}, only warns`;
}

/** Returns the decision as a word and a sentence, free of paint and of marks. */
export function decisionOf(evaluation: Evaluation): { readonly word: string; readonly sentence: string } {
  switch (evaluation.decision) {
    case 'promote':
      return { word: 'Ready', sentence: readySentence(evaluation) };
    case 'pending':
      return { word: 'Waiting', sentence: `${waitingFor(evaluation)}; everything else is in order.` };
    case 'block':
      return { word: 'Blocked', sentence: blockedSentence(evaluation) };
  }
}

/** Returns the commands that come next: the hints that are commands, then what the decision calls for. */
export function nextCommands(evaluation: Evaluation, context: EvaluationContext): readonly string[] {
  if (context.next !== undefined) return context.next;
  const { model, version, to, requested = false } = context;
  const promote = `mreg promote ${model}@${version} --to ${to}`;
  if (evaluation.decision === 'block') return [`mreg explain ${model}@${version} --to ${to}`];
  if (evaluation.decision === 'promote' || !requested) return [promote];
  const approvals = gatesStanding(evaluation, 'wait').some((gate) => gate.waitsFor === 'approvals');
  return [approvals ? `mreg approve ${model} --to ${to}` : promote];
}

/** Returns the version to roll back to, or undefined when there is none. */
export function rollbackTarget({ rollbackTo }: EvaluationContext): string | undefined {
  return rollbackTo === 'none' ? undefined : rollbackTo;
}

/** Returns a release plan in words: `canary: 10% for 30m, 50% for 2h, 100%`. */
export function planInWords(plan: ReleasePlan): string {
  const steps = (plan.steps ?? []).map(({ weight, mirror, hold }) => {
    const share = mirror !== undefined && mirror > 0 ? `${String(mirror)}% mirrored` : `${String(weight)}%`;
    return hold === undefined ? share : `${share} for ${hold}`;
  });
  return steps.length === 0 ? plan.strategy : `${plan.strategy}: ${steps.join(', ')}`;
}

function readySentence(evaluation: Evaluation): string {
  const total = evaluation.gates.length;
  if (total === 0) return 'no gate is asked for.';
  const skipped = gatesStanding(evaluation, 'skip').length;
  const warned = gatesStanding(evaluation, 'warn').length;
  const passed = total - skipped - warned;
  const asides = [
    ...(skipped === 0 ? [] : [`${String(skipped)} ${skipped === 1 ? 'does' : 'do'} not apply`]),
    ...(warned === 0 ? [] : [`${String(warned)} ${warned === 1 ? 'warns' : 'warn'} without refusing`]),
  ];
  if (asides.length === 0) return total === 1 ? 'the only gate passes.' : `all ${String(total)} gates pass.`;
  return `${String(passed)} of ${count(total, 'gate')} ${passed === 1 ? 'passes' : 'pass'}, ${asides.join(', ')}.`;
}

function blockedSentence(evaluation: Evaluation): string {
  const refusing = gatesStanding(evaluation, 'fail', 'error');
  const waiting = gatesStanding(evaluation, 'wait').length;
  if (evaluation.gates.length === 1) return 'the only gate refuses.';
  const verb = refusing.length === 1 ? 'refuses' : 'refuse';
  const main = `${String(refusing.length)} of ${count(evaluation.gates.length, 'gate')} ${verb}`;
  return waiting === 0 ? `${main}.` : `${main}, ${String(waiting)} more ${waiting === 1 ? 'waits' : 'wait'}.`;
}

function waitingFor(evaluation: Evaluation): string {
  const waiting = gatesStanding(evaluation, 'wait');
  const what = [...new Set(waiting.map((gate) => gate.waitsFor ?? 'approvals'))];
  return `for ${listed(what)} (${listed(waiting.map((gate) => gate.id))})`;
}
