import { describe, expect, it } from 'vitest';
import type { MetricGate } from '../../src/documents/kinds/gate.ts';
import type { ReleasePlan } from '../../src/documents/kinds/promotion.ts';
import { evaluate } from '../../src/gates/engine.ts';
import type { GateInput } from '../../src/gates/input.ts';
import { approval, champion, gateInput, guarding, pack, resultOf, version } from './facts.ts';

const SUITES = [
  { name: 'unit', passed: 120, failed: 0 },
  { name: 'integration', passed: 14, failed: 0 },
];
const CLEAN = { secrets: 0, vulnerabilities: { critical: 0, high: 0 } };
const GUARDS = [{ metric: 'latency_p95_ms', above: 80, for: '5m' }];
const CANARY: ReleasePlan = {
  strategy: 'canary',
  steps: [{ weight: 10, hold: '30m' }, { weight: 50, hold: '2h' }, { weight: 100 }],
  guards: GUARDS,
};
const OWNER = approval('olga@acme.example', 'owner');
const REVIEWER = approval('ravi@acme.example', 'reviewer');

const FEATURES = {
  inputs: [{ name: 'amount', type: 'double', required: true }],
  outputs: [{ name: 'score', type: 'double' }],
};
const ONE_OPTIONAL_MORE = {
  ...FEATURES,
  inputs: [...FEATURES.inputs, { name: 'age', type: 'double', required: false }],
};

function failing(gates: Awaited<ReturnType<typeof evaluate>>['gates']): string[] {
  const bad = gates.filter(({ verdict, enforcement }) => enforcement === 'refuse' && verdict !== 'pass');
  return bad.filter(({ verdict }) => verdict !== 'skip').map(({ id }) => id);
}

function toProd(over: Partial<GateInput> = {}): GateInput {
  const evidence = {
    online: { metrics: { latency_p95_ms: 62, error_rate: { value: 0.2, unit: 'percent' as const } } },
    drift: { metrics: { psi: 0.07 } },
    fairness: { metrics: { tpr_gap: 0.029 } },
  };
  const defaults = { policies: [pack('standard')], approvals: [OWNER, REVIEWER], plan: CANARY };
  return gateInput({ candidate: version('v7', { evidence }), ...defaults, ...over });
}

describe('churn_classifier v3, from dev to staging', () => {
  const evidence = { offline: { metrics: { auc: 0.88 } }, tests: { suites: SUITES }, scan: { findings: CLEAN } };
  const candidate = version('v3', { evidence, spec: { features: ONE_OPTIONAL_MORE } });
  const served = version('v2', { evidence: { offline: { metrics: { auc: 0.85 } } }, spec: { features: FEATURES } });
  const input = gateInput({
    from: 'dev',
    to: 'staging',
    candidate,
    stages: new Map([champion('dev', candidate), champion('prod', served)]),
    policies: [pack('standard')],
  });

  it('is promoted: better than prod by 0.03, and its features are compatible', async () => {
    const { decision, gates } = await evaluate(input);
    expect(failing(gates)).toEqual([]);
    expect(decision).toBe('promote');
    expect(resultOf(gates, 'auc')).toMatchObject({ observed: 0.88, baseline: 0.85, required: 'minDelta 0.02' });
    expect(resultOf(gates, 'schema')).toMatchObject({ observed: 'inputs +1 -0 ~0, outputs +0 -0 ~0' });
  });

  it('is promoted as the first version of all', async () => {
    const { decision } = await evaluate({ ...input, stages: new Map([champion('dev', candidate)]) });
    expect(decision).toBe('promote');
  });

  it.each([
    ['a secret found', { scan: { findings: { ...CLEAN, secrets: 1 } } }, 'scan'],
    ['a failed test', { tests: { suites: [...SUITES, { name: 'unit', passed: 0, failed: 1 }] } }, 'tests'],
    ['too little better', { offline: { metrics: { auc: 0.869 } } }, 'auc'],
  ])('is blocked with %s', async (_, worse, id) => {
    const worsened = version('v3', { evidence: { ...evidence, ...worse }, spec: { features: ONE_OPTIONAL_MORE } });
    const { decision, gates } = await evaluate({ ...input, candidate: worsened });
    expect(failing(gates)).toEqual([id]);
    expect(decision).toBe('block');
  });
});

