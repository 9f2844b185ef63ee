import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../src/documents/kinds/gate.ts';
import type { PolicyDocument, Transition } from '../../src/documents/kinds/policy.ts';
import { readDocument } from '../../src/documents/read-document.ts';
import type { CheckOutput, PromoteOutput } from '../../src/report/output-schemas.ts';
import { expectFsckClean } from '../support/git.ts';
import { makeTeam, mustSucceed, template, type Outcome, type TestRegistry } from '../support/registry.ts';
import { fillVersions } from '../support/versions.ts';

const TIMEOUT = { timeout: 180_000 };

/** Dana builds and asks, olga owns the models, remy reviews. */
const PEOPLE = {
  dana: ['registrar', 'evaluator', 'promoter'],
  olga: ['root', 'policy', 'owner', 'oncall', 'promoter'],
  remy: ['reviewer'],
};

const SUITES = { unit: 'pass', integration: 'pass' };
const CLEAN = { secrets: 0, vulnerabilities: { critical: 0, high: 0 } };
const FEATURES = {
  inputs: [{ name: 'amount', type: 'double', required: true }],
  outputs: [{ name: 'score', type: 'double' }],
};
const CANARY = [
  ...['--strategy', 'canary', '--step', '10:30m', '--step', '50:2h', '--step', '100'],
  ...['--guard', 'latency_p95_ms>80:5m'],
];

type Evidence = Readonly<
  Record<string, { readonly metrics?: object; readonly suites?: object; readonly findings?: object }>
>;

/** What a good version brings into staging, and then into prod. */
const TESTED: Evidence = { tests: { suites: SUITES }, scan: { findings: CLEAN } };
const SERVABLE: Evidence = {
  online: { metrics: { latency_p95_ms: 62, error_rate: { value: 0.2, unit: 'percent' } } },
  drift: { metrics: { psi: 0.07 } },
  fairness: { metrics: { tpr_gap: 0.029 } },
};

function standard(change: (transitions: Transition[]) => Transition[] = (same) => same): PolicyDocument['spec'] {
  const path = 'policies/standard.yaml';
  const reading = readDocument('Policy', { path, bytes: readFileSync(path) });
  if (!reading.ok) throw new Error(`${path} cannot be read`);
  const { spec } = structuredClone(reading.value);
  return { ...spec, models: ['*'], transitions: change(spec.transitions) };
}

/** The command line of one registry, by the people of these cases. */
class Case {
  readonly registry: TestRegistry;

  constructor(registry: TestRegistry) {
    this.registry = registry;
  }

  /** Runs a command as somebody. */
  as(name: keyof typeof PEOPLE, ...words: readonly string[]): Promise<Outcome> {
    return this.registry.mreg(words, { as: this.registry.person(name) });
  }

  /** Registers a version with all of its lineage, and attaches what was measured. */
  async register(model: string, auc: number, evidence: Evidence, features: object = FEATURES): Promise<string> {
    const lineage = [
      ...['--code', 'https://git.example/models@1234abcd', '--param', 'learning_rate=0.1'],
      ...['--data', `train=s3://bucket/train-2024-09-01@sha256:${'a'.repeat(64)}`],
      ...['--lockfile', this.file('uv.lock', 'locked'), '--features', this.file('features.json', features)],
    ];
    const bytes = this.file('model.onnx', `${model} ${String(auc)}`);
    const metrics = this.file('metrics.json', { auc });
    const made = await this.as('dana', 'register', model, bytes, '--metrics', metrics, ...lineage, '--json');
    const { reference } = JSON.parse(mustSucceed(made).stdout) as { reference: string };
    await this.attach(reference, evidence);
    return reference;
  }

  async attach(reference: string, evidence: Evidence): Promise<void> {
    for (const [kind, measured] of Object.entries(evidence)) {
      const file = this.file(`${kind}.json`, measured);
      mustSucceed(await this.as('dana', 'evidence', 'add', reference, file, '--kind', kind));
    }
  }

