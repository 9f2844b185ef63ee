import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MetricQuery, TelemetrySource } from '../../src/documents/kinds/telemetry.ts';
import { openMemoryTelemetry } from '../../src/telemetry/memory-telemetry.ts';
import { openTelemetry } from '../../src/telemetry/open-telemetry.ts';
import { expandMetric, expandTraffic } from '../../src/telemetry/templates.ts';
import type { TelemetryConfig } from '../../src/telemetry/telemetry-config.ts';
import type { RowsRequest } from '../../src/telemetry/world.ts';
import {
  BEGIN,
  describeTelemetry,
  EVERY_MS,
  LIVES,
  MINUTE,
  requestFor,
  type VersionLife,
} from '../contracts/telemetry.contract.ts';
import { isInstalled, startPrometheus, type Prometheus } from '../support/prometheus.ts';
import { testTelemetryWorld } from '../support/telemetry-world.ts';

const isUnseen = ({ unseen }: VersionLife, at: number): boolean =>
  unseen.some(([from, to]) => at > BEGIN + from * MINUTE && at <= BEGIN + to * MINUTE);

describeTelemetry('memory', async () =>
  openMemoryTelemetry({
    everyMs: EVERY_MS,
    settleMs: MINUTE,
    metrics: { error_rate: { kind: 'rate' }, latency_p95_ms: { kind: 'quantile', quantile: 0.95, windowMs: MINUTE } },
    served: () =>
      LIVES.flatMap(({ version, answered }) =>
        answered.map(({ at, latencyMs, failed }) => ({
          ...{ at, version },
          values: { latency_p95_ms: latencyMs, error_rate: Number(failed) },
        })),
      ),
    isMeasured: (version, at) => LIVES.some((life) => life.version === version && !isUnseen(life, at)),
  }),
);

const ENDS = [0.01, 0.05, 0.08, 0.1, 0.5];
const SCRAPE_MS = 15_000;

/** Writes lives as a server that scraped every 15 seconds would have them. */
function historyOf(lives: readonly VersionLife[]): string {
  const requests: string[] = [];
  const buckets: string[] = [];
  for (const life of lives) {
    for (const { pod, from, to } of life.pods) {
      for (let at = from + SCRAPE_MS; at <= to; at += SCRAPE_MS) {
        if (isUnseen(life, at)) continue;
        const own = life.answered.filter((each) => each.pod === pod && each.at >= from && each.at <= at);
        const labels = `version="${life.version}",pod="${pod}"`;
        const time = String(at / 1000);
        const ok = own.filter(({ failed }) => !failed).length;
        requests.push(`model_requests_total{${labels},code="200"} ${String(ok)} ${time}`);
        // As in many programs, a code has no counter before it was first answered.
        if (own.length > ok)
          requests.push(`model_requests_total{${labels},code="500"} ${String(own.length - ok)} ${time}`);
        for (const end of [...ENDS, Infinity]) {
          const below = own.filter(({ latencyMs }) => latencyMs / 1000 <= end).length;
          const le = end === Infinity ? '+Inf' : String(end);
          buckets.push(`model_seconds_bucket{${labels},le="${le}"} ${String(below)} ${time}`);
        }
      }
    }
  }
  return ['# TYPE model_requests counter', ...requests, '# TYPE model_seconds histogram', ...buckets].join('\n');
}

const QUERIES: Readonly<Record<string, MetricQuery>> = {
  error_rate: {
    source: 'prom',
    hits: 'model_requests_total{version="{{version}}",code=~"5.."}',
    count: 'model_requests_total{version="{{version}}"}',
  },
  latency_p95_ms: {
    source: 'prom',
    histogram: 'model_seconds_bucket{version="{{version}}"}',
    quantile: 0.95,
    scale: 1000,
  },
};

function configAt(url: string, changes: Partial<TelemetryConfig> = {}): TelemetryConfig {
  const source: TelemetrySource = { type: 'prometheus', url };
  return {
    everyMs: EVERY_MS,
    sources: new Map([['prom', source]]),
    metrics: new Map(Object.entries(QUERIES)),
    traffic: { source: 'prom', count: 'model_requests_total{version="{{version}}"}', settle: '1m' },
    ...changes,
  };
}

