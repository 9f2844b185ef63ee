import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/gates/engine.ts';
import { gateInput, pack } from './facts.ts';

const PACKS = ['solo', 'standard', 'strict'];

describe('the policy packs', () => {
  it.each(PACKS)('%s is a valid policy from dev to staging to prod, with a plan for each', (name) => {
    const { spec } = pack(name).body;
    expect(spec.transitions.map(({ from, to }) => `${from} ${to}`)).toEqual(['dev staging', 'staging prod']);
    expect(spec.transitions.every(({ plan }) => plan !== undefined)).toBe(true);
    expect(spec.holds?.release.total).toBeGreaterThan(0);
  });

  it('share one metric catalogue', () => {
    const [solo, standard, strict] = PACKS.map((name) => pack(name).body.spec.metrics);
    expect(solo).toEqual(standard);
    expect(strict).toEqual(standard);
  });

  it.each(PACKS)('%s lets its own default plan through its release-plan gate', async (name) => {
    for (const { from, to, plan } of pack(name).body.spec.transitions) {
      const { gates } = await evaluate(gateInput({ from, to, policies: [pack(name)], ...(plan ? { plan } : {}) }));
      expect(gates.filter(({ type, verdict }) => type === 'release-plan' && verdict !== 'pass')).toEqual([]);
    }
  });

  it('let one person alone promote with solo', async () => {
    for (const [from, to] of [
      ['dev', 'staging'],
      ['staging', 'prod'],
    ] as const) {
      // prettier-ignore
      const input = gateInput({ from, to, policies: [pack('solo')], rollbackTarget: undefined, stages: new Map() });
      expect((await evaluate(input)).decision).toBe('promote');
    }
  });

  it('ask in strict for everything that standard asks for, and never only warn', () => {
    const [standard, strict] = ['standard', 'strict'].map((name) => pack(name).body.spec.transitions);
    const ids = (strict ?? []).map(({ gates }) => gates.map(({ id }) => id));
    (standard ?? []).forEach(({ gates }, index) => {
      expect(ids[index]).toEqual(expect.arrayContaining(gates.map(({ id }) => id)));
    });
    expect((strict ?? []).flatMap(({ gates }) => gates).filter(({ enforcement }) => enforcement === 'warn')).toEqual(
      [],
    );
  });
});
