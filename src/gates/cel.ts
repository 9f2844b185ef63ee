import type { CelGate } from '../documents/kinds/gate.ts';
import type { CelVariable } from './cel-evaluator.ts';
import type { VersionFacts } from './input.ts';
import { referenceOf, type GateContext, type GateType, type Judgement } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';
import { inCatalogueUnit } from './quantity.ts';

/** Passes when an expression over the facts is true; anything but a boolean is an error. */
export const celGate: GateType<CelGate> = {
  atTheDoor: false,
  required: ({ expression }) => expression,
  judge: judgeExpression,
};

function judgeExpression(gate: CelGate, context: GateContext): Judgement {
  if (context.cel === undefined) throw new Unjudgeable('the expression engine was not loaded');
  const value = context.cel(gate.expression, variablesOf(context));
  if (typeof value !== 'boolean') {
    throw new Unjudgeable(`the expression gives ${typeof value}, expected true or false`, {
      hint: `Write the expression of ${gate.id} as a comparison`,
    });
  }
  const facts = { observed: String(value), reason: `${gate.description ?? gate.expression}: ${String(value)}` };
  if (value) return { ...facts, verdict: 'pass' };
  const { input } = context;
  return { ...facts, verdict: 'fail', hint: `Look at the facts: mreg show ${referenceOf(input, input.candidate)}` };
}

/** No clock and no approvals among them: an expression is recorded, so it must give the same later. */
function variablesOf(context: GateContext): Readonly<Record<CelVariable, unknown>> {
  const { input } = context;
  const candidate = versionValue(input.candidate, context);
  const champion = input.stages.get(input.to)?.facts;
  return {
    model: { name: input.model, ...input.modelDocument.spec },
    version: candidate.version,
    candidate,
    baseline: champion === undefined ? null : versionValue(champion, context),
    evidence: candidate.evidence,
    promotion: {
      from: input.from,
      to: input.to,
      plan: input.plan,
      requestedBy: input.requester.principal,
      rollbackTo: input.rollbackTarget?.version ?? 'none',
    },
  };
}

function versionValue(facts: VersionFacts, context: GateContext) {
  const kinds = [...facts.evidence.keys()].sort();
  const evidence = Object.fromEntries(kinds.map((kind) => [kind, evidenceValue(facts, kind, context)]));
  return { name: facts.name, held: facts.held !== undefined, version: facts.version.body.spec, evidence };
}

/** An evidence document's spec with each metric as one number in the catalogue's unit; what has no definition is left out. */
function evidenceValue(facts: VersionFacts, kind: string, { catalogue, evidenceOf }: GateContext) {
  const spec = evidenceOf(facts, kind)?.body.spec;
  const metrics = Object.entries(spec?.metrics ?? {}).flatMap(([name, value]) => {
    const entry = catalogue.get(name);
    if (entry === undefined || entry.conflict !== undefined) return [];
    return [[name, inCatalogueUnit(value, entry.definition).toNumber()] as const];
  });
  return { ...spec, metrics: Object.fromEntries(metrics) };
}
