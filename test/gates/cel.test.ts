import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/gates/engine.ts';
import { champion, gateInput, guarding, judged, modelDocument, pack, version } from './facts.ts';

const METRICS = pack('standard').body.spec.metrics ?? {};
const evidence = { online: { metrics: { error_rate: { value: 0.2, unit: 'percent' as const }, unknown: 3 } } };
const candidate = version('v7', { evidence });
const stages = new Map([champion('prod', version('v6', { evidence }))]);

function judge(expression: string, over: Parameters<typeof judged>[1] = {}) {
  const more = { metrics: METRICS };
  return judged({ id: 'it', type: 'cel', expression }, { candidate, stages, ...over }, more);
}

describe('an expression', () => {
  it.each([
    ['true', 'pass'],
    ['1 > 2', 'fail'],
    ['"yes"', 'error'],
    ['null', 'error'],
    ['1 +', 'error'],
    ['unknown_variable', 'error'],
    ['evidence.offline.metrics.auc > 0.5', 'error'],
    ['evidence.online.metrics.unknown > 1.0', 'error'],
    ['evidence.online.metrics.error_rate == 0.002', 'pass'],
    ['candidate.evidence.online.metrics.error_rate <= baseline.evidence.online.metrics.error_rate', 'pass'],
    ['baseline.name == "v6" && candidate.name == "v7"', 'pass'],
    ['version.features.inputs.all(i, i.type == "double")', 'pass'],
    ['version.artifact.size < 100', 'pass'],
    ['has(version.lineage.code)', 'pass'],
    ['model.name.startsWith("standard/") && model.task == "fraud"', 'pass'],
    ['promotion.from == "staging" && promotion.to == "prod" && promotion.rollbackTo == "v6"', 'pass'],
    ['promotion.plan.strategy != "immediate"', 'fail'],
    ['candidate.held', 'fail'],
    ['"aaaa".matches("(a+)+$")', 'error'],
    ['model["constructor"] == null', 'error'],
  ])('%s is a %s', async (expression, verdict) => {
    const result = await judge(expression, { modelDocument: modelDocument({ task: 'fraud' }) });
    expect(result.verdict).toBe(verdict);
    expect(result.required).toBe(expression);
  });

  it('sees no baseline on the first promotion', async () => {
    expect((await judge('baseline == null', { stages: new Map() })).verdict).toBe('pass');
  });

  it('may nest two loops but not three, so that it cannot hold a hook', async () => {
    const loop = (inner: string) => `version.features.inputs.all(i, ${inner})`;
    expect((await judge(loop(loop('true')))).verdict).toBe('pass');
    expect((await judge(loop(loop(loop('true'))))).reason).toContain('nested more than 2 deep');
  });

  it('is bounded in length, size and the lists it sees', async () => {
    expect((await judge(`${'true && '.repeat(600)}true`)).reason).toContain('longer than 4000 characters');
    expect((await judge(`${'1+'.repeat(600)}1 > 0`)).verdict).toBe('error');
    const inputs = Array.from({ length: 501 }, (_, index) => ({ name: `f${String(index)}`, type: 'double' }));
    const wide = version('v7', { spec: { features: { inputs, outputs: [] } } });
    expect((await judge('true', { candidate: wide })).reason).toContain('a list of 501 items is too long');
  });

  it('leaves out a metric whose definitions conflict, and refuses one in another unit', async () => {
    const gate = { id: 'it', type: 'cel', expression: 'has(evidence.online.metrics.error_rate)' } as const;
    const conflicting = guarding([gate], { metrics: { error_rate: { better: 'higher' } } });
    const policies = [conflicting, pack('standard')];
    const { gates } = await evaluate(gateInput({ candidate, stages, policies }));
    expect(gates.find(({ id }) => id === 'it')?.verdict).toBe('fail');
    const wrong = version('v7', { evidence: { online: { metrics: { error_rate: { value: 1, unit: 'ms' } } } } });
    expect((await judge('true', { candidate: wrong })).verdict).toBe('error');
  });
});
