import { describe, expect, it } from 'vitest';
import type { MetricQuery, TelemetrySource, TelemetrySpec, TrafficQuery } from '../../src/documents/kinds/telemetry.ts';
import { telemetryFaults } from '../../src/documents/telemetry-rules.ts';
import { telemetryOf } from '../../src/telemetry/telemetry-config.ts';

const SOURCES: Readonly<Record<string, TelemetrySource>> = {
  p: { type: 'prometheus', url: 'https://prom.acme.example' },
  j: { type: 'http-json', url: 'https://ab.acme.example/api' },
  s: { type: 'sql', databasesEnv: ['WAREHOUSE'] },
};
const V = 'x{v="{{version}}"}';

const faultsOf = (spec: TelemetrySpec): readonly string[] =>
  telemetryFaults('t', spec, SOURCES).map(({ field, expected }) => `${field}: ${expected}`);

describe('a metric', () => {
  it.each<[string, MetricQuery]>([
    ['a value', { source: 'p', value: 'avg(x{slot="{{slot}}"})', scale: 100 }],
    ['a rate', { source: 'p', hits: `x_total{v="{{version}}",msg="a } b"}`, count: V, absent: 'zero' }],
    ['a histogram', { source: 'p', histogram: 'x_bucket{v=~"{{version}}"}', quantile: 0.95, window: '5m' }],
    ['a mean', { source: 'p', sum: V, count: V, squares: V }],
    [
      'a template',
      { source: 'p', template: 'istio', measure: 'errors', labels: { destination_workload: 'a-{{slot}}' } },
    ],
    [
      'labels by slot',
      {
        source: 'p',
        template: 'nginx',
        measure: 'latency',
        quantile: 0.5,
        labels: { canary: { blue: '', green: 'b' } },
      },
    ],
    ['rows', { source: 's', rows: "SELECT * FROM x WHERE v = '{{version}}'" }],
    ['JSON', { source: 'j', path: '/{{version}}', value: '/a' }],
    ['a source of another policy', { source: 'elsewhere', value: V }],
  ])('may be %s', (_, query) => {
    expect(faultsOf({ metrics: { m: query } })).toEqual([]);
  });

  it.each<[string, MetricQuery, RegExp]>([
    ['nothing', { source: 'p' }, /^t\.metrics\.m: exactly one of/],
    ['two things', { source: 'p', value: V, hits: V, count: V }, /^t\.metrics\.m: exactly one of/],
    ['half a rate', { source: 'p', hits: V }, /^t\.metrics\.m\.count: count, beside hits/],
    ['a window of a rate', { source: 'p', hits: V, count: V, window: '5m' }, /^t\.metrics\.m\.window: /],
    [
      'both versions together',
      { source: 'p', hits: 'x', count: V },
      /^t\.metrics\.m\.hits: a query that tells the two versions apart/,
    ],
    [
      'both versions together by a template',
      { source: 'p', template: 'istio', measure: 'errors', labels: { a: 'b' } },
      /^t\.metrics\.m\.labels: a query that tells/,
    ],
    [
      'an unknown variable',
      { source: 'p', value: 'x{v="{{version}}",w="{{weight}}"}' },
      /^t\.metrics\.m\.value: one of \{\{model\}\}/,
    ],
    ['a rate of a rate', { source: 'p', hits: `rate(${V}[5m])`, count: V }, /^t\.metrics\.m\.hits: the counter itself/],
    ['a sum', { source: 'p', sum: `sum(${V})`, count: V }, /^t\.metrics\.m\.sum: the counter itself/],
    ['a range', { source: 'p', hits: `${V}[5m]`, count: V }, /^t\.metrics\.m\.hits: the counter itself/],
    [
      'no buckets',
      { source: 'p', histogram: V, quantile: 0.5 },
      /^t\.metrics\.m\.histogram: the buckets of a histogram/,
    ],
    [
      'a histogram of JSON',
      { source: 'j', path: '/', histogram: 'x_bucket{v="{{version}}"}', quantile: 0.5 },
      /^t\.metrics\.m\.histogram: /,
    ],
    [
      'SQL of Prometheus',
      { source: 'p', rows: "SELECT '{{version}}'" },
      /^t\.metrics\.m\.rows: what a source of type prometheus/,
    ],
    ['JSON without a path', { source: 'j', value: '/{{version}}' }, /^t\.metrics\.m\.path: /],
    [
      'JSON without a pointer',
      { source: 'j', path: '/{{version}}', value: 'a.b' },
      /^t\.metrics\.m\.value: a JSON Pointer/,
    ],
    [
      'a list without times',
      { source: 'j', path: '/{{version}}', points: '/a', value: '/b' },
      /^t\.metrics\.m\.asOf: /,
    ],
    [
      'errors that nobody counts',
      { source: 'p', template: 'kserve-server', measure: 'errors', labels: { a: '{{slot}}' } },
      /^t\.metrics\.m\.measure: latency/,
    ],
    [
      'a latency without quantile',
      { source: 'p', template: 'istio', measure: 'latency', labels: { a: '{{slot}}' } },
      /^t\.metrics\.m\.quantile: /,
    ],
    [
      'errors with a quantile',
      { source: 'p', template: 'istio', measure: 'errors', quantile: 0.5, labels: { a: '{{slot}}' } },
      /^t\.metrics\.m\.quantile: /,
    ],
    [
      'a window without end',
      { source: 'p', histogram: 'x_bucket{v="{{version}}"}', quantile: 0.5, window: '400d' },
      /^t\.metrics\.m\.window: 1s to 1d/,
    ],
  ])('cannot be %s', (_, query, told) => {
    const [first = '', ...others] = faultsOf({ metrics: { m: query } });
    expect(first).toMatch(told);
    expect(others.length).toBeLessThan(2);
  });
});

