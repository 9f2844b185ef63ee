import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/documents/digest.ts';
import type { EvidenceDocument } from '../../src/documents/kinds/evidence.ts';
import type { AuditGate, LineageGate, ReleasePlanGate, ScanGate } from '../../src/documents/kinds/gate.ts';
import type { Lineage } from '../../src/documents/kinds/model-version.ts';
import type { ReleasePlan } from '../../src/documents/kinds/promotion.ts';
import type { ArtifactFinding, GateInput } from '../../src/gates/input.ts';
import { champion, judged, version } from './facts.ts';

describe('lineage', () => {
  const full: Lineage = {
    code: { repository: 'https://git.example', commit: '1234abcd' },
    data: [{ name: 'train', uri: 's3://b/t', digest: digestOf('t') }],
    parameters: { depth: 3 },
    environment: { lockfile: digestOf('l') },
    parents: ['v6'],
  };
  const all: LineageGate['require'] = ['code', 'data', 'parameters', 'environment', 'parents'];

  it.each<[string, Lineage, string]>([
    ['everything', full, 'pass'],
    ['no code', without('code'), 'fail'],
    ['no data', without('data'), 'fail'],
    ['an empty list of data', { ...full, data: [] }, 'fail'],
    ['one data set without a digest', { ...full, data: [...(full.data ?? []), { name: 'x', uri: 's3://x' }] }, 'fail'],
    ['no parameters', without('parameters'), 'fail'],
    ['empty parameters', { ...full, parameters: {} }, 'fail'],
    ['no environment', without('environment'), 'fail'],
    ['an image that can be moved', { ...full, environment: { image: 'trainer:latest' } }, 'fail'],
    ['an image by digest', { ...full, environment: { image: `trainer@${digestOf('i')}` } }, 'pass'],
    ['no parents', without('parents'), 'fail'],
    ['empty parents', { ...full, parents: [] }, 'fail'],
    ['nothing', {}, 'fail'],
  ])('with %s', async (_, lineage, verdict) => {
    const candidate = version('v7', { spec: { lineage } });
    const result = await judged({ id: 'it', type: 'lineage', require: all }, { candidate });
    expect(result.verdict).toBe(verdict);
    expect(result.hint === undefined).toBe(verdict === 'pass');
  });

  it('asks for all but the parents by default', async () => {
    const candidate = version('v7', { spec: { lineage: without('parents') } });
    const result = await judged({ id: 'it', type: 'lineage' }, { candidate });
    expect(result).toMatchObject({ verdict: 'pass', required: 'code, data, parameters, environment' });
  });

  function without(part: keyof Lineage): Lineage {
    return Object.fromEntries(Object.entries(full).filter(([name]) => name !== part));
  }
});

describe('artifact', () => {
  it.each<[ArtifactFinding, string]>([
    [{ state: 'match' }, 'pass'],
    [{ state: 'unchecked' }, 'pass'],
    [{ state: 'missing', detail: 'no such object' }, 'fail'],
    [{ state: 'mismatch', detail: 'model.onnx differs' }, 'fail'],
  ])('%j', async (artifact, verdict) => {
    const result = await judged({ id: 'it', type: 'artifact' }, { artifact });
    expect(result).toMatchObject({ verdict, observed: digestOf('artifact') });
    if ('detail' in artifact) expect(result.reason).toContain(artifact.detail);
  });
});