describe.skipIf(!isInstalled('prometheus') || !isInstalled('promtool'))('a real Prometheus', () => {
  let server: Prometheus;
  beforeAll(async () => {
    server = await startPrometheus({ history: historyOf(LIVES) });
  }, 60_000);
  afterAll(() => server.stop());

  describeTelemetry('Prometheus', async () => openTelemetry(configAt(server.url), testTelemetryWorld()));

  const observe = async (query: MetricQuery, bounds: readonly number[] = []) => {
    const config = configAt(server.url, { metrics: new Map([['m', query]]), traffic: undefined });
    const request = { ...requestFor('v1', 'v2'), metrics: [{ metric: 'm', bounds }] };
    const seen = await openTelemetry(config, testTelemetryWorld()).observe(request, new AbortController().signal);
    return seen.metrics[0]!;
  };

  it('says which buckets there are when none ends at a bound, and counts at the others', async () => {
    const { challenger } = await observe(QUERIES['latency_p95_ms']!, [80, 90]);
    expect(challenger.trouble).toBe('no bucket ends at 90; buckets end at 10, 50, 80, 100, 500');
    expect([...challenger.above.keys()]).toEqual([80]);
  });

  it('tells both queries as they were asked', async () => {
    expect((await observe(QUERIES['latency_p95_ms']!)).query).toBe(
      'challenger: model_seconds_bucket{version="v2"}; champion: model_seconds_bucket{version="v1"}',
    );
  });

  it.each<[string, MetricQuery, RegExp]>([
    [
      'is many series',
      { source: 'prom', value: 'model_requests_total{version="{{version}}"}' },
      /^ambiguous: the query gives \d+ series/,
    ],
    [
      'is not a number',
      { source: 'prom', value: 'sum(model_requests_total{version="{{version}}"}) * 0 / 0' },
      /^not a number/,
    ],
    ['is no query', { source: 'prom', value: 'sum({{version}}' }, /^prom answers 400: .*parse error/],
    [
      'counts what may be misspelt',
      { source: 'prom', hits: 'clicks{v="{{version}}"}', count: QUERIES['error_rate']!.count! },
      /^empty: no series of hits/,
    ],
    [
      'is no histogram',
      { source: 'prom', histogram: 'model_requests_total{version="{{version}}"}', quantile: 0.5 },
      /lack le$/,
    ],
  ])('does not trust what %s', async (_, query, trouble) => {
    expect((await observe(query)).challenger.trouble).toMatch(trouble);
  });

  it('takes absent hits as none where the policy says so', async () => {
    const query: MetricQuery = {
      source: 'prom',
      hits: 'clicks{v="{{version}}"}',
      count: QUERIES['error_rate']!.count!,
      absent: 'zero',
    };
    expect((await observe(query)).challenger).toMatchObject({ trouble: undefined });
  });

  it('reads a value tick by tick, in the unit of the metric', async () => {
    const { challenger } = await observe({
      source: 'prom',
      value: 'count(model_requests_total{version="{{version}}"} >= 0)',
      scale: 10,
    });
    expect(challenger.series).toMatchObject({ kind: 'value', points: { length: 20 } });
    expect(challenger.series?.kind === 'value' && challenger.series.points[0]).toEqual({
      at: BEGIN + EVERY_MS,
      value: 20,
    });
  });

  it('reads more points than the server gives at once', async () => {
    const config = configAt(server.url, {
      everyMs: 1000,
      metrics: new Map([['m', QUERIES['error_rate']!]]),
      traffic: undefined,
    });
    const request = {
      ...requestFor(undefined, 'v2'),
      since: new Date(BEGIN - 6 * 60 * MINUTE),
      metrics: [{ metric: 'm', bounds: [] }],
    };
    const seen = await openTelemetry(config, testTelemetryWorld()).observe(request, new AbortController().signal);
    const { series, trouble } = seen.metrics[0]!.challenger;
    expect(series?.kind === 'counts' && series.points.reduce((sum, { n }) => sum + n, 0)).toBe(120);
    expect(trouble).toMatch(/^stale: |^partial: measured at/);
  });

  const VARIABLES = new Map([
    ['version', 'v7'],
    ['slot', 'green'],
    ['name', 'risk.fraud.prod'],
  ]);
  const LABELS = { service_name: 'fraud-{{slot}}', odd: `"}\\n`, side: { blue: 'left', green: 'right' } };
  it.each<[NonNullable<MetricQuery['template']>, string, string]>([
    [
      'kserve',
      'revision_request_latencies_bucket{@}',
      'revision_request_count{@,response_code_class="5xx"} / revision_request_count{@}',
    ],
    ['kserve-server', 'request_predict_seconds_bucket{@}', ''],
    [
      'istio',
      'istio_request_duration_milliseconds_bucket{reporter="source",@}',
      'istio_requests_total{reporter="source",@,response_code=~"5..|0"} / istio_requests_total{reporter="source",@}',
    ],
    [
      'gateway-api',
      'envoy_cluster_upstream_rq_time_bucket{@}',
      'envoy_cluster_upstream_rq_xx{@,envoy_response_code_class="5"} / envoy_cluster_upstream_rq_xx{@}',
    ],
    [
      'nginx',
      'nginx_ingress_controller_request_duration_seconds_bucket{@}',
      'nginx_ingress_controller_requests{@,status=~"5.."} / nginx_ingress_controller_requests{@}',
    ],
  ])('understands the queries of the template %s', async (template, latency, errors) => {
    const matchers = String.raw`service_name="fraud-green",odd="\"}\\n",side="right"`;
    const base = { source: 'prom', template, labels: LABELS } as const;
    const slow = expandMetric({ ...base, measure: 'latency', quantile: 0.95 }, VARIABLES);
    const failed = template === 'kserve-server' ? {} : expandMetric({ ...base, measure: 'errors' }, VARIABLES);
    const traffic = expandTraffic(base, VARIABLES);
    expect(slow.histogram).toBe(latency.replace('@', () => matchers));
    const { hits, count } = failed as MetricQuery;
    if (errors !== '') expect(`${hits!} / ${count!}`).toBe(errors.replaceAll('@', () => matchers));
    for (const query of [slow.histogram!, traffic.count!, ...(hits === undefined ? [] : [hits])]) {
      const answer = await fetch(`${server.url}/api/v1/query?query=${encodeURIComponent(query)}`);
      expect(await answer.json(), query).toMatchObject({ status: 'success' });
    }
  });
});

