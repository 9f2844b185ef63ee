import { describe, expect, it } from 'vitest';
import type { Gate } from '../../src/documents/kinds/gate.ts';
import { evaluate } from '../../src/gates/engine.ts';
import type { Approval } from '../../src/gates/input.ts';
import { toldOnce } from '../../src/gates/missing-approvals.ts';
import { context } from '../report/examples.ts';
import { renderExplain } from '../../src/report/explain.ts';
import { renderEvaluation } from '../../src/report/gates.ts';
import { evaluationMarkdown } from '../../src/report/markdown.ts';
import { viewOf } from '../report/examples.ts';
import { approval, gateInput, guarding, trust } from './facts.ts';

const OWNER: Gate = { id: 'owner', type: 'approvals', roles: { owner: 1 }, total: 1 };
const floors = trust([{ to: 'prod', approvals: 2 }]);
const requester = { principal: 'olga', person: 'olga' };

async function evaluated(gates: Gate[], approvals: Approval[]) {
  return evaluate(gateInput({ policies: [guarding(gates)], trust: floors, approvals, requester }));
}

describe('approvals that a floor and a gate both miss', () => {
  it.each<[string, Gate[], Approval[], string]>([
    ['of one role among all', [OWNER], [], 'approvals: 0 of 2 and 0 of 1; missing 1 owner; missing 1 of any role'],
    [
      'of which one is given',
      [OWNER],
      [approval('ravi', 'reviewer')],
      'approvals: 1 of 2 and 0 of 1; missing 1 owner; ravi approved (reviewer)',
    ],
    [
      'of more roles than the total',
      [{ ...OWNER, roles: { owner: 2, reviewer: 1 } }],
      [],
      'approvals: 0 of 2 and 0 of 3; missing 2 owner; missing 1 reviewer',
    ],
    [
      'of which one counts for nobody',
      [OWNER],
      [approval('olga', 'owner')],
      'approvals: 0 of 2 and 0 of 1; missing 1 owner; missing 1 of any role; not counted: olga (asked for the promotion)',
    ],
    [
      'of which one counts for the gate alone',
      [{ ...OWNER, roles: { reviewer: 1, owner: 1 }, requesterMayApprove: true }],
      [approval('olga', 'owner')],
      'approvals: 0 of 2 and 1 of 2; missing 1 reviewer; missing 1 of any role; olga approved (owner); not counted by floor-approvals: olga (asked for the promotion)',
    ],
  ])('are listed once: %s', async (_, gates, approvals, reason) => {
    const evaluation = await evaluated(gates, approvals);
    const told = toldOnce(evaluation.gates);
    expect(told.map(({ id }) => id)).toEqual(['not-held', 'floor-approvals with owner']);
    expect(told[1]).toMatchObject({
      reason,
      verdict: 'fail',
      waitsFor: 'approvals',
      policy: 'trust/root.yaml and policies/default.yaml',
    });
    expect(evaluation.gates).toHaveLength(3);
  });

  it.each<[string, Gate[], Approval[]]>([
    ['the gate is satisfied', [OWNER], [approval('oscar', 'owner')]],
    ['the gate only warns', [{ ...OWNER, enforcement: 'warn' }], []],
    ['there is no gate', [], []],
  ])('are told as they are where %s', async (_, gates, approvals) => {
    const { gates: found } = await evaluated(gates, approvals);
    expect(toldOnce(found)).toEqual(found);
  });

  it('stand once in what people read', async () => {
    const evaluation = await evaluated([OWNER], []);
    for (const text of [
      renderEvaluation(evaluation, context, viewOf()),
      renderExplain(evaluation, context, viewOf()),
      evaluationMarkdown(evaluation, context),
    ]) {
      expect(text.match(/missing 1/g)).toHaveLength(2);
      expect(text.match(/mreg approve/g)).toHaveLength(1);
    }
  });
});