describe('tests', () => {
  type Suites = EvidenceDocument['spec']['suites'];

  it.each<[string, Suites, string, string | undefined]>([
    ['all passed', [suite('unit', 3, 0), suite('integration', 1, 0)], 'pass', 'unit 3 of 3, integration 1 of 1'],
    ['one failed', [suite('unit', 3, 1), suite('integration', 1, 0)], 'fail', 'unit 3 of 4, integration 1 of 1'],
    ['none ran', [suite('unit', 3, 0), suite('integration', 0, 0)], 'fail', 'unit 3 of 3, integration 0 of 0'],
    ['a suite is missing', [suite('unit', 3, 0)], 'error', undefined],
    ['a second entry of a suite failed', [suite('unit', 3, 0), suite('unit', 0, 1), suite('integration', 1, 0)], 'fail', 'unit 3 of 4, integration 1 of 1'], // prettier-ignore
    ['no suites at all', undefined, 'error', undefined],
  ])('where %s', async (_, suites, verdict, observed) => {
    const candidate = version('v7', { evidence: { tests: suites === undefined ? {} : { suites } } });
    const result = await judged({ id: 'it', type: 'tests', suites: ['unit', 'integration'] }, { candidate });
    expect(result.verdict).toBe(verdict);
    expect(result.observed).toBe(observed);
  });

  it('are an error without evidence, and read from the kind that the policy names', async () => {
    const gate = { id: 'it', type: 'tests', suites: ['unit'] } as const;
    const none = await judged({ ...gate, suites: ['unit'] });
    expect(none).toMatchObject({
      verdict: 'error',
      hint: 'mreg evidence add standard/fraud_detector@v7 <file> --kind tests',
    });
    const candidate = version('v7', { evidence: { ci: { suites: [suite('unit', 1, 0)] } } });
    expect((await judged({ ...gate, suites: ['unit'], evidence: 'ci' }, { candidate })).verdict).toBe('pass');
  });

  function suite(name: string, passed: number, failed: number) {
    return { name, passed, failed };
  }
});

describe('scan', () => {
  const limits: Partial<ScanGate> = {
    secrets: 0,
    vulnerabilities: { critical: 0, high: 2 },
    serialisation: { pickle: 0 },
    licences: { allow: ['MIT', 'Apache-2.0'], deny: ['AGPL-3.0-only'] },
  };
  const clean: NonNullable<EvidenceDocument['spec']['findings']> = {
    secrets: 0,
    vulnerabilities: { critical: 0, high: 2, low: 40 },
    serialisation: { pickle: 0 },
    licences: ['mit', 'Apache-2.0'],
  };

  it.each<[string, EvidenceDocument['spec']['findings'], string]>([
    ['findings within limits', clean, 'pass'],
    ['a secret', { ...clean, secrets: 1 }, 'fail'],
    ['one vulnerability too many', { ...clean, vulnerabilities: { critical: 0, high: 3 } }, 'fail'],
    ['a pickle', { ...clean, serialisation: { pickle: 1 } }, 'fail'],
    ['a denied licence', { ...clean, licences: ['MIT', 'AGPL-3.0-ONLY'] }, 'fail'],
    ['a licence that is not allowed', { ...clean, licences: ['GPL-3.0-only'] }, 'fail'],
    ['no licences in use', { ...clean, licences: [] }, 'pass'],
    ['secrets not reported', omit('secrets'), 'error'],
    ['one severity not reported', { ...clean, vulnerabilities: { critical: 0 } }, 'error'],
    ['serialisation not reported', omit('serialisation'), 'error'],
    ['licences not reported', omit('licences'), 'error'],
    ['no findings', undefined, 'error'],
  ])('with %s', async (_, findings, verdict) => {
    const candidate = version('v7', { evidence: { scan: findings === undefined ? {} : { findings } } });
    const result = await judged({ id: 'it', type: 'scan', ...limits }, { candidate });
    expect(result.verdict).toBe(verdict);
    expect(result.required).toBe(
      'secrets 0, critical 0, high 2, pickle 0, licences among MIT|Apache-2.0, licences without AGPL-3.0-only',
    );
  });

  it('is an error without evidence, and without a limit', async () => {
    expect((await judged({ id: 'it', type: 'scan', secrets: 0 })).verdict).toBe('error');
    const candidate = version('v7', { evidence: { scan: { findings: clean } } });
    expect(await judged({ id: 'it', type: 'scan' }, { candidate })).toMatchObject({ reason: 'the gate sets no limit' });
  });

  function omit(part: keyof typeof clean) {
    return Object.fromEntries(Object.entries(clean).filter(([name]) => name !== part));
  }
});

