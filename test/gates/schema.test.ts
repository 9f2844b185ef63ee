import { describe, expect, it } from 'vitest';
import type { FeatureSchema } from '../../src/documents/kinds/model-version.ts';
import { diffFeatures } from '../../src/gates/feature-difference.ts';
import { champion, judged, version } from './facts.ts';

const BASE: FeatureSchema = {
  inputs: [
    { name: 'amount', type: 'double', required: true },
    { name: 'age', type: 'int', required: false },
  ],
  outputs: [{ name: 'score', type: 'double' }],
};
const [AMOUNT, AGE] = BASE.inputs;
const SCORE = BASE.outputs;

describe('compatibility with the champion', () => {
  it.each<[string, Partial<FeatureSchema>, string, string, string]>([
    ['nothing changed', {}, 'pass', 'pass', 'pass'],
    ['only the order changed', { inputs: BASE.inputs.toReversed() }, 'pass', 'pass', 'pass'],
    ['an optional input more', { inputs: [...BASE.inputs, feature('new', false)] }, 'pass', 'fail', 'fail'],
    ['a required input more', { inputs: [...BASE.inputs, feature('new', true)] }, 'fail', 'fail', 'fail'],
    ['an input more that does not say', { inputs: [...BASE.inputs, feature('new')] }, 'fail', 'fail', 'fail'],
    ['an optional input less', { inputs: BASE.inputs.slice(0, 1) }, 'fail', 'pass', 'fail'],
    ['a required input less', { inputs: BASE.inputs.slice(1) }, 'fail', 'fail', 'fail'],
    ['an input of another type', { inputs: [{ ...feature('amount', true), type: 'int' }, feature('age', false, 'int')] }, 'fail', 'fail', 'fail'], // prettier-ignore
    ['an optional input now required', { inputs: [feature('amount', true), feature('age', true, 'int')] }, 'fail', 'pass', 'fail'], // prettier-ignore
    ['a required input now optional', { inputs: [feature('amount', false), feature('age', false, 'int')] }, 'pass', 'fail', 'fail'], // prettier-ignore
    ['a required input that no longer says so', { inputs: [feature('amount'), feature('age', false, 'int')] }, 'pass', 'pass', 'pass'], // prettier-ignore
    ['an output more', { outputs: [...SCORE, feature('reason')] }, 'pass', 'fail', 'fail'],
    ['an output less', { outputs: [] }, 'fail', 'pass', 'fail'],
    ['an output of another type', { outputs: [{ name: 'score', type: 'int' }] }, 'fail', 'fail', 'fail'],
  ])('where %s: backward, forward, full', async (_, change, backward, forward, full) => {
    const candidate = version('v7', { spec: { features: { ...BASE, ...change } } });
    const stages = new Map([champion('prod', version('v6', { spec: { features: BASE } }))]);
    for (const [mode, verdict] of [
      ['backward', backward],
      ['forward', forward],
      ['full', full],
    ] as const) {
      // prettier-ignore
      const result = await judged({ id: 'it', type: 'schema', against: 'prod', mode }, { candidate, stages });
      expect([mode, result.verdict]).toEqual([mode, verdict]);
      expect(result).toMatchObject({ baseline: 'v6', required: `${mode} compatible with prod` });
    }
  });

  it('lists every breaking difference', async () => {
    const features = { inputs: [feature('amount', true, 'string'), feature('new', true)], outputs: [] };
    const candidate = version('v7', { spec: { features } });
    const stages = new Map([champion('prod', version('v6', { spec: { features: BASE } }))]);
    const result = await judged({ id: 'it', type: 'schema', against: 'prod' }, { candidate, stages });
    expect(result.observed).toBe('inputs +1 -1 ~1, outputs +0 -1 ~0');
    expect(result.reason).toBe(
      'not backward compatible with standard/fraud_detector@v6: input age removed (was int, optional); input amount retyped from double, required to string, required; input new added (double, required); output score removed (was double)',
    );
  });

  it('is an error where a version records no features, or one twice', async () => {
    const stages = new Map([champion('prod', version('v6', { spec: { features: BASE } }))]);
    const bare = version('v7');
    const spec = { ...bare.version.body.spec };
    delete spec.features;
    const without = { ...bare, version: { ...bare.version, body: { ...bare.version.body, spec } } };
    const gate = { id: 'it', type: 'schema', against: 'prod' } as const;
    expect(await judged(gate, { candidate: without, stages })).toMatchObject({ verdict: 'error' });
    expect(await judged(gate, { stages: new Map([champion('prod', without)]) })).toMatchObject({ verdict: 'error' });
    const twice = version('v7', { spec: { features: { ...BASE, inputs: [feature('a', true), feature('a', false)] } } });
    expect((await judged(gate, { candidate: twice, stages })).reason).toContain('names a feature twice: a');
  });

  it.each([
    ['pass', 'skip'],
    ['fail', 'fail'],
    [undefined, 'skip'],
  ] as const)('without a champion, whenNoBaseline %s, is a %s', async (whenNoBaseline, verdict) => {
    const gate = { id: 'it', type: 'schema', against: 'prod', ...(whenNoBaseline ? { whenNoBaseline } : {}) } as const;
    expect((await judged(gate, { stages: new Map() })).verdict).toBe(verdict);
  });
});

describe('the differences of two schemas', () => {
  it('are none between equal ones, and listed by side and name otherwise', () => {
    expect(diffFeatures(BASE, BASE)).toEqual([]);
    const after = {
      inputs: [AMOUNT, AGE, feature('z'), feature('b')].filter((each) => each !== undefined),
      outputs: [],
    };
    expect(diffFeatures(BASE, after).map(({ side, name, change }) => `${side} ${name} ${change}`)).toEqual([
      'input b added',
      'input z added',
      'output score removed',
    ]);
  });
});

function feature(name: string, required?: boolean, type = 'double') {
  return { name, type, ...(required === undefined ? {} : { required }) };
}