  file(name: string, content: string | object): string {
    const path = join(this.registry.home, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  /** Brings a version into staging. */
  async stage(reference: string): Promise<void> {
    mustSucceed(await this.as('dana', 'promote', reference, '--to', 'staging'));
  }

  /** Asks for prod as dana; olga and remy approve. Returns the outcome of the last approval. */
  async release(reference: string, plan: readonly string[] = []): Promise<Outcome> {
    expect((await this.as('dana', 'promote', reference, '--to', 'prod', ...plan)).code).toBe(5);
    expect((await this.as('olga', 'approve', reference, '--to', 'prod')).code).toBe(5);
    return this.as('remy', 'approve', reference, '--to', 'prod', '--json');
  }

  /** Registers a good version and brings it all the way into prod. */
  async serve(model: string, auc: number): Promise<string> {
    const reference = await this.register(model, auc, { ...TESTED, ...SERVABLE });
    await this.stage(reference);
    expect((await this.release(reference)).code).toBe(0);
    return reference;
  }

  async check(reference: string, to: string, ...plan: readonly string[]): Promise<CheckOutput> {
    return JSON.parse((await this.as('dana', 'check', reference, '--to', to, ...plan, '--json')).stdout) as CheckOutput;
  }

  /** What the server's protected branch holds. */
  onServer(path: string): string {
    return this.registry.tryGit(['-C', this.registry.server, 'show', `main:${path}`]).stdout;
  }
}

/** Ids of the gates that stand in the way. */
function inTheWay({ gates }: Pick<CheckOutput, 'gates'>): readonly string[] {
  const refusing = gates.filter(({ enforcement, verdict }) => enforcement !== 'warn' && verdict !== 'skip');
  return refusing.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id);
}

function gate({ gates }: CheckOutput, id: string): CheckOutput['gates'][number] | undefined {
  return gates.find((one) => one.id === id);
}

describe('churn_classifier v3, from dev to staging', () => {
  it('is promoted, and the server’s hook takes the push', TIMEOUT, async () => {
    const desk = new Case(await makeTeam({ people: PEOPLE, policy: 'standard', server: true }));
    await desk.serve('churn_classifier', 0.85);
    await fillVersions(desk.registry, { model: 'churn_classifier', count: 1, by: desk.registry.person('dana') });
    const oneMore = [...FEATURES.inputs, { name: 'age', type: 'double', required: false }];
    const v3 = await desk.register('churn_classifier', 0.88, TESTED, { ...FEATURES, inputs: oneMore });
    expect(v3).toBe('churn_classifier@v3');

    const answer = await desk.check(v3, 'staging');
    expect([answer.decision, inTheWay(answer)]).toEqual(['promote', []]);
    expect(gate(answer, 'auc')).toMatchObject({ observed: 0.88, baseline: 0.85 });

    const moved = await desk.as('dana', 'promote', v3, '--to', 'staging', '--json');
    expect([moved.code, JSON.parse(moved.stdout)]).toEqual([
      0,
      expect.objectContaining({ state: 'moved', pushed: true }),
    ]);
    expect(desk.onServer('registry/churn_classifier/stages/staging/stage.yaml')).toContain('version: v3');
    expectFsckClean(desk.registry.server);
  });
});

describe('fraud_detector v7, from staging to prod, with v6 in prod', () => {
  const registry = template(async (home) => {
    const rollback = {
      target: 'last-stable' as const,
      roles: ['oncall'],
      triggers: [{ metric: 'ctr', below: 0.0495, for: '30m' }],
    };
    const policy = standard((all) => all.map((one) => (one.to === 'prod' ? { ...one, rollback } : one)));
    const desk = new Case(await makeTeam({ home, people: PEOPLE, policy, server: true }));
    await fillVersions(desk.registry, { model: 'fraud_detector', count: 5, by: desk.registry.person('dana') });
    await desk.serve('fraud_detector', 0.905);
    await desk.stage(await desk.register('fraud_detector', 0.935, { ...TESTED, ...SERVABLE }));
    return desk.registry;
  });
  const V7 = 'fraud_detector@v7';
  const POINTER = 'registry/fraud_detector/stages/prod/stage.yaml';

  it('is promoted with owner and reviewer; v6 serves on at 90 % and is the way back', TIMEOUT, async () => {
    const desk = new Case(await registry());
    const asked = await desk.check(V7, 'prod', ...CANARY);
    expect([asked.decision, inTheWay(asked), asked.rollbackTo]).toEqual(['pending', ['approvals'], 'v6']);
    expect(gate(asked, 'error_rate')).toMatchObject({ verdict: 'pass', observed: 0.002 });

    const last = await desk.release(V7, CANARY);
    expect(last.code).toBe(0);
    expect(JSON.parse(last.stdout)).toMatchObject({ state: 'moved', pushed: true, approvals: { have: 2, need: 2 } });
    const pointer = desk.onServer(POINTER);
    expect(pointer).toMatch(/^ {2}version: v6$/m);
    expect(pointer).toMatch(/version: v6[^]*?weight: 90[^]*version: v7[^]*?weight: 10/);
    expect(desk.onServer(POINTER.replace('stage.yaml', 'promotion.yaml'))).toContain('rollbackTo: v6');
    expect(desk.onServer(POINTER.replace('stage.yaml', 'approvals/olga@example.org.sig'))).toContain('SSH SIGNATURE');
    expectFsckClean(desk.registry.server);
  });

  it('waits when the owner’s approval is the requester’s own', TIMEOUT, async () => {
    const desk = new Case(await registry());
    expect((await desk.as('olga', 'promote', V7, '--to', 'prod', ...CANARY)).code).toBe(5);
    expect((await desk.as('remy', 'approve', V7, '--to', 'prod')).code).toBe(5);
    const own = await desk.as('olga', 'approve', V7, '--to', 'prod');
    expect(own.code).toBe(5);
    const answer = await desk.check(V7, 'prod');
    expect([answer.decision, inTheWay(answer)]).toEqual(['pending', ['approvals']]);
    expect(gate(answer, 'approvals')).toMatchObject({ observed: '1 of 2' });
    expect(gate(answer, 'approvals')?.reason).toContain('missing 1 owner');
    const again = await desk.as('olga', 'promote', V7, '--to', 'prod', '--json');
    expect([again.code, (JSON.parse(again.stdout) as PromoteOutput).state]).toEqual([5, 'filed']);
    expect(desk.onServer(POINTER)).not.toContain('v7');
  });

  it('has a note that tells gates, plan and way back, before and after it moved', TIMEOUT, async () => {
    const desk = new Case(await registry());
    const plan = [...CANARY, '--guard', 'ctr<0.0495:30m'];
    const before = await desk.as('dana', 'explain', V7, '--to', 'prod', '--note', ...plan);
    expect((await desk.release(V7, plan)).code).toBe(0);
    const after = await desk.as('dana', 'explain', V7, '--to', 'prod', '--note');
    expect([before.code, after.code]).toEqual([5, 0]);
    for (const { stdout } of [before, after]) {
      expect(stdout).toContain(String.raw`| latency\_p95\_ms | pass | 62 |`);
      expect(stdout).toMatch(/canary: 10% for 30m, 50% for 2h, 100%/);
      expect(stdout).toContain('A rollback returns to v6');
      expect(stdout).toContain('when ctr is below 0.0495 for 30m');
    }
    expect(after.stdout).toContain('approved by `olga@example.org` and `remy@example.org`');
  });

  it('writes its promotion note by itself', TIMEOUT, async () => {
    const desk = new Case(await registry());
    const online = { metrics: { ...SERVABLE['online']?.metrics, latency_p95_ms: 74 } };
    await desk.attach(V7, { offline: { metrics: { auc: 0.93215 } }, online });
    const plan = desk.file('plan.json', {
      strategy: 'canary',
      steps: [{ weight: 10, hold: '30m' }, { weight: 50, hold: '2h' }, { weight: 100 }],
      guards: [
        { metric: 'latency_p95_ms', above: 80, for: '5m' },
        { metric: 'ctr', worseByPercent: 1, for: '30m' },
      ],
    });
    const before = await desk.as('dana', 'explain', V7, '--to', 'prod', '--plan', plan);
    expect((await desk.release(V7, ['--plan', plan])).code).toBe(0);

    const request = desk.onServer(POINTER.replace('stage.yaml', 'promotion.yaml'));
    const written = readDocument('Promotion', {
      path: POINTER.replace('stage.yaml', 'promotion.yaml'),
      bytes: Buffer.from(request),
    });
    const note = written.ok ? (written.value.spec.note ?? '') : '';
    const said = note.split('\n');
    expect(said[0]).toBe('fraud_detector@v7 to prod, in place of v6.');
    expect(said[1]).toMatch(/^Passed: not-held; .*latency_p95_ms 74 \(below 80\); .*tpr_gap 0\.029 \(below 0\.03\)/);
    expect(said.slice(2)).toEqual([
      'Warned: ks_p_value.',
      'Awaited: approvals.',
      'Against v6, there so far: auc 0.93215 from 0.905 (+0.02715, +3 %, better); latency_p95_ms 74 from 62 (+12, +19.4 %, worse, still below 80).',
      'Rollout: canary: 10% for 30m, 50% for 2h, 100%.',
      'Back to v6 when latency_p95_ms is above 80 for 5m, or when ctr is worse than the champion by 1 % for 30m, or when ctr is below 0.0495 for 30m.',
      'Back to v6 by hand: mreg rollback fraud_detector --stage prod -m <why> (oncall).',
    ]);
    // Explained before, signed with the request, kept in the commit, and told of the version that is there.
    const flat = (text: string): string => text.replaceAll(/\s+\|?\s*/g, ' ');
    expect(flat(before.stdout)).toContain(flat(note));
    expect(desk.registry.tryGit(['-C', desk.registry.server, 'log', '-1', '--format=%b', 'main']).stdout).toContain(
      note,
    );
    expect((await desk.as('dana', 'show', 'fraud_detector@prod', '--json')).code).toBe(0);
    expect((await desk.as('dana', 'explain', V7, '--to', 'prod')).stdout).toContain('> Awaited: approvals.');
  });
});

describe('recommendation_model v22 against the champion v21', () => {
  it('gets a tenth of the traffic for a day, and v21 stays the champion', TIMEOUT, async () => {
    const desk = new Case(await makeTeam({ people: PEOPLE, policy: 'standard' }));
    const by = desk.registry.person('dana');
    await fillVersions(desk.registry, { model: 'recommendation_model', count: 20, by });
    expect(await desk.serve('recommendation_model', 0.8)).toBe('recommendation_model@v21');
    const v22 = await desk.register('recommendation_model', 0.83, { ...TESTED, ...SERVABLE });
    await desk.stage(v22);
    const plan = desk.file('plan.json', {
      strategy: 'champion-challenger',
      steps: [{ weight: 10, hold: '24h' }, { weight: 100 }],
      guards: [{ metric: 'latency_p95_ms', above: 80, for: '5m' }],
      success: [{ metric: 'ctr', minDelta: 0.015 }],
    });
    const asked = await desk.check(v22, 'prod', '--plan', plan);
    expect([asked.decision, inTheWay(asked), asked.rollbackTo]).toEqual(['pending', ['approvals'], 'v21']);
    expect((await desk.release(v22, ['--plan', plan])).code).toBe(0);
    const pointer = desk.registry.read('registry/recommendation_model/stages/prod/stage.yaml');
    expect(pointer).toMatch(/^ {2}version: v21$/m);
    expect(pointer).toMatch(/version: v21[^]*?weight: 90[^]*version: v22[^]*?weight: 10/);
    expect(pointer).toContain('phase: progressing');
  });
});

describe('claims_risk v12, from staging to prod', () => {
  const AUC: Gate = {
    ...{ id: 'auc', type: 'metric', evidence: 'offline', metric: 'auc' },
    ...{ baseline: { version: 'v10' }, minDelta: 0.02 },
  };

  it('is blocked for exactly four reasons, each with its numbers', TIMEOUT, async () => {
    const policy = standard((all) =>
      all.map((one) => (one.to === 'prod' ? { ...one, gates: [AUC, ...one.gates] } : one)),
    );
    const desk = new Case(await makeTeam({ people: PEOPLE, policy }));
    const metrics = (number: number): { auc: number } | undefined => (number === 10 ? { auc: 0.892 } : undefined);
    await fillVersions(desk.registry, { model: 'claims_risk', count: 11, by: desk.registry.person('dana'), metrics });
    const v12 = await desk.register('claims_risk', 0.901, {
      ...TESTED,
      online: { metrics: { latency_p95_ms: 95, error_rate: 0.004 } },
      drift: { metrics: { psi: 0.18 } },
      fairness: { metrics: { tpr_gap: 0.05 } },
    });
    expect(v12).toBe('claims_risk@v12');
    await desk.stage(v12);
    // Gates refuse; the request is filed all the same, for the owner to look at.
    expect((await desk.as('dana', 'promote', v12, '--to', 'prod')).code).toBe(1);
    expect((await desk.as('dana', 'promote', v12, '--to', 'prod', '--request')).code).toBe(1);
    expect((await desk.as('olga', 'approve', v12, '--to', 'prod')).code).toBe(5);

    const answer = await desk.check(v12, 'prod');
    expect(answer.decision).toBe('block');
    expect(inTheWay(answer)).toEqual(['auc', 'latency_p95_ms', 'tpr_gap', 'approvals']);
    expect(gate(answer, 'auc')?.reason).toContain('0.009 over the baseline 0.892');
    expect(gate(answer, 'latency_p95_ms')?.reason).toContain('is 95, needs below 80');
    expect(gate(answer, 'tpr_gap')?.reason).toContain('is 0.05, needs below 0.03');
    expect(gate(answer, 'approvals')).toMatchObject({ observed: '1 of 2' });
    expect(['error_rate', 'psi'].map((id) => gate(answer, id)?.verdict)).toEqual(['pass', 'pass']);
    // The second approval does not open the way.
    expect((await desk.as('remy', 'approve', v12, '--to', 'prod')).code).not.toBe(0);
    expect(inTheWay(await desk.check(v12, 'prod'))).toEqual(['auc', 'latency_p95_ms', 'tpr_gap']);
  });
});

describe('0.57 against 0.55 where 0.02 more is asked', () => {
  it('is promoted: decimals, not floats', TIMEOUT, async () => {
    const desk = new Case(await makeTeam({ people: PEOPLE, policy: 'standard' }));
    await desk.serve('edge', 0.55);
    const v2 = await desk.register('edge', 0.57, TESTED);
    expect((await desk.check(v2, 'staging')).decision).toBe('promote');
    mustSucceed(await desk.as('dana', 'promote', v2, '--to', 'staging'));
  });
});