describe('fraud_detector v7, from staging to prod', () => {
  it('is promoted with its canary plan', async () => {
    const { decision, gates } = await evaluate(toProd());
    expect(failing(gates)).toEqual([]);
    expect(decision).toBe('promote');
    expect(resultOf(gates, 'error_rate')).toMatchObject({ observed: 0.002, required: 'below 0.01' });
    expect(resultOf(gates, 'release-plan').observed).toBe('canary 10 30m, 50 2h, 100');
    expect(resultOf(gates, 'rollback-target').observed).toBe('v6');
  });

  it('says that the KS p-value is missing, without refusing', async () => {
    const { gates } = await evaluate(toProd());
    expect(resultOf(gates, 'ks_p_value')).toMatchObject({ verdict: 'error', enforcement: 'warn' });
  });

  it("waits for approvals when the owner's approval is the requester's own", async () => {
    const requester = { principal: OWNER.principal, person: OWNER.person };
    const { decision, gates } = await evaluate(toProd({ requester }));
    expect(decision).toBe('pending');
    expect(failing(gates)).toEqual(['approvals']);
    expect(resultOf(gates, 'approvals')).toMatchObject({ observed: '1 of 2', waitsFor: 'approvals' });
    expect(resultOf(gates, 'approvals').reason).toContain('missing 1 owner');
  });

  it('is blocked without a guard on the latency, or with too large a first step', async () => {
    const unguarded = await evaluate(toProd({ plan: { ...CANARY, guards: [] } }));
    expect(failing(unguarded.gates)).toEqual(['release-plan']);
    const large = await evaluate(toProd({ plan: { ...CANARY, steps: [{ weight: 11, hold: '1h' }, { weight: 100 }] } }));
    expect(failing(large.gates)).toEqual(['release-plan']);
  });
});

describe('recommendation_model v22 against v21', () => {
  it('may start as a challenger with a tenth of the traffic', async () => {
    const plan: ReleasePlan = {
      strategy: 'champion-challenger',
      steps: [{ weight: 10, hold: '24h' }, { weight: 100 }],
      guards: GUARDS,
      success: [{ metric: 'ctr', minDelta: 0.015 }],
    };
    const { decision } = await evaluate(toProd({ plan }));
    expect(decision).toBe('promote');
  });
});

describe('claims_risk v12, from staging to prod', () => {
  const evidence = {
    offline: { metrics: { auc: 0.901 } },
    online: { metrics: { latency_p95_ms: 95, error_rate: 0.004 } },
    drift: { metrics: { psi: 0.18 } },
    fairness: { metrics: { tpr_gap: 0.05 } },
  };
  const v10 = version('v10', { evidence: { offline: { metrics: { auc: 0.892 } } } });
  const auc: MetricGate = {
    id: 'auc',
    type: 'metric',
    evidence: 'offline',
    metric: 'auc',
    baseline: { version: 'v10' },
    minDelta: 0.02,
  };
  const input = toProd({
    model: 'standard/claims_risk',
    candidate: version('v12', { evidence }),
    versions: new Map([['v10', v10]]),
    policies: [guarding([auc], {}, 'claims'), pack('standard')],
    approvals: [OWNER],
  });

  it('is blocked because of auc, latency, the gap and a missing approval', async () => {
    const { decision, gates } = await evaluate(input);
    expect(decision).toBe('block');
    expect(failing(gates)).toEqual(['auc', 'latency_p95_ms', 'tpr_gap', 'approvals']);
    expect(resultOf(gates, 'auc').reason).toBe(
      'auc is 0.901, 0.009 over the baseline 0.892 (standard/claims_risk@v10): 0.011 short of the 0.02 that is asked',
    );
    expect(resultOf(gates, 'latency_p95_ms').reason).toBe('latency_p95_ms is 95, needs below 80 (off by 15)');
    expect(resultOf(gates, 'tpr_gap').reason).toBe('tpr_gap is 0.05, needs below 0.03 (off by 0.02)');
    expect(resultOf(gates, 'approvals').observed).toBe('1 of 2');
  });

  it.each(['error_rate', 'psi'])('passes %s all the same', async (id) => {
    const { gates } = await evaluate(input);
    expect(resultOf(gates, id).verdict).toBe('pass');
  });
});

describe('a promotion from 0.55 to 0.57', () => {
  it('meets a delta of 0.02 exactly, which binary floats miss', async () => {
    const gate: MetricGate = {
      id: 'auc-uplift',
      type: 'metric',
      evidence: 'offline',
      metric: 'auc',
      baseline: { stage: 'prod' },
      minDelta: 0.02,
    };
    const measured = (name: string, auc: number) => version(name, { evidence: { offline: { metrics: { auc } } } });
    const metrics = pack('standard').body.spec.metrics ?? {};
    const stages = new Map([champion('prod', measured('v6', 0.55))]);
    const policies = [guarding([gate], { metrics })];
    const { decision } = await evaluate(gateInput({ candidate: measured('v7', 0.57), stages, policies }));
    expect(0.57 - 0.55 >= 0.02).toBe(false);
    expect(decision).toBe('promote');
  });
});
