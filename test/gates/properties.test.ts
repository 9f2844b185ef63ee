import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../src/documents/kinds/gate.ts';
import { checksOf, evaluate } from '../../src/gates/engine.ts';
import type { Approval, GateInput } from '../../src/gates/input.ts';
import { approval, champion, gateInput, guarding, policy, trust, version } from './facts.ts';

const NUMBER = fc.constantFrom(0, 0.01, 0.2, 0.55, 0.57, 1);
const ENFORCEMENT = fc.constantFrom<'refuse' | 'warn'>('refuse', 'warn');

/** A gate of any type that an input of `INPUT` may or may not satisfy. */
const GATE: fc.Arbitrary<Gate> = fc
  .tuple(fc.constantFrom('a', 'b', 'c', 'not-held'), ENFORCEMENT, NUMBER, fc.nat(13))
  .map(([id, enforcement, number, kind]): Gate => {
    const head = { id, enforcement };
    const gates: Gate[] = [
      { ...head, type: 'metric', evidence: 'offline', metric: 'auc', min: number },
      {
        ...head,
        type: 'metric',
        evidence: 'offline',
        metric: 'auc',
        baseline: { stage: 'prod' },
        minDelta: number - 0.5,
      },
      { ...head, type: 'lineage', require: number > 0.5 ? ['parents'] : ['code'] },
      { ...head, type: 'artifact' },
      { ...head, type: 'schema', against: 'prod' },
      { ...head, type: 'tests', suites: ['unit'] },
      { ...head, type: 'scan', secrets: 0 },
      { ...head, type: 'approvals', total: 1 + Math.round(number * 2) },
      { ...head, type: 'release-plan', firstStepMax: number * 100 },
      { ...head, type: 'rollback-target' },
      { ...head, type: 'soak', hours: number * 100 },
      { ...head, type: 'window', timezone: 'UTC', allow: [{ days: ['wed'], from: '00:00', to: '13:00' }] },
      { ...head, type: 'audit' },
      { ...head, type: 'cel', expression: `1.0 > ${number.toFixed(2)}` },
    ];
    return gates[kind] ?? { ...head, type: 'quarantine' };
  });

const APPROVALS: fc.Arbitrary<Approval[]> = fc.subarray([
  approval('olga', 'owner'),
  approval('ravi', 'reviewer'),
  approval('ana@acme.example', 'owner'),
  { principal: 'olga-bot', person: 'olga', roles: ['reviewer'] },
]);

const METRICS = { auc: { min: 0, max: 1, better: 'higher' } } as const;

const INPUT: fc.Arbitrary<GateInput> = fc
  .record({
    gates: fc.array(GATE, { maxLength: 6 }),
    auc: fc.option(NUMBER),
    prod: fc.option(NUMBER),
    approvals: APPROVALS,
    floor: fc.option(fc.constantFrom(1, 2)),
  })
  .map(({ gates, auc, prod, approvals, floor }) => {
    const candidate = version('v7', { evidence: auc === null ? {} : { offline: { metrics: { auc } } } });
    const served = version('v6', { evidence: prod === null ? {} : { offline: { metrics: { auc: prod } } } });
    return gateInput({
      candidate,
      stages: new Map([champion('staging', candidate), champion('prod', served)]),
      policies: [guarding(gates, { metrics: METRICS })],
      approvals,
      trust: trust(floor === null ? [] : [{ to: 'prod', approvals: floor }]),
    });
  });

describe('the engine', () => {
  it('never turns a refusal into a promotion because a policy asks for more', async () => {
    await fc.assert(
      fc.asyncProperty(INPUT, fc.array(GATE, { maxLength: 3 }), async (input, more) => {
        const before = await evaluate(input);
        const after = await evaluate({ ...input, policies: [...input.policies, guarding(more, {}, 'extra')] });
        if (before.decision !== 'promote') expect(after.decision).not.toBe('promote');
        if (before.decision === 'block') expect(after.decision).toBe('block');
      }),
    );
  });

  it('never changes a verdict because an approval is repeated', async () => {
    await fc.assert(
      fc.asyncProperty(INPUT, async (input) => {
        const twice = { ...input, approvals: [...input.approvals, ...input.approvals.toReversed()] };
        expect(await evaluate(twice)).toEqual(await evaluate(input));
      }),
    );
  });

  it('says the same of the same facts, in whatever order they come', async () => {
    await fc.assert(
      fc.asyncProperty(INPUT, async (input) => {
        const policies = [...input.policies, guarding([], {}, 'a'), policy('z', { metrics: METRICS })];
        const given = await evaluate({ ...input, policies });
        const turned = await evaluate({
          ...input,
          policies: policies.toReversed(),
          stages: new Map([...input.stages].toReversed()),
          approvals: input.approvals.toReversed(),
        });
        expect(JSON.stringify(turned)).toBe(JSON.stringify(given));
      }),
    );
  });

  it('records nothing that time or approvals can change', async () => {
    await fc.assert(
      fc.asyncProperty(INPUT, fc.integer({ min: -1e9, max: 1e9 }), async (input, shiftMs) => {
        const later = { ...input, approvals: [], now: new Date(input.now.getTime() + shiftMs) };
        expect(checksOf(await evaluate(later))).toEqual(checksOf(await evaluate(input)));
      }),
    );
  });

  it('never heeds a gate that only warns', async () => {
    await fc.assert(
      fc.asyncProperty(INPUT, GATE, async (input, gate) => {
        const warning = guarding([{ ...gate, enforcement: 'warn' }], {}, 'zz');
        const after = await evaluate({ ...input, policies: [...input.policies, warning] });
        expect(after.decision).toBe((await evaluate(input)).decision);
      }),
    );
  });

  it('promotes nothing that is held', async () => {
    await fc.assert(
      fc.asyncProperty(INPUT, async (input) => {
        const held = { reason: 'wrong', by: 'olga', path: 'holds/1.yaml' };
        expect((await evaluate({ ...input, candidate: { ...input.candidate, held } })).decision).toBe('block');
      }),
    );
  });
});
