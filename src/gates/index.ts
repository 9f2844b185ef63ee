import { assertNever } from '../documents/error.ts';
import type { Gate } from '../documents/kinds/gate.ts';
import { approvalsGate } from './approvals.ts';
import { artifactGate } from './artifact.ts';
import { auditGate } from './audit.ts';
import { celGate } from './cel.ts';
import type { GateContext, GateType, Judgement } from './judgement.ts';
import { lineageGate } from './lineage.ts';
import { metricAgeGate } from './metric-age.ts';
import { metricGate } from './metric.ts';
import { quarantineGate } from './quarantine.ts';
import { releasePlanGate } from './release-plan.ts';
import { rollbackTargetGate } from './rollback-target.ts';
import { scanGate } from './scan.ts';
import { schemaGate } from './schema.ts';
import { soakGate } from './soak.ts';
import { testsGate } from './tests.ts';
import { windowGate } from './window.ts';

/** One check that a gate stands for, ready to be judged. */
export interface Question {
  readonly id: string;
  readonly atTheDoor: boolean;
  readonly required: () => string | undefined;
  readonly judge: (context: GateContext) => Judgement;
}

/** Returns the checks that one gate of a policy stands for: one, or two where a measurement must also be recent. */
export function questionsOf(gate: Gate): Question[] {
  const question = questionOf(gate);
  if (gate.type !== 'metric' || gate.maxAgeDays === undefined) return [question];
  return [question, { ...ask(metricAgeGate, gate), id: `${gate.id}.age` }];
}

/** Every gate type, in the order of the schema and of docs/gates. */
function questionOf(gate: Gate): Question {
  switch (gate.type) {
    case 'metric':
      return ask(metricGate, gate);
    case 'lineage':
      return ask(lineageGate, gate);
    case 'artifact':
      return ask(artifactGate, gate);
    case 'schema':
      return ask(schemaGate, gate);
    case 'tests':
      return ask(testsGate, gate);
    case 'scan':
      return ask(scanGate, gate);
    case 'approvals':
      return ask(approvalsGate, gate);
    case 'release-plan':
      return ask(releasePlanGate, gate);
    case 'rollback-target':
      return ask(rollbackTargetGate, gate);
    case 'soak':
      return ask(soakGate, gate);
    case 'window':
      return ask(windowGate, gate);
    case 'quarantine':
      return ask(quarantineGate, gate);
    case 'audit':
      return ask(auditGate, gate);
    case 'cel':
      return ask(celGate, gate);
    default:
      return assertNever(gate);
  }
}

function ask<G extends Gate>(type: GateType<G>, gate: G): Question {
  return {
    id: gate.id,
    atTheDoor: type.atTheDoor,
    required: () => type.required(gate),
    judge: (context) => type.judge(gate, context),
  };
}
