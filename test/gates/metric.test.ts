import { describe, expect, it } from 'vitest';
import type { EvidenceDocument, MetricValue } from '../../src/documents/kinds/evidence.ts';
import type { MetricGate } from '../../src/documents/kinds/gate.ts';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import type { GateInput } from '../../src/gates/input.ts';
import { champion, gateInput, guarding, judged, modelDocument, policy, resultOf, version } from './facts.ts';
import { evaluate } from '../../src/gates/engine.ts';

type Catalogue = NonNullable<PolicyDocument['spec']['metrics']>;

const METRICS: Catalogue = {
  auc: { unit: 'ratio', min: 0, max: 1, better: 'higher' },
  error_rate: { unit: 'ratio', min: 0, max: 1, better: 'lower' },
  latency_p95_ms: { unit: 'ms', min: 0, better: 'lower' },
  share: { unit: 'percent', better: 'higher' },
  seconds: { unit: 's', better: 'lower' },
  bare: { better: 'higher' },
};

function gate(metric: string, more: Partial<MetricGate>): MetricGate {
  return { id: 'it', type: 'metric', evidence: 'offline', metric, ...more };
}

function measured(name: string, metrics: Record<string, MetricValue>, more: Partial<EvidenceDocument['spec']> = {}) {
  return version(name, { evidence: { offline: { metrics, ...more } } });
}

/** v7 has `value` of the metric, v6 in prod has `baseline`. */
function facts(metric: string, value: MetricValue, baseline?: MetricValue): Partial<GateInput> {
  const candidate = measured('v7', { [metric]: value });
  const prod = baseline === undefined ? version('v6') : measured('v6', { [metric]: baseline });
  return { candidate, stages: new Map([champion('prod', prod)]) };
}

describe('bounds on the value', () => {
  it.each([
    ['min', 0.8, 0.8, 'pass'],
    ['min', 0.8, 0.79, 'fail'],
    ['max', 0.8, 0.8, 'pass'],
    ['max', 0.8, 0.81, 'fail'],
    ['above', 0.8, 0.8, 'fail'],
    ['above', 0.8, 0.81, 'pass'],
    ['below', 0.8, 0.8, 'fail'],
    ['below', 0.8, 0.79, 'pass'],
    ['equals', 0.8, 0.8, 'pass'],
    ['equals', 0.8, 0.80001, 'fail'],
  ] as const)('%s %d on %d: %s', async (bound, limit, value, verdict) => {
    const result = await judged(gate('auc', { [bound]: limit }), facts('auc', value), { metrics: METRICS });
    expect(result).toMatchObject({ verdict, observed: value, required: `${bound} ${String(limit)}` });
    expect(result.source).toContain('v7/evidence/offline-1.yaml');
    expect(result.hint === undefined).toBe(verdict === 'pass');
  });

  it('names every bound in one order, and every miss in the reason', async () => {
    const result = await judged(gate('auc', { below: 0.5, min: 0.9 }), facts('auc', 0.7), { metrics: METRICS });
    expect(result).toMatchObject({ verdict: 'fail', required: 'min 0.9, below 0.5' });
    expect(result.reason).toBe('auc is 0.7, needs at least 0.9 (off by 0.2); auc is 0.7, needs below 0.5 (off by 0.2)');
  });

  it('is an error without any bound', async () => {
    const result = await judged(gate('auc', {}), facts('auc', 0.7), { metrics: METRICS });
    expect(result).toMatchObject({ verdict: 'error', reason: 'the gate sets no bound for auc' });
  });
});

