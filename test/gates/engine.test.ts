import { describe, expect, it } from 'vitest';
import type { Gate } from '../../src/documents/kinds/gate.ts';
import { checksOf, evaluate } from '../../src/gates/engine.ts';
import { approval, gateInput, guarding, judged, policy, resultOf, trust, version } from './facts.ts';

const PASSES: Gate = { id: 'passes', type: 'lineage' };
const FAILS: Gate = { id: 'fails', type: 'lineage', require: ['parents'] };
const ERRS: Gate = { id: 'errs', type: 'tests', suites: ['unit'] };
const WAITS: Gate = { id: 'waits', type: 'approvals', total: 1 };
const SOAKS: Gate = { id: 'soaks', type: 'soak', hours: 1000 };
const SKIPS: Gate = { id: 'skips', type: 'schema', against: 'nowhere' };

describe('the decision', () => {
  it.each<[string, Gate[]]>([
    ['promote', []],
    ['promote', [PASSES]],
    ['promote', [PASSES, SKIPS]],
    ['block', [PASSES, FAILS]],
    ['block', [PASSES, ERRS]],
    ['pending', [PASSES, WAITS]],
    ['pending', [WAITS, SOAKS]],
    ['block', [WAITS, FAILS]],
    ['block', [WAITS, ERRS]],
    ['promote', [{ ...FAILS, enforcement: 'warn' }]],
    ['promote', [{ ...ERRS, enforcement: 'warn' }]],
    ['promote', [{ ...WAITS, enforcement: 'warn' }]],
    ['pending', [{ ...FAILS, enforcement: 'warn' }, WAITS]],
  ])('is %s (case %#)', async (decision, gates) => {
    expect((await evaluate(gateInput({ policies: [guarding(gates)] }))).decision).toBe(decision);
  });

  it('is to block where no policy defines the transition', async () => {
    const elsewhere = policy('default', { transitions: [{ from: 'dev', to: 'staging', gates: [] }] });
    const others = policy('others', { models: ['other/*'], transitions: [{ from: 'staging', to: 'prod', gates: [] }] });
    for (const policies of [[], [elsewhere], [others], [elsewhere, others]]) {
      const { decision, gates } = await evaluate(gateInput({ policies }));
      expect(decision).toBe('block');
      expect(gates).toMatchObject([{ id: 'policy-coverage', verdict: 'error' }]);
    }
  });
});

describe('the gates that apply', () => {
  it('always include the one against held versions', async () => {
    const held = { reason: 'wrong labels', by: 'olga', path: 'registry/x/versions/v7/holds/1.yaml' };
    const { decision, gates } = await evaluate(gateInput({ candidate: version('v7', { held }) }));
    expect(decision).toBe('block');
    expect(gates).toMatchObject([{ id: 'not-held', policy: 'built-in', verdict: 'fail', source: held.path }]);
  });

  it('come from all matching policies together', async () => {
    const policies = [
      guarding([PASSES], {}, 'a'),
      guarding([FAILS], {}, 'b'),
      guarding([ERRS], { models: ['x'] }, 'c'),
    ];
    const { decision, gates } = await evaluate(gateInput({ policies }));
    expect(gates.map(({ id, policy: by }) => [id, by])).toEqual([
      ['not-held', 'built-in'],
      ['passes', 'policies/a.yaml'],
      ['fails', 'policies/b.yaml'],
    ]);
    expect(decision).toBe('block');
  });

  it('have distinct ids, whoever names them alike, and in whatever order the policies are given', async () => {
    const policies = [
      guarding([PASSES, PASSES, { ...PASSES, id: 'not-held' }], {}, 'a'),
      guarding([PASSES, PASSES], {}, 'b'),
    ];
    const ids = ['not-held', 'passes', 'a/passes', 'a/not-held', 'b/passes', 'b/passes.2'];
    for (const given of [policies, policies.toReversed()]) {
      const { gates } = await evaluate(gateInput({ policies: given }));
      expect(gates.map(({ id }) => id)).toEqual(ids);
    }
  });
});