describe('traffic', () => {
  it.each<[TrafficQuery, readonly unknown[]]>([
    [{ source: 'p', count: V, settle: '0s' }, []],
    [{ source: 'p', template: 'kserve', labels: { revision_name: '{{slot}}' } }, []],
    [{ source: 'p', count: 'x' }, [expect.stringMatching(/^t\.traffic\.count: a query that tells/)]],
    [{ source: 'p', count: `sum(${V})` }, [expect.stringMatching(/^t\.traffic\.count: the counter itself/)]],
    [{ source: 'p' }, [expect.stringMatching(/^t\.traffic: exactly one of/)]],
  ])('%j has the faults %j', (traffic, told) => {
    expect(faultsOf({ traffic })).toEqual(told);
  });
});

describe('a source', () => {
  it.each<[TelemetrySource, string | undefined]>([
    [{ type: 'prometheus' }, undefined],
    [{ type: 'prometheus', url: 'http://prom:9090' }, undefined],
    [{ type: 'prometheus', url: 'http://127.0.0.1:9090', tokenEnv: 'T' }, undefined],
    [{ type: 'prometheus', url: 'http://prom:9090', tokenEnv: 'T' }, 't.sources.x.url: https, for a token is sent'],
    [{ type: 'prometheus', url: 'https://a:b@prom' }, 't.sources.x.url: an address without a password'],
    [{ type: 'prometheus', url: 'https://prom?x=1' }, 't.sources.x.url: an address without ? and #'],
    [{ type: 'prometheus', files: 'a.csv' }, 't.sources.x.files: a field of a source of type prometheus'],
    [{ type: 'sql' }, 't.sources.x: files or databasesEnv'],
    [{ type: 'sql', files: 'a.csv', url: 'https://x' }, 't.sources.x.url: a field of a source of type sql'],
    [{ type: 'prometheus', timeout: '0s' }, 't.sources.x.timeout: 1s to 5m'],
  ])('%j has the fault %s', (source, told) => {
    expect(faultsOf({ sources: { x: source } })).toEqual(told === undefined ? [] : [told]);
  });
});

describe('policies taken together', () => {
  const policy = (path: string, telemetry: TelemetrySpec) => ({
    path,
    body: { spec: { models: ['*'], transitions: [], telemetry } },
  });
  const read = (...specs: readonly TelemetrySpec[]) =>
    telemetryOf(specs.map((spec, index) => policy(`policies/p${String(index)}.yaml`, spec)));

  it('measure with the source of one what another names', () => {
    const reading = read(
      { every: '1m', sources: SOURCES },
      { metrics: { m: { source: 'p', value: V } } },
      { every: '1m' },
    );
    expect(reading).toMatchObject({
      ok: true,
      value: { everyMs: 60_000, metrics: new Map([['m', { source: 'p', value: V }]]) },
    });
  });

  it('look every half a minute unless one says otherwise', () => {
    expect(read({})).toMatchObject({ ok: true, value: { everyMs: 30_000, traffic: undefined } });
  });

  it.each<[string, TelemetrySpec, TelemetrySpec]>([
    ['every', { every: '1m' }, { every: '2m' }],
    [
      'sources.p',
      { sources: { p: { type: 'prometheus', url: 'https://a' } } },
      { sources: { p: { type: 'prometheus', url: 'https://b' } } },
    ],
    [
      'metrics.m',
      { metrics: { m: { source: 'p', value: V } } },
      { metrics: { m: { source: 'p', value: `${V} * 0` } } },
    ],
    ['traffic', { traffic: { source: 'p', count: V } }, { traffic: { source: 'p', count: V, settle: '0s' } }],
  ])('may not contradict each other about %s', (field, one, other) => {
    expect(read(one, other)).toMatchObject({
      ok: false,
      refusals: [
        { code: 'policy', path: `policies/p1.yaml:spec.telemetry.${field}`, expected: 'what policies/p0.yaml says' },
      ],
    });
  });

  it('must define every source that they name', () => {
    expect(read({ metrics: { m: { source: 'nobody', value: V } } })).toMatchObject({
      ok: false,
      refusals: [{ path: 'policies:spec.telemetry.metrics.m.source', found: 'nobody' }],
    });
  });

  it('are judged again when the type of a source is known', () => {
    const reading = read({ metrics: { m: { source: 's', value: V } } }, { sources: SOURCES });
    expect(reading).toMatchObject({ ok: false, refusals: [{ path: 'policies:spec.telemetry.metrics.m.value' }] });
  });
});