describe('units', () => {
  it.each<[string, MetricValue, number]>([
    ['error_rate', { value: 0.2, unit: 'percent' }, 0.002],
    ['error_rate', { value: 0.002, unit: 'ratio' }, 0.002],
    ['error_rate', { value: 0.002, n: 1000 }, 0.002],
    ['error_rate', { value: 0.07, unit: 'percent' }, 0.0007],
    ['latency_p95_ms', { value: 0.0621, unit: 's' }, 62.1],
    ['share', { value: 0.29, unit: 'ratio' }, 29],
    ['seconds', { value: 62.1, unit: 'ms' }, 0.0621],
    ['bare', { value: 3 }, 3],
  ])('%s of %j is exactly %d', async (metric, value, observed) => {
    const result = await judged(gate(metric, { equals: observed }), facts(metric, value), { metrics: METRICS });
    expect(result).toMatchObject({ verdict: 'pass', observed });
  });

  it.each<[string, MetricValue]>([
    ['error_rate', { value: 3, unit: 'ms' }],
    ['latency_p95_ms', { value: 3, unit: 'count' }],
    ['bare', { value: 3, unit: 'ratio' }],
  ])('%s of %j cannot be converted', async (metric, value) => {
    const result = await judged(gate(metric, { min: 0 }), facts(metric, value), { metrics: METRICS });
    expect(result.verdict).toBe('error');
    expect(result.reason).toContain('but the catalogue says');
  });

  it('refuses a percentage written as a ratio, and says how it is written', async () => {
    const result = await judged(gate('error_rate', { below: 0.01 }), facts('error_rate', 20), { metrics: METRICS });
    expect(result).toMatchObject({
      verdict: 'error',
      hint: 'If 20 is a percentage, write {value: 20, unit: percent}',
    });
  });

  it.each<[string, MetricValue, Partial<MetricGate>]>([
    ['misses a bound by little', 0.06, { max: 0.05 }],
    ['is too low', 0.87, { min: 0.9 }],
    ['meets the other bound alone', 0.2, { min: 0.1, max: 0.01 }],
    ['is no possible percentage either', 8700, { max: 0.05 }],
    ['is below the range', -20, { max: 0.05 }],
    ['was given in percent', { value: 8700, unit: 'percent' }, { max: 0.05 }],
    ['was given as a ratio', { value: 20, unit: 'ratio' }, { max: 0.05 }],
  ])('suspects no percentage where the value %s', async (_, value, bounds) => {
    const result = await judged(gate('error_rate', bounds), facts('error_rate', value), { metrics: METRICS });
    expect(result.verdict).not.toBe('pass');
    expect(result.hint).not.toContain('unit:');
  });

  it('suspects a ratio where the catalogue has a percentage', async () => {
    const result = await judged(gate('share', { min: 80 }), facts('share', 0.87), { metrics: METRICS });
    expect(result.hint).toContain('If 0.87 is a ratio, write {value: 0.87, unit: ratio}');
    const low = await judged(gate('share', { min: 80 }), facts('share', 70), { metrics: METRICS });
    expect(low.hint).not.toContain('unit:');
  });

  it('suspects a percentage where the number read as one would pass', async () => {
    const result = await judged(gate('error_rate', { below: 0.01 }), facts('error_rate', 0.2), { metrics: METRICS });
    expect(result.verdict).toBe('fail');
    expect(result.hint).toContain('If 0.2 is a percentage, write {value: 0.2, unit: percent}');
    const given = facts('error_rate', { value: 0.2, unit: 'ratio' });
    const sure = await judged(gate('error_rate', { below: 0.01 }), given, { metrics: METRICS });
    expect(sure.hint).not.toContain('percentage');
  });

  it('refuses a value below the range, and one that is no number', async () => {
    const low = await judged(gate('latency_p95_ms', { below: 80 }), facts('latency_p95_ms', -1), { metrics: METRICS });
    expect(low).toMatchObject({ verdict: 'error', reason: "latency_p95_ms is -1, outside the catalogue's range 0.." });
    for (const value of [NaN, Infinity]) {
      const result = await judged(gate('bare', { min: 0 }), facts('bare', value), { metrics: METRICS });
      expect(result).toMatchObject({ verdict: 'error', reason: `the value ${String(value)} is not a finite number` });
    }
  });
});

describe('missing facts', () => {
  it.each<[string, Partial<GateInput>, string]>([
    ['no evidence of the kind', { candidate: version('v7') }, 'has no evidence of kind offline'],
    ['evidence without the metric', { candidate: measured('v7', { bare: 1 }) }, 'does not report auc'],
    ['evidence without metrics', { candidate: version('v7', { evidence: { offline: {} } }) }, 'does not report auc'],
  ])('are an error: %s', async (_, over, reason) => {
    const result = await judged(gate('auc', { min: 0.5 }), over, { metrics: METRICS });
    expect(result.verdict).toBe('error');
    expect(result.reason).toContain(reason);
    expect(result.hint).toBe('mreg evidence add standard/fraud_detector@v7 <file> --kind offline');
  });

  it('refuses a metric that no catalogue defines', async () => {
    const result = await judged(gate('auc', { min: 0.5 }), facts('auc', 0.9));
    expect(result).toMatchObject({ verdict: 'error' });
    expect(result.reason).toContain('in no metric catalogue');
  });
});