describe('the floors of the trust root', () => {
  it('demand approvals, whatever the policies say', async () => {
    const floors = [{ to: 'prod', approvals: 2 }];
    const policies = [guarding([{ id: 'one', type: 'approvals', total: 1, requesterMayApprove: true }])];
    const requester = { principal: 'olga', person: 'olga' };
    const approvals = [approval('olga', 'owner'), approval('ravi', 'reviewer')];
    const { decision, gates } = await evaluate(gateInput({ policies, trust: trust(floors), approvals, requester }));
    expect(decision).toBe('pending');
    expect(resultOf(gates, 'floor-approvals')).toMatchObject({ observed: '1 of 2', policy: 'trust/root.yaml' });
    const lenient = trust([{ to: 'prod', approvals: 2, requesterMayApprove: true }]);
    expect((await evaluate(gateInput({ policies, trust: lenient, approvals, requester }))).decision).toBe('promote');
  });

  it.each<[string, Gate[], string]>([
    ['is there', [{ id: 'a', type: 'rollback-target' }], 'pass'],
    ['is missing', [], 'error'],
    ['only warns', [{ id: 'a', type: 'rollback-target', enforcement: 'warn' }], 'error'],
  ])('demand a gate type that %s', async (_, gates, verdict) => {
    const floors = trust([{ to: 'prod', gates: ['rollback-target'] }]);
    const result = await evaluate(gateInput({ policies: [guarding(gates)], trust: floors }));
    expect(resultOf(result.gates, 'floor-rollback-target')).toMatchObject({ verdict, enforcement: 'refuse' });
    expect(result.decision).toBe(verdict === 'pass' ? 'promote' : 'block');
  });

  it('leave other stages alone', async () => {
    const { gates } = await evaluate(gateInput({ trust: trust([{ to: 'staging', approvals: 2, gates: ['scan'] }]) }));
    expect(gates.map(({ id }) => id)).toEqual(['not-held']);
  });
});

describe('a gate that breaks', () => {
  it('is an error with what went wrong, and the others are judged all the same', async () => {
    const { candidate } = gateInput();
    // Nothing that is read from a repository looks like this; a bug in a reader might.
    const broken = { ...candidate, evidence: undefined } as unknown as typeof candidate;
    const { decision, gates } = await evaluate(gateInput({ candidate: broken, policies: [guarding([ERRS, PASSES])] }));
    expect(resultOf(gates, 'errs')).toMatchObject({ verdict: 'error', required: 'unit' });
    expect(resultOf(gates, 'errs').reason).toContain('undefined');
    expect(resultOf(gates, 'passes').verdict).toBe('pass');
    expect(decision).toBe('block');
  });
});

describe('what a promotion records', () => {
  it('leaves out what depends on time or approvals, and fields without a value', async () => {
    const window: Gate = { id: 'window', type: 'window', timezone: 'UTC' };
    const policies = [guarding([WAITS, SOAKS, window, PASSES, SKIPS])];
    expect(checksOf(await evaluate(gateInput({ policies })))).toEqual([
      { gate: 'not-held', verdict: 'pass', observed: 'not held', required: 'not held' },
      {
        gate: 'passes',
        verdict: 'pass',
        observed: 'code, data, parameters, environment',
        required: 'code, data, parameters, environment',
      },
      { gate: 'skips', verdict: 'skip', required: 'backward compatible with nowhere' },
    ]);
  });

  it('is the same whether or not the stored bytes could be fetched', async () => {
    const policies = [
      guarding([
        { id: 'a', type: 'artifact' },
        { id: 'r', type: 'rollback-target' },
      ]),
    ];
    const there = await evaluate(gateInput({ policies, artifact: { state: 'match' } }));
    const hook = await evaluate(gateInput({ policies, artifact: { state: 'unchecked' } }));
    expect(checksOf(hook)).toEqual(checksOf(there));
  });

  it('names every piece of evidence that was used, and no other', async () => {
    const candidate = version('v7', { evidence: { tests: { suites: [] }, other: {} } });
    const { evidence } = await evaluate(gateInput({ candidate, policies: [guarding([ERRS])] }));
    expect(evidence).toEqual([
      { path: candidate.evidence.get('tests')?.path, digest: candidate.evidence.get('tests')?.digest },
    ]);
  });
});

it('judges a gate that only warns like any other', async () => {
  expect(await judged({ ...FAILS, enforcement: 'warn' })).toMatchObject({ verdict: 'fail', enforcement: 'warn' });
});
