import type { Gate } from '../documents/kinds/gate.ts';
import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { Catalogue } from './catalogue.ts';
import type { CelEvaluator } from './cel-evaluator.ts';
import type { GateInput, Placed, VersionFacts } from './input.ts';
import { Unjudgeable } from './unjudgeable.ts';
import type { GateResult } from './verdict.ts';

/** What one gate type says; the engine adds who asked for it. */
export type Judgement = Pick<
  GateResult,
  'verdict' | 'observed' | 'baseline' | 'reason' | 'source' | 'hint' | 'waitsFor' | 'approvals'
>;

/** What a gate judges from: the whole input, and what the engine derived from it once for all gates. */
export interface GateContext {
  readonly input: GateInput;
  readonly catalogue: Catalogue;
  /** Loaded only where a policy asks for a `cel` gate. */
  readonly cel: CelEvaluator | undefined;
  /** Returns the newest evidence of `kind` about a version, and notes that it was used. */
  readonly evidenceOf: (facts: VersionFacts, kind: string) => Placed<EvidenceDocument> | undefined;
}

/** One gate type. `required` is canonical text: the same gate always gives the same words. */
export interface GateType<G extends Gate> {
  /** Judged at the door and never recorded: it depends on time or on approvals. */
  readonly atTheDoor: boolean;
  readonly required: (gate: G) => string | undefined;
  readonly judge: (gate: G, context: GateContext) => Judgement;
}

/** Returns the reference of a version, as commands take it: `risk/fraud_detector@v7`. */
export function referenceOf(input: GateInput, facts: VersionFacts): string {
  return `${input.model}@${facts.name}`;
}

/** Returns the newest evidence of `kind`, or throws Unjudgeable: what is missing never passes. */
export function requireEvidence(context: GateContext, facts: VersionFacts, kind: string): Placed<EvidenceDocument> {
  const evidence = context.evidenceOf(facts, kind);
  if (evidence !== undefined) return evidence;
  const reference = referenceOf(context.input, facts);
  throw new Unjudgeable(`${reference} has no evidence of kind ${kind}`, { hint: addEvidence(reference, kind) });
}

/** Returns the command that attaches evidence of `kind`. */
export function addEvidence(reference: string, kind: string): string {
  return `mreg evidence add ${reference} <file> --kind ${kind}`;
}
