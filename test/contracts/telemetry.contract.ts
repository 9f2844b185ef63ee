import { describe, expect, it } from 'vitest';
import type { Measured } from '../../src/rollout/observation.ts';
import type { ObservationRequest, Telemetry } from '../../src/telemetry/port.ts';

export const BEGIN = Date.parse('2026-01-04T10:00:00Z');
export const EVERY_MS = 30_000;
export const MINUTE = 60_000;

/** A request that a pod of a version answered. */
export interface Answered {
  readonly at: number;
  readonly pod: string;
  readonly latencyMs: number;
  readonly failed: boolean;
}

/** What a version answered, and when each of its pods was asked what it had counted. */
export interface VersionLife {
  readonly version: string;
  readonly answered: readonly Answered[];
  readonly pods: readonly { readonly pod: string; readonly from: number; readonly to: number }[];
  /** Minutes in which nobody asked, from and to. */
  readonly unseen: readonly (readonly [number, number])[];
}

const LENGTH = 10;

function life(
  version: string,
  changes: Partial<VersionLife> & { readonly slow?: number; readonly bad?: number } = {},
): VersionLife {
  const { slow = 10, bad = 25, ...rest } = changes;
  // One request every five seconds, just after one of them; every `slow`th takes long, every `bad`th fails.
  const answered = Array.from({ length: LENGTH * 12 }, (_, index): Answered => {
    const at = BEGIN + index * 5000 + 1000;
    const pod = index % 2 === 1 && at >= BEGIN + 3 * MINUTE && at < BEGIN + 7 * MINUTE ? 'b' : 'a';
    return { at, pod, latencyMs: index % slow === 0 ? 120 : 30, failed: index % bad === 0 };
  });
  const end = BEGIN + LENGTH * MINUTE;
  // The pod a begins before the step and begins again in the middle of it, b comes and goes.
  const pods = [
    { pod: 'a', from: BEGIN - 20 * MINUTE, to: BEGIN + 5 * MINUTE },
    { pod: 'a', from: BEGIN + 5 * MINUTE, to: end + MINUTE },
    { pod: 'b', from: BEGIN + 3 * MINUTE, to: BEGIN + 7 * MINUTE },
  ];
  return { version, answered, pods, unseen: [], ...rest };
}

/** Everything that any telemetry of the contract is asked about. */
export const LIVES: readonly VersionLife[] = [
  life('v1'),
  life('v2', { slow: 4, bad: 10 }),
  life('v3', { unseen: [[4, 60]] }),
  life('v4', { unseen: [[1, 8]] }),
  life('v5', { answered: [] }),
];

/** What is wanted to be known of two versions. */
export function requestFor(champion: string | undefined, challenger: string, minutes = LENGTH): ObservationRequest {
  const part = (version: string, slot: 'blue' | 'green') => ({ version, slot, digest: `sha256:${'ab'.repeat(32)}` });
  return {
    model: 'risk/fraud_detector',
    stage: 'prod',
    parts: {
      champion: champion === undefined ? undefined : part(champion, 'blue'),
      challenger: part(challenger, 'green'),
    },
    since: new Date(BEGIN),
    until: new Date(BEGIN + minutes * MINUTE + 4000),
    metrics: [
      { metric: 'error_rate', bounds: [] },
      { metric: 'latency_p95_ms', bounds: [80, 100] },
    ],
  };
}