describe('release-plan', () => {
  const steps = [{ weight: 10, hold: '30m' }, { weight: 50, hold: '2h' }, { weight: 100 }];
  const canary: ReleasePlan = { strategy: 'canary', steps };
  const guard = { metric: 'latency_p95_ms', above: 80 };

  it.each<[string, Partial<ReleasePlanGate>, ReleasePlan, string]>([
    ['an allowed strategy', { strategies: ['canary'] }, canary, 'pass'],
    ['another strategy', { strategies: ['shadow'] }, canary, 'fail'],
    ['the largest first step', { firstStepMax: 10 }, canary, 'pass'],
    ['too large a first step', { firstStepMax: 9.9 }, canary, 'fail'],
    ['all traffic at once', { firstStepMax: 10 }, { strategy: 'immediate' }, 'fail'],
    ['mirrored traffic only', { firstStepMax: 0 }, { strategy: 'shadow' }, 'pass'],
    ['a shadow that takes traffic', { firstStepMax: 0 }, { strategy: 'shadow', steps }, 'fail'],
    ['a canary without steps', { firstStepMax: 10 }, { strategy: 'canary' }, 'fail'],
    ['holds as long as asked', { minHold: '30m' }, canary, 'pass'],
    ['a hold too short', { minHold: '31m' }, canary, 'fail'],
    ['holds in other units', { minHold: '1800s' }, canary, 'pass'],
    ['a step without a hold', { minHold: '1m' }, { strategy: 'canary', steps: [{ weight: 10 }, { weight: 100 }] }, 'fail'], // prettier-ignore
    ['a last step below 100 % without a hold', { minHold: '1m' }, { strategy: 'champion-challenger', steps: [{ weight: 10 }] }, 'fail'], // prettier-ignore
    ['holds without steps', { minHold: '1m' }, { strategy: 'canary' }, 'fail'],
    ['the guard asked for', { guards: ['latency_p95_ms'] }, { ...canary, guards: [guard] }, 'pass'],
    ['no guard', { guards: ['latency_p95_ms'] }, canary, 'fail'],
    ['another guard', { guards: ['error_rate'] }, { ...canary, guards: [guard] }, 'fail'],
    ['a guard without a bound', { guards: ['psi'] }, { ...canary, guards: [{ metric: 'psi' }] }, 'fail'],
    ['nothing asked for', {}, { strategy: 'immediate' }, 'pass'],
  ])('with %s', async (_, more, plan, verdict) => {
    const result = await judged({ id: 'it', type: 'release-plan', ...more }, { plan });
    expect(result.verdict).toBe(verdict);
  });

  it('is judged as written on the first promotion too', async () => {
    const first: Partial<GateInput> = { stages: new Map(), rollbackTarget: undefined, plan: { strategy: 'immediate' } };
    expect((await judged({ id: 'it', type: 'release-plan', firstStepMax: 10 }, first)).verdict).toBe('fail');
  });

  it('tells the plan and what is asked of it in one line each', async () => {
    const plan: ReleasePlan = { strategy: 'shadow', steps: [{ weight: 0, mirror: 20, hold: '1h' }, { weight: 100 }] };
    const asked: Partial<ReleasePlanGate> = { strategies: ['canary', 'shadow'], firstStepMax: 10, minHold: '1h', guards: ['psi'] }; // prettier-ignore
    expect(await judged({ id: 'it', type: 'release-plan', ...asked }, { plan })).toMatchObject({
      observed: 'shadow 0 mirror 20 1h, 100',
      required: 'canary|shadow, first step at most 10, holds at least 1h, guards psi',
      reason: 'no guard on psi',
    });
  });
});

describe('rollback-target', () => {
  it.each<[string, GateInput['rollbackTarget'], string]>([
    ['there', { version: 'v6', held: false, artifact: { state: 'match' } }, 'pass'],
    ['there, its bytes not fetched', { version: 'v6', held: false, artifact: { state: 'unchecked' } }, 'pass'],
    ['held', { version: 'v6', held: true, artifact: { state: 'match' } }, 'fail'],
    ['gone from the store', { version: 'v6', held: false, artifact: { state: 'missing', detail: 'gone' } }, 'fail'],
    ['altered', { version: 'v6', held: false, artifact: { state: 'mismatch', detail: 'differs' } }, 'fail'],
  ])('that is %s', async (_, rollbackTarget, verdict) => {
    const result = await judged({ id: 'it', type: 'rollback-target' }, { rollbackTarget });
    expect(result).toMatchObject({ verdict, observed: 'v6' });
  });

  it.each([
    ['pass', 'skip'],
    ['fail', 'fail'],
    [undefined, 'fail'],
  ] as const)('missing on the first promotion, whenFirst %s: %s', async (whenFirst, verdict) => {
    const gate = { id: 'it', type: 'rollback-target', ...(whenFirst ? { whenFirst } : {}) } as const;
    expect((await judged(gate, { rollbackTarget: undefined })).verdict).toBe(verdict);
  });
});

