import { describe, expect, it } from 'vitest';
import type { ApprovalsGate } from '../../src/documents/kinds/gate.ts';
import type { Approval } from '../../src/gates/input.ts';
import { approval, judged } from './facts.ts';

const TWO: Partial<ApprovalsGate> = { roles: { owner: 1, reviewer: 1 }, total: 2 };
const olga = approval('olga', 'owner');
const ravi = approval('ravi', 'reviewer');
const both = approval('bo', 'owner', 'reviewer');
const bot: Approval = { principal: 'olga-bot', person: 'olga', roles: ['reviewer'] };

function gate(more: Partial<ApprovalsGate>): ApprovalsGate {
  return { id: 'it', type: 'approvals', total: 1, ...more };
}

describe('approvals', () => {
  it.each<[string, Partial<ApprovalsGate>, Approval[], string, string]>([
    ['an owner and a reviewer', TWO, [olga, ravi], '2 of 2', 'pass'],
    ['nobody', TWO, [], '0 of 2', 'fail'],
    ['the owner alone', TWO, [olga], '1 of 2', 'fail'],
    ['the same approval twice', TWO, [olga, olga], '1 of 2', 'fail'],
    ['an owner and the bot of that owner', TWO, [olga, bot], '1 of 2', 'fail'],
    ['two reviewers', TWO, [ravi, approval('rita', 'reviewer')], '1 of 2', 'fail'],
    ['one person with both roles', TWO, [both], '1 of 2', 'fail'],
    ['one with both roles and an owner', TWO, [both, olga], '2 of 2', 'pass'],
    ['an owner and one with both roles, in that order', TWO, [olga, both], '2 of 2', 'pass'],
    ['one with both roles and one with neither', TWO, [both, approval('nils', 'oncall')], '1 of 2', 'fail'],
    ['anyone with a role beyond the roles asked for', { ...TWO, total: 3 }, [olga, ravi, approval('nils', 'oncall')], '3 of 3', 'pass'], // prettier-ignore
    ['people without a role for the model', { total: 2 }, [approval('nils'), olga], '1 of 2', 'fail'],
    ['more than enough', { total: 1 }, [olga, ravi], '1 of 1', 'pass'],
    ['more roles than the total', { roles: { owner: 2 }, total: 1 }, [olga], '1 of 2', 'fail'],
  ])('by %s', async (_, more, approvals, observed, verdict) => {
    const result = await judged(gate(more), { approvals });
    expect(result).toMatchObject({ verdict, observed, atTheDoor: true });
    if (verdict === 'fail') {
      expect(result).toMatchObject({
        waitsFor: 'approvals',
        hint: 'mreg approve standard/fraud_detector --to prod',
      });
    }
  });

  it('do not count from the person who asks, nor from that person’s bot, unless the policy says so', async () => {
    const requester = { principal: 'olga', person: 'olga' };
    const asked = await judged(gate(TWO), { approvals: [olga, bot, ravi], requester });
    expect(asked).toMatchObject({ verdict: 'fail', observed: '1 of 2' });
    expect(asked.reason).toContain('not counted: olga (asked for the promotion)');
    expect(asked.reason).toContain('not counted: olga-bot (asked for the promotion)');
    const allowed = await judged(gate({ ...TWO, requesterMayApprove: true }), { approvals: [olga, ravi], requester });
    expect(allowed.verdict).toBe('pass');
    // A bot asks, its owner approves.
    const byBot = await judged(gate(TWO), {
      approvals: [olga, ravi],
      requester: { principal: 'olga-bot', person: 'olga' },
    });
    expect(byBot.verdict).toBe('fail');
  });

  it('count from whoever registered the version, unless the policy says not', async () => {
    const over = { approvals: [olga, ravi], registrar: { principal: 'olga', person: 'olga' } };
    expect((await judged(gate(TWO), over)).verdict).toBe('pass');
    const strict = await judged(gate({ ...TWO, registrarMayApprove: false }), over);
    expect(strict).toMatchObject({ verdict: 'fail', observed: '1 of 2' });
    expect(strict.reason).toContain('not counted: olga (registered the version)');
  });

  it('say who is missing, by role', async () => {
    const roles = { reviewer: 2, owner: 1 };
    const result = await judged(gate({ roles, total: 4 }), { approvals: [ravi] });
    expect(result.reason).toBe(
      'approvals: 1 of 4; ravi approved (reviewer); missing 1 owner; missing 1 reviewer; missing 1 of any role',
    );
    expect(result.required).toBe('total 4, owner 1, reviewer 2');
  });
});