describe('the catalogue', () => {
  it('takes additions of model.yaml', async () => {
    const over = {
      ...facts('uplift', 0.9),
      modelDocument: modelDocument({ metrics: { uplift: { better: 'higher' } } }),
    };
    expect((await judged(gate('uplift', { min: 0.5 }), over)).verdict).toBe('pass');
  });

  it('refuses a metric that model.yaml turns around', async () => {
    const metrics: Catalogue = { auc: { unit: 'ratio', min: 0, max: 1, better: 'lower' } };
    const over = { ...facts('auc', 0.9), modelDocument: modelDocument({ metrics }) };
    const result = await judged(gate('auc', { min: 0.5 }), over, { metrics: METRICS });
    expect(result).toMatchObject({
      verdict: 'error',
      reason: 'auc is defined differently in policies/default.yaml and model.yaml',
    });
  });

  it.each([
    ['the same meaning', { ...METRICS['auc'], better: 'higher', description: 'other words' } as const, 'pass'],
    ['another range', { ...METRICS['auc'], better: 'higher', max: 2 } as const, 'error'],
  ])('of two policies with %s', async (_, auc, verdict) => {
    const guard = guarding([gate('auc', { min: 0.5 })], { metrics: METRICS });
    const policies = [guard, policy('other', { metrics: { auc } })];
    const { gates } = await evaluate(gateInput({ ...facts('auc', 0.9), policies }));
    expect(resultOf(gates, 'it').verdict).toBe(verdict);
  });
});

describe('improvement over a baseline', () => {
  const prod = { baseline: { stage: 'prod' } };

  it.each([
    ['auc', { minDelta: 0.02 }, 0.57, 0.55, 'pass'],
    ['auc', { minDelta: 0.02 }, 0.5699, 0.55, 'fail'],
    ['auc', { minDelta: -0.01 }, 0.54, 0.55, 'pass'],
    ['auc', { minDelta: -0.01 }, 0.5399, 0.55, 'fail'],
    ['auc', { maxDelta: 0.1 }, 0.65, 0.55, 'pass'],
    ['auc', { maxDelta: 0.1 }, 0.66, 0.55, 'fail'],
    ['auc', { minDeltaPercent: 2 }, 0.561, 0.55, 'pass'],
    ['auc', { minDeltaPercent: 2 }, 0.5609, 0.55, 'fail'],
    ['auc', { maxDeltaPercent: 2 }, 0.561, 0.55, 'pass'],
    ['auc', { maxDeltaPercent: 2 }, 0.5611, 0.55, 'fail'],
    ['latency_p95_ms', { minDelta: 5 }, 55, 60, 'pass'],
    ['latency_p95_ms', { minDelta: 5 }, 65, 60, 'fail'],
    ['latency_p95_ms', { minDelta: -12 }, 72, 60, 'pass'],
    ['latency_p95_ms', { minDelta: -12 }, 72.1, 60, 'fail'],
    ['latency_p95_ms', { minDeltaPercent: -20 }, 72, 60, 'pass'],
    ['latency_p95_ms', { minDeltaPercent: -20 }, 72.1, 60, 'fail'],
    ['bare', { minDeltaPercent: 50 }, -1, -2, 'pass'],
    ['bare', { minDeltaPercent: 50 }, -1.1, -2, 'fail'],
  ] as const)('%s with %j: %d over %d is a %s', async (metric, bound, value, baseline, verdict) => {
    const result = await judged(gate(metric, { ...prod, ...bound }), facts(metric, value, baseline), {
      metrics: METRICS,
    });
    expect(result).toMatchObject({ verdict, observed: value, baseline });
  });

  it('tells the change, what is asked and what is missing', async () => {
    const over = { ...facts('auc', 0.901), versions: new Map([['v4', measured('v4', { auc: 0.892 })]]) };
    const result = await judged(gate('auc', { baseline: { version: 'v4' }, minDelta: 0.02 }), over, {
      metrics: METRICS,
    });
    expect(result.reason).toBe(
      'auc is 0.901, 0.009 over the baseline 0.892 (standard/fraud_detector@v4): 0.011 short of the 0.02 that is asked',
    );
    expect(result).toMatchObject({ baseline: 0.892, required: 'minDelta 0.02' });
  });

  it('tells a change for the worse, and one that is too good', async () => {
    const worse = await judged(gate('latency_p95_ms', { ...prod, minDelta: 0 }), facts('latency_p95_ms', 72, 60), { metrics: METRICS }); // prettier-ignore
    expect(worse.reason).toContain('latency_p95_ms is 72, 12 (worse) over the baseline 60');
    const better = await judged(gate('auc', { ...prod, maxDelta: 0.1 }), facts('auc', 0.9, 0.5), { metrics: METRICS });
    expect(better.reason).toContain('0.3 more than the 0.1 that is allowed');
  });

  it('reads a named baseline from the policies', async () => {
    const named = gate('auc', { baseline: { name: 'target' }, minDelta: 0 });
    const more = { metrics: METRICS, baselines: { target: { auc: 0.8 } } };
    expect(await judged(named, facts('auc', 0.8), more)).toMatchObject({ verdict: 'pass', baseline: 0.8 });
    const missing = await judged(named, facts('auc', 0.8), { metrics: METRICS });
    expect(missing.reason).toBe('no policy gives auc in a baseline named target');
    const policies = [guarding([named], more), policy('other', { baselines: { target: { auc: 0.1 } } })];
    const { gates } = await evaluate(gateInput({ ...facts('auc', 0.8), policies }));
    expect(resultOf(gates, 'it')).toMatchObject({ verdict: 'error' });
  });

  it.each<[string, Partial<MetricGate>, Partial<GateInput>]>([
    ['a stage without a champion', prod, { stages: new Map() }],
    ['a version that does not exist', { baseline: { version: 'v4' } }, {}],
  ])('without a baseline, %s, is a skip or a fail as the policy says', async (_, where, over) => {
    const candidate = measured('v7', { auc: 0.9 });
    const judge = (more: Partial<MetricGate>) =>
      judged(gate('auc', { ...where, minDelta: 0.02, ...more }), { ...over, candidate }, { metrics: METRICS });
    expect(await judge({ whenNoBaseline: 'pass' })).toMatchObject({ verdict: 'skip', observed: 0.9 });
    expect(await judge({ whenNoBaseline: 'fail' })).toMatchObject({ verdict: 'fail' });
    expect(await judge({})).toMatchObject({ verdict: 'fail' });
    // Other bounds still hold.
    expect(await judge({ whenNoBaseline: 'pass', min: 0.95 })).toMatchObject({ verdict: 'fail' });
    expect(await judge({ whenNoBaseline: 'pass', min: 0.85 })).toMatchObject({ verdict: 'pass' });
  });

  it('never skips over a missing measurement, of the version or of the baseline', async () => {
    const skipping = gate('auc', { ...prod, minDelta: 0.02, whenNoBaseline: 'pass' });
    const none = await judged(skipping, { candidate: version('v7'), stages: new Map() }, { metrics: METRICS });
    expect(none.verdict).toBe('error');
    const unmeasured = await judged(skipping, facts('auc', 0.9), { metrics: METRICS });
    expect(unmeasured).toMatchObject({ verdict: 'error' });
    expect(unmeasured.hint).toBe('mreg evidence add standard/fraud_detector@v6 <file> --kind offline');
  });

  it('compares a version with itself where it is the champion', async () => {
    const candidate = measured('v7', { auc: 0.9 });
    const stages = new Map([champion('prod', candidate)]);
    const result = await judged(gate('auc', { ...prod, minDelta: 0.02 }), { candidate, stages }, { metrics: METRICS });
    expect(result).toMatchObject({ verdict: 'fail', baseline: 0.9 });
    const same = gate('auc', { baseline: { version: 'v7' }, minDelta: 0 });
    expect((await judged(same, { candidate, stages }, { metrics: METRICS })).verdict).toBe('pass');
  });

  it.each<[string, Partial<MetricGate>, string]>([
    ['a delta without a baseline', { minDelta: 0.02 }, 'names no baseline'],
    ['a baseline without a delta', { ...prod, min: 0.5 }, 'names a baseline but no change'],
    ['percent of zero', { ...prod, minDeltaPercent: 2 }, 'the baseline is 0'],
  ])('cannot be judged: %s', async (_, more, reason) => {
    const result = await judged(gate('auc', more), facts('auc', 0.9, 0), { metrics: METRICS });
    expect(result.verdict).toBe('error');
    expect(result.reason).toContain(reason);
  });
});