describe('soak', () => {
  const v7 = version('v7');

  it.each([
    ['2026-01-13T12:00:00Z', 'pass', undefined],
    ['2026-01-13T12:00:01Z', 'fail', 'time'],
    ['2026-01-15T12:00:00Z', 'fail', 'time'],
  ])('a day, in staging since %s: %s', async (since, verdict, waitsFor) => {
    const stages = new Map([champion('staging', v7, since)]);
    const result = await judged({ id: 'it', type: 'soak', hours: 24 }, { candidate: v7, stages });
    expect(result.verdict).toBe(verdict);
    expect(result.waitsFor).toBe(waitsFor);
    expect(result.atTheDoor).toBe(true);
  });

  it('says when it is over', async () => {
    const stages = new Map([champion('staging', v7, '2026-01-14T00:00:00Z')]);
    expect(await judged({ id: 'it', type: 'soak', hours: 24 }, { candidate: v7, stages })).toMatchObject({
      observed: '12 h',
      required: '24 h in the stage before',
      hint: 'Promote again from 2026-01-15T00:00:00.000Z on',
    });
  });

  it.each<[string, Partial<GateInput>]>([
    ['the stage is empty', { stages: new Map() }],
    ['another version is there', { stages: new Map([champion('staging', version('v6'))]) }],
    ['it is in another stage', { stages: new Map([champion('dev', v7)]) }],
    [
      'another version took its name',
      { stages: new Map([champion('staging', version('v7', { spec: { note: 'x' } }))]) },
    ],
  ])('cannot be waited out where %s', async (_, over) => {
    const result = await judged({ id: 'it', type: 'soak', hours: 0 }, { candidate: v7, ...over });
    expect(result.verdict).toBe('fail');
    expect(result.waitsFor).toBeUndefined();
  });

  it('looks at the stage that the policy names', async () => {
    const stages = new Map([champion('shadow', v7)]);
    const result = await judged({ id: 'it', type: 'soak', hours: 24, stage: 'shadow' }, { candidate: v7, stages });
    expect(result.verdict).toBe('pass');
  });
});

describe('quarantine', () => {
  it('tells who holds the version and why', async () => {
    const held = { reason: 'wrong labels', by: 'olga', path: 'registry/x/versions/v7/holds/1.yaml' };
    const result = await judged({ id: 'it', type: 'quarantine' }, { candidate: version('v7', { held }) });
    expect(result).toMatchObject({
      verdict: 'fail',
      reason: 'standard/fraud_detector@v7 is held by olga: wrong labels',
      hint: 'When the cause is gone: mreg release standard/fraud_detector@v7',
    });
    expect((await judged({ id: 'it', type: 'quarantine' })).verdict).toBe('pass');
  });
});

describe('audit', () => {
  const report = { attachments: [{ name: 'report.html', digest: digestOf('r') }] };

  it.each<[string, Partial<AuditGate>, Parameters<typeof version>[1], string, string]>([
    ['everything', {}, {}, 'data-snapshot, code-commit, signed-artifact', 'pass'],
    ['no lineage', {}, { spec: { lineage: {} } }, 'signed-artifact', 'fail'],
    ['data without a digest', { require: ['data-snapshot'] }, { spec: { lineage: { data: [{ name: 'a', uri: 'b' }] } } }, 'none', 'fail'], // prettier-ignore
    ['no code', { require: ['code-commit'] }, { spec: { lineage: {} } }, 'none', 'fail'],
    ['an artifact without a digest', { require: ['signed-artifact'] }, { spec: { artifact: { digest: 'none', size: 1, uri: 'x' } } }, 'none', 'fail'], // prettier-ignore
    ['the report', { require: ['code-commit'], attachments: ['report.html'] }, { evidence: { offline: report } }, 'code-commit, attachment report.html', 'pass'], // prettier-ignore
    ['another report', { require: ['code-commit'], attachments: ['card.md'] }, { evidence: { offline: report } }, 'code-commit', 'fail'], // prettier-ignore
  ])('with %s', async (_, more, wish, observed, verdict) => {
    const result = await judged({ id: 'it', type: 'audit', ...more }, { candidate: version('v7', wish) });
    expect(result).toMatchObject({ verdict, observed });
  });
});
