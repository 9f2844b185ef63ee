import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/documents/digest.ts';
import type { ReleasePlan } from '../../src/documents/kinds/promotion.ts';
import type { StageDocument } from '../../src/documents/kinds/stage.ts';
import { stageAfterStep, type RolloutMove } from '../../src/registry/rollout-stage.ts';

type Action = RolloutMove['action'];
type Rollout = StageDocument['spec']['rollout'];

const slot = (version: string, weight: number, mirror = 0) => {
  const digest = digestOf(version);
  return { version, digest, uri: `file:///srv/models@${digest}`, weight, mirror };
};

/** v1 serves from blue, v2 is on trial in green. */
function rolling(weight: number, rollout: Partial<Rollout> = {}): StageDocument {
  const [blue, green] = [slot('v1', 100 - weight), slot('v2', weight)];
  const { version, digest, uri } = blue;
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'Stage',
    metadata: { name: 'fraud.prod', annotations: { 'config.kubernetes.io/local-config': 'true' } },
    spec: {
      ...{ registry: 'acme-000000000000', model: 'fraud', stage: 'prod', version, digest, uri, champion: 'blue' },
      slots: { blue, green },
      rollout: {
        strategy: 'canary',
        phase: 'progressing',
        step: 1,
        steps: 3,
        since: '2026-01-01T00:00:00Z',
        ...rollout,
      },
      ...{ promotion: digestOf('p'), previous: 'none', base: 'a'.repeat(40) },
      ...{ movedBy: 'pam@example.org', movedAt: '2026-01-01T00:00:00Z' },
    },
  };
}

function after(current: StageDocument, action: Action, steps: ReleasePlan['steps']): StageDocument | string {
  const plan = steps === undefined ? { strategy: 'canary' as const } : { strategy: 'canary' as const, steps };
  const moved = { previous: digestOf('before'), base: 'b'.repeat(40), movedBy: 'con@example.org' };
  return stageAfterStep({ current, plan, action, ...moved, movedAt: '2026-01-02T00:00:00Z' });
}

const CANARY = [{ weight: 10 }, { weight: 50, mirror: 5 }, { weight: 100 }];

describe('the next step of a rollout', () => {
  it('gives the newcomer what the plan says, and leaves the champion', () => {
    expect(after(rolling(10), 'advance', CANARY)).toMatchObject({
      spec: {
        version: 'v1',
        champion: 'blue',
        slots: { blue: slot('v1', 50), green: slot('v2', 50, 5) },
        rollout: { phase: 'progressing', step: 2, steps: 3, since: '2026-01-02T00:00:00Z' },
        previous: digestOf('before'),
        base: 'b'.repeat(40),
        movedBy: 'con@example.org',
        movedAt: '2026-01-02T00:00:00Z',
      },
    });
  });

  it.each([
    ['at the step that takes all traffic', rolling(50, { step: 2 }), CANARY, 3],
    ['after the last step, where the plan stops short', rolling(50, { step: 2, steps: 2 }), CANARY.slice(0, 2), 2],
    ['after a shadow that took no traffic', rolling(0, { step: 1, steps: 1 }), [{ weight: 0, mirror: 100 }], 1],
  ])('makes the newcomer the champion %s', (_what, current, steps, step) => {
    expect(after(current, 'complete', steps)).toMatchObject({
      spec: {
        ...{ version: 'v2', digest: digestOf('v2'), champion: 'green' },
        slots: { blue: slot('v1', 0), green: slot('v2', 100) },
        rollout: { phase: 'complete', step },
      },
    });
  });

  it('shares traffic exactly, in fractions of a percent too', () => {
    expect(after(rolling(10), 'advance', [{ weight: 10 }, { weight: 64.1 }, { weight: 100 }])).toMatchObject({
      spec: { slots: { blue: slot('v1', 35.9), green: slot('v2', 64.1) } },
    });
  });

  it('pauses with everything as it is, also the time', () => {
    expect(after(rolling(10), 'pause', CANARY)).toMatchObject({
      spec: {
        slots: rolling(10).spec.slots,
        rollout: { phase: 'paused', step: 1, since: '2026-01-01T00:00:00Z' },
      },
    });
  });

  it.each([['progressing'], ['paused']] as const)(
    'stands still where it says why it goes back (%s before)',
    (phase) => {
      expect(after(rolling(10, { phase }), 'roll-back', CANARY)).toMatchObject({
        spec: {
          slots: rolling(10).spec.slots,
          rollout: { phase: 'paused', step: 1, since: '2026-01-01T00:00:00Z' },
        },
      });
    },
  );

  it('goes on after a pause with its time anew', () => {
    expect(after(rolling(10, { phase: 'paused' }), 'resume', CANARY)).toMatchObject({
      spec: {
        slots: rolling(10).spec.slots,
        rollout: { phase: 'progressing', step: 1, since: '2026-01-02T00:00:00Z' },
      },
    });
  });

  const refused: readonly (readonly [string, StageDocument, Action, string])[] = [
    ['the rollout is over', rolling(100, { phase: 'complete' }), 'advance', 'the rollout is complete'],
    ['it is paused already', rolling(10, { phase: 'paused' }), 'pause', 'it is paused already'],
    ['it is not paused', rolling(10), 'resume', 'it is not paused'],
    ['it must be resumed first', rolling(10, { phase: 'paused' }), 'advance', 'it is paused: resume it first'],
    [
      'it must be resumed first',
      rolling(50, { phase: 'paused', step: 2 }),
      'complete',
      'it is paused: resume it first',
    ],
    ['there are steps left', rolling(10), 'complete', 'it is not the last step: advance it'],
    ['the next one is the last', rolling(50, { step: 2 }), 'advance', 'the next step is the last: complete it'],
    ['none is left', rolling(100, { step: 3 }), 'advance', 'the next step is the last: complete it'],
    [
      'there is no rollout to go back from',
      rolling(100, { phase: 'complete' }),
      'roll-back',
      'the rollout is complete',
    ],
  ];
  it.each(refused)('is told when %s', (_what, current, action, why) => {
    expect(after(current, action, CANARY)).toBe(why);
  });
});
