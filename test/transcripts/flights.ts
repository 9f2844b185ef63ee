import { join } from 'node:path';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import { makeTeam, mustSucceed, type TestRegistry } from '../support/registry.ts';

const POLICY: PolicyDocument['spec'] = {
  models: ['*'],
  metrics: {
    auc: { unit: 'ratio', min: 0, max: 1, better: 'higher' },
    latency_p95_ms: { unit: 'ms', min: 0, better: 'lower' },
  },
  transitions: [
    { from: 'dev', to: 'staging', gates: [{ id: 'artifact', type: 'artifact' }] },
    {
      from: 'staging',
      to: 'prod',
      gates: [
        {
          id: 'auc-uplift',
          type: 'metric',
          evidence: 'offline',
          metric: 'auc',
          baseline: { stage: 'prod' },
          minDelta: 0.02,
          whenNoBaseline: 'pass',
        },
        { id: 'features', type: 'schema', against: 'prod', whenNoBaseline: 'pass' },
        { id: 'review', type: 'approvals', roles: { reviewer: 1 }, total: 1 },
        { id: 'way-back', type: 'rollback-target', whenFirst: 'pass' },
      ],
      rollback: { target: 'last-stable', roles: ['oncall'] },
    },
  ],
};

const FEATURES = {
  inputs: [
    { name: 'distance_km', type: 'double' },
    { name: 'carrier', type: 'string' },
  ],
  outputs: [{ name: 'delay', type: 'double' }],
};

const VERSIONS = [
  { auc: 0.91, latency_p95_ms: 62, features: FEATURES },
  {
    auc: 0.935,
    latency_p95_ms: 64,
    features: { ...FEATURES, inputs: [...FEATURES.inputs, { name: 'rain_mm', type: 'double', required: false }] },
  },
  { auc: 0.92, latency_p95_ms: 58, features: { ...FEATURES, inputs: FEATURES.inputs.slice(0, 1) } },
  { auc: 0.942, latency_p95_ms: 61, features: FEATURES },
] as const;

/** When people look at the registry of the flights. */
export const LOOKING: () => Date = () => new Date('2026-03-10T12:00:00Z');

/**
 * Makes a registry of flight models with a past: `delay` v1 went to prod, v2 replaced it and was rolled back in the night,
 * v3 breaks its callers, v4 waits for a review. `ranker` has just begun.
 */
export async function flights(): Promise<TestRegistry> {
  const registry = await makeTeam({
    people: {
      ann: ['root', 'policy', 'registrar', 'evaluator', 'promoter'],
      bob: ['root', 'reviewer', 'owner', 'oncall'],
    },
    policy: POLICY,
    expires: '2026-04-01T00:00:00Z',
  });
  const by = { ann: registry.person('ann'), bob: registry.person('bob') };
  const at = async (who: keyof typeof by, time: string, words: readonly string[], exit = 0): Promise<void> => {
    const outcome = await registry.mreg(words, { as: by[who], now: () => new Date(`2026-03-${time}:00Z`) });
    if (exit === 0) mustSucceed(outcome);
    else if (outcome.code !== exit) throw new Error(`${words.join(' ')}: exit ${String(outcome.code)}\n${outcome.stderr}`);
  };
  const register = (time: string, number: number): Promise<void> => at('ann', time, registerWords(registry, number));
  const promote = (to: string): string[] => ['promote', 'delay', '--to', to];

  await register('01T09:00', 1);
  await at('ann', '01T09:30', promote('staging'));
  await at('ann', '01T10:00', promote('prod'), 5);
  await at('bob', '01T11:00', ['approve', 'delay', '--to', 'prod', '--yes']);
  await register('03T09:00', 2);
  await at('ann', '03T09:30', promote('staging'));
  await at('ann', '03T10:00', [...promote('prod'), '-m', 'Better on rainy days'], 5);
  await at('bob', '03T11:00', ['approve', 'delay', '--to', 'prod', '--yes']);
  await at('bob', '04T02:10', ['rollback', 'delay', '--stage', 'prod', '-m', 'p95 doubled at night']);
  await register('05T09:00', 3);
  await at('ann', '05T09:30', promote('staging'));
  await register('09T09:00', 4);
  await at('ann', '09T09:30', promote('staging'));
  await at('ann', '09T10:00', promote('prod'), 5);
  await at('ann', '09T15:00', ['register', 'ranker', registerWords(registry, 1)[2] ?? '']);
  return registry;
}

function registerWords(registry: TestRegistry, number: number): readonly string[] {
  const { features, ...metrics } = VERSIONS[number - 1] ?? VERSIONS[0];
  const [model, measured, schema] = ['model.onnx', 'metrics.json', 'features.json'].map((name) =>
    join('..', `run-${String(number)}`, name),
  );
  registry.write(model ?? '', `weights of run ${String(number)}`);
  registry.write(measured ?? '', JSON.stringify(metrics));
  registry.write(schema ?? '', JSON.stringify(features));
  const path = (file = ''): string => join(registry.directory, file);
  return [
    ...['register', 'delay', path(model), '--metrics', path(measured), '--features', path(schema)],
    ...['--param', `depth=${String(4 + number)}`, '--code', `https://git.example.org/flights@${'abcdef0'.repeat(5)}abcde`],
  ];
}