describe('the age of a measurement', () => {
  it.each([
    ['2026-01-11T12:00:00Z', 'pass'],
    ['2026-01-11T11:59:59Z', 'fail'],
    ['2026-01-14T12:05:00Z', 'pass'],
    ['2026-01-14T12:05:01Z', 'error'],
    ['2026-99-99T99:99:99Z', 'error'],
  ])('produced at %s, judged three days after the 11th at noon: %s', async (producedAt, verdict) => {
    const candidate = measured('v7', { auc: 0.9 }, { producedAt });
    const policies = [guarding([gate('auc', { min: 0.5, maxAgeDays: 3 })], { metrics: METRICS })];
    const { gates, decision } = await evaluate(gateInput({ candidate, policies }));
    expect(resultOf(gates, 'it.age')).toMatchObject({ verdict, atTheDoor: true, required: 'at most 3 days old' });
    // The value itself is recorded and does not change while the request waits.
    expect(resultOf(gates, 'it')).toMatchObject({ verdict: 'pass', atTheDoor: false });
    expect(decision).toBe(verdict === 'pass' ? 'promote' : 'block');
  });

  it('is an error where nothing was measured', async () => {
    const policies = [guarding([gate('auc', { min: 0.5, maxAgeDays: 3 })], { metrics: METRICS })];
    const { gates } = await evaluate(gateInput({ candidate: version('v7'), policies }));
    expect(resultOf(gates, 'it.age').verdict).toBe('error');
  });
});
