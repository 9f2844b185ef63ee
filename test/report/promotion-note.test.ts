import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../src/documents/kinds/gate.ts';
import { evaluate } from '../../src/gates/engine.ts';
import type { GateInput } from '../../src/gates/input.ts';
import { writtenNote } from '../../src/report/promotion-note.ts';
import { approval, champion, gateInput, guarding, policy, version } from '../gates/facts.ts';

const METRICS = {
  auc: { min: 0, max: 1, better: 'higher' },
  latency_p95_ms: { unit: 'ms', min: 0, better: 'lower' },
} as const;
const AUC: Gate = {
  ...{ id: 'auc', type: 'metric', evidence: 'offline', metric: 'auc', baseline: { stage: 'prod' }, minDelta: 0.02 },
};
const P95: Gate = { id: 'slo', type: 'metric', evidence: 'online', metric: 'latency_p95_ms', below: 80 };

function measured(name: string, auc: number, p95: number) {
  const offline = { metrics: { auc } };
  return version(name, { evidence: { offline, online: { metrics: { latency_p95_ms: p95, hits: p95 * 10 } } } });
}

async function noteOf(over: Partial<GateInput>, rollbackTo: string | null = 'v6'): Promise<readonly string[]> {
  const input = gateInput(over);
  return writtenNote({ input, evaluation: await evaluate(input), rollbackTo: rollbackTo ?? undefined }).split('\n');
}

describe('the note of a promotion', () => {
  const candidate = measured('v7', 0.935, 74);
  const stages = new Map([champion('staging', candidate), champion('prod', measured('v6', 0.9, 62))]);

  it('says what passed, what differs, how it rolls out and when it comes back', async () => {
    const gates: Gate[] = [AUC, P95, { id: 'people', type: 'approvals', total: 1 }];
    const rollback = { roles: ['oncall'], triggers: [{ metric: 'error_rate', above: 0.01 }] };
    const transitions = [{ from: 'staging', to: 'prod', gates, rollback }];
    const plan = {
      strategy: 'canary' as const,
      steps: [{ weight: 10, hold: '30m' }, { weight: 100 }],
      guards: [{ metric: 'latency_p95_ms', above: 80, for: '5m' }],
    };
    const policies = [policy('default', { metrics: METRICS, transitions })];
    expect(await noteOf({ candidate, stages, policies, plan })).toEqual([
      'standard/fraud_detector@v7 to prod, in place of v6.',
      'Passed: not-held; auc 0.935 (minDelta 0.02 over 0.9); slo 74 (below 80).',
      'Awaited: people.',
      'Against v6, there so far: auc 0.935 from 0.9 (+0.035, +3.9 %, better); latency_p95_ms 74 from 62 (+12, +19.4 %, worse, still below 80); hits 740 from 620 (+120, +19.4 %).',
      'Rollout: canary: 10% for 30m, 100%.',
      'Back to v6 when latency_p95_ms is above 80 for 5m, or when error_rate is above 0.01.',
      'Back to v6 by hand: mreg rollback standard/fraud_detector --stage prod -m <why> (oncall).',
    ]);
  });

  it('says what refuses, what only warns and what does not apply, and calls nothing good that failed', async () => {
    const policies = [
      guarding(
        [
          { ...P95, below: 70 },
          { ...P95, id: 'soft', below: 70, enforcement: 'warn' },
          { ...AUC, id: 'first', baseline: { version: 'v1' }, whenNoBaseline: 'pass' },
          { id: 'lost', type: 'tests', suites: ['unit'] },
        ],
        { metrics: METRICS },
      ),
    ];
    const note = await noteOf({ candidate, stages, policies });
    expect(note).toContain('Did not apply: first 0.935 (minDelta 0.02).');
    expect(note).toContain('Warned: soft 74 (below 70).');
    expect(note).toContain('Refused: slo 74 (below 70); lost.');
    expect(note.find((line) => line.startsWith('Against'))).toContain(
      'latency_p95_ms 74 from 62 (+12, +19.4 %, worse);',
    );
  });

  it('is short where nothing serves yet', async () => {
    const first = new Map([champion('staging', candidate)]);
    expect(await noteOf({ candidate, stages: first, policies: [guarding([])] }, null)).toEqual([
      'standard/fraud_detector@v7 to prod, the first version there.',
      'Passed: not-held.',
      'Rollout: immediate.',
      'There is no earlier version to go back to.',
    ]);
  });

  it('says that nothing measured differs, and gives no percentage of nothing', async () => {
    const same = new Map([champion('staging', candidate), champion('prod', { ...candidate, name: 'v6' })]);
    const policies = [guarding([], { metrics: METRICS })];
    expect(await noteOf({ candidate, stages: same, policies })).toContain(
      'Against v6, there so far: no measurement differs.',
    );
    const zero = new Map([champion('staging', candidate), champion('prod', measured('v6', 0, 74))]);
    expect((await noteOf({ candidate, stages: zero, policies })).join()).toContain(
      'auc 0.935 from 0 (+0.935, better).',
    );
  });

  it('says that the glass is broken, and why', async () => {
    const breakGlass = { reason: 'every score is wrong' };
    const approvals = [approval('olga', 'owner')];
    const note = await noteOf({ candidate, stages, breakGlass, approvals });
    expect(note[1]).toBe('The glass is broken: every score is wrong');
    expect(note).toContain('Awaited: break-glass.');
  });

  it('is never longer than a promotion may hold', async () => {
    const gate = fc.record({
      id: fc.stringMatching(/^[a-z]{30,60}$/),
      type: fc.constant('quarantine' as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(gate, { maxLength: 150 }), async (gates) => {
        const note = await noteOf({ candidate, stages, policies: [guarding(gates, { metrics: METRICS })] });
        expect(note.join('\n').length).toBeLessThanOrEqual(4000);
        expect(note.at(-1)).toMatch(/^Back to v6 by hand/);
        expect(note[1]).toMatch(/^Passed: not-held/);
      }),
      { numRuns: 20 },
    );
  });
});