describe('rows of a query', () => {
  const rowsOf = (columns: Readonly<Record<string, readonly number[]>>) =>
    new Map(Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)]));
  const ats = Array.from({ length: 20 }, (_, index) => BEGIN + (index + 1) * EVERY_MS);
  const observe = async (rows: ReturnType<typeof rowsOf>, asked: RowsRequest[] = []) => {
    const config: TelemetryConfig = {
      everyMs: EVERY_MS,
      sources: new Map([['wh', { type: 'sql', databasesEnv: ['WAREHOUSE'] }]]),
      metrics: new Map([['ctr', { source: 'wh', rows: "SELECT at, n, hits FROM clicks WHERE v = '{{version}}'" }]]),
      traffic: undefined,
    };
    const world = testTelemetryWorld({
      env: { WAREHOUSE: 'wh=postgres:password=hunter2' },
      readRows: async (request) => {
        asked.push(request);
        return rows;
      },
    });
    const request = { ...requestFor(undefined, 'v2'), metrics: [{ metric: 'ctr', bounds: [] }] };
    return (await openTelemetry(config, world).observe(request, new AbortController().signal)).metrics[0]!;
  };

  it('are counts by interval', async () => {
    const asked: RowsRequest[] = [];
    const { challenger, query } = await observe(
      rowsOf({ at: ats, n: ats.map(() => 10), hits: ats.map(() => 1) }),
      asked,
    );
    expect(challenger.trouble).toBeUndefined();
    expect(challenger.series).toMatchObject({ kind: 'counts', points: { length: 20 } });
    expect(asked[0]).toMatchObject({ what: 'wh', query: "SELECT at, n, hits FROM clicks WHERE v = 'v2'" });
    expect(query).not.toContain('hunter2');
  });

  it.each<[string, Readonly<Record<string, readonly number[]>>, RegExp]>([
    ['are of other columns', { at: ats, x: ats }, /^the query must have the columns at, value; or at, n, hits/],
    ['are none', { at: [], n: [], hits: [] }, /^empty/],
    ['are old', { at: ats.slice(0, 5), n: [1, 1, 1, 1, 1], hits: [0, 0, 0, 0, 0] }, /^stale/],
    [
      'are twice of one instant',
      { at: [...ats, ats[0]!], n: [...ats, 1].map(() => 1), hits: [...ats, 1].map(() => 0) },
      /^ambiguous/,
    ],
    ['lack a number', { at: ats, n: ats.map(() => Number.NaN), hits: ats.map(() => 0) }, /^not a number/],
    ['have more hits than events', { at: ats, n: ats.map(() => 1), hits: ats.map(() => 2) }, /^more hits than events/],
  ])('are not trusted when they %s', async (_, columns, trouble) => {
    expect((await observe(rowsOf(columns))).challenger.trouble).toMatch(trouble);
  });
});
