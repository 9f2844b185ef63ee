import { describe, expect, it } from 'vitest';
import { readPlanFlags, type PlanFlags } from '../../src/commands/plan-flags.ts';
import type { Outside } from '../../src/commands/outside.ts';

/** None of these flags names a file, so nothing of the outside is asked for. */
const OUTSIDE = {} as Outside;
const read = (flags: PlanFlags) => readPlanFlags(OUTSIDE, { step: ['10:30m', '100'], ...flags });

describe('the flags of a plan', () => {
  it.each([
    ['latency_p95_ms>80:5m', { metric: 'latency_p95_ms', above: 80, for: '5m' }],
    ['ctr<0.0495', { metric: 'ctr', below: 0.0495 }],
    ['ctr~1%:30m', { metric: 'ctr', worseByPercent: 1, for: '30m' }],
    ['ctr~0.005:1h', { metric: 'ctr', worseBy: 0.005, for: '1h' }],
    ['error_rate~0%', { metric: 'error_rate', worseByPercent: 0 }],
  ])('read --guard %s', async (text, guard) => {
    expect(await read({ guard: [text] })).toMatchObject({ strategy: 'canary', guards: [guard] });
  });

  it.each([
    ['ctr+0.015', { metric: 'ctr', minDelta: 0.015 }],
    ['ctr+3%', { metric: 'ctr', minDeltaPercent: 3 }],
    ['ctr-1%:4', { metric: 'ctr', minDeltaPercent: -1, looks: 4 }],
  ])('read --success %s', async (text, rule) => {
    const plan = await read({ strategy: 'champion-challenger', success: [text] });
    expect(plan).toMatchObject({ success: [rule] });
  });

  it.each([
    { guard: ['ctr'] },
    { guard: ['ctr~-1%'] },
    { guard: ['ctr>1%'] },
    { guard: ['ctr>1:5'] },
    { success: ['ctr>1'] },
    { success: ['ctr+1:100'] },
    { step: ['10:soon'] },
  ])('refuse %j', async (flags) => {
    await expect(read(flags)).rejects.toMatchObject({ code: 'usage' });
  });
});