/** Runs what every telemetry must hold to; `open` opens one that knows `LIVES`, with traffic that settles in a minute. */
export function describeTelemetry(name: string, open: () => Promise<Telemetry>): void {
  describe(`${name} as telemetry`, () => {
    const look = async (request: ObservationRequest) => {
      const telemetry = await open();
      const seen = await telemetry.observe(request, new AbortController().signal);
      await telemetry.close();
      return seen;
    };
    const errors = async (request: ObservationRequest) => (await look(request)).metrics[0]!;

    it('counts every event of each version, whichever pods came and went', async () => {
      const { champion, challenger } = await errors(requestFor('v1', 'v2'));
      expect([totals(champion!), totals(challenger)]).toEqual([
        { n: 120, hits: 5, points: 20, trouble: undefined },
        { n: 120, hits: 12, points: 20, trouble: undefined },
      ]);
    });

    it('counts them in the interval in which they happened', async () => {
      const { challenger } = await errors(requestFor('v1', 'v2'));
      if (challenger.series?.kind !== 'counts') throw new Error('a rate has counts');
      expect(challenger.series.points.slice(0, 3)).toEqual([
        { at: BEGIN + 30_000, n: 6, hits: 1 },
        { at: BEGIN + 60_000, n: 6, hits: 1 },
        { at: BEGIN + 90_000, n: 6, hits: 0 },
      ]);
    });

    it('counts exactly how many events are above a bound', async () => {
      const [, latency] = (await look(requestFor('v1', 'v2'))).metrics;
      const slow = (measured: Measured, bound: number): number =>
        measured.above.get(bound)!.reduce((sum, { hits }) => sum + hits, 0);
      expect(latency!.quantile).toBe(0.95);
      expect([80, 100].map((bound) => slow(latency!.champion!, bound))).toEqual([12, 12]);
      expect([80, 100].map((bound) => slow(latency!.challenger, bound))).toEqual([30, 30]);
    });

    it('tells a quantile that lies where the events lie', async () => {
      const [, latency] = (await look(requestFor('v1', 'v2'))).metrics;
      const { series } = latency!.challenger;
      if (series?.kind !== 'value') throw new Error('a quantile has values');
      expect(series.points).toHaveLength(20);
      for (const { value } of series.points) expect(value).toBeGreaterThan(100);
    });

    it('finds at a later look the points that it found before', async () => {
      const early = await errors(requestFor('v1', 'v2', 5));
      const late = await errors(requestFor('v1', 'v2'));
      const points = (measured: Measured) => (measured.series?.kind === 'counts' ? measured.series.points : []);
      expect(points(early.challenger)).toHaveLength(10);
      expect(points(late.challenger).slice(0, 10)).toEqual(points(early.challenger));
    });

    it('counts the requests that each version answered since the step settled', async () => {
      const { traffic } = await look(requestFor('v1', 'v2'));
      expect(traffic).toMatchObject({ champion: 108, challenger: 108, trouble: undefined });
    });

    it('has no champion where none serves', async () => {
      const seen = await look(requestFor(undefined, 'v2'));
      expect(seen.metrics.map(({ champion }) => champion)).toEqual([undefined, undefined]);
      expect(seen.traffic?.champion).toBe(0);
      expect(totals(seen.metrics[0]!.challenger).n).toBe(120);
    });

    it.each([
      ['v3', 'was measured for a while, and no more', /^stale: /],
      ['v4', 'was not measured for minutes in between', /^partial: nothing was measured between /],
      ['v99', 'was never measured', /^empty: /],
    ])('does not trust what is known of %s, which %s', async (version, _, trouble) => {
      const seen = await look(requestFor('v1', version));
      for (const { challenger, champion } of seen.metrics) {
        expect(challenger.trouble).toMatch(trouble);
        expect(champion?.trouble).toBeUndefined();
      }
      expect(seen.traffic?.trouble?.split(':')[0]).toBe(seen.metrics[0]?.challenger.trouble?.split(':')[0]);
    });

    it('tells a version that answers nothing from one that nobody measures', async () => {
      const { challenger } = await errors(requestFor('v1', 'v5'));
      expect(totals(challenger)).toEqual({ n: 0, hits: 0, points: 20, trouble: undefined });
    });

    it('says that a step is too young to be measured', async () => {
      const { challenger } = await errors(requestFor('v1', 'v2', 0));
      expect(challenger.trouble).toMatch(/^empty: the step has not lasted a tick yet/);
    });

    it('says which metric nobody measures', async () => {
      const request = { ...requestFor('v1', 'v2'), metrics: [{ metric: 'ctr', bounds: [] }] };
      expect((await errors(request)).challenger).toMatchObject({
        series: undefined,
        trouble: expect.stringContaining('ctr'),
      });
    });

    it('ends when it is interrupted', async () => {
      const telemetry = await open();
      await expect(telemetry.observe(requestFor('v1', 'v2'), AbortSignal.abort())).rejects.toMatchObject({
        code: 'interrupted',
      });
    });
  });
}

function totals({ series, trouble }: Measured) {
  const points = series?.kind === 'counts' ? series.points : [];
  const sum = (of: 'n' | 'hits'): number => points.reduce((total, point) => total + point[of], 0);
  return { n: sum('n'), hits: sum('hits'), points: points.length, trouble };
}
