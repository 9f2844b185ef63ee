import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { MetricQuery, TelemetrySource } from '../../src/documents/kinds/telemetry.ts';
import { openTelemetry } from '../../src/telemetry/open-telemetry.ts';
import type { TelemetryConfig } from '../../src/telemetry/telemetry-config.ts';
import { BEGIN, EVERY_MS, requestFor } from '../contracts/telemetry.contract.ts';
import { testTelemetryWorld } from '../support/telemetry-world.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return `http://127.0.0.1:${String(address.port)}`;
}

function configOf(source: TelemetrySource, query: Omit<MetricQuery, 'source'>): TelemetryConfig {
  const metrics = new Map([['m', { source: 's', ...query }]]);
  return { everyMs: EVERY_MS, sources: new Map([['s', source]]), metrics, traffic: undefined };
}

const REQUEST = { ...requestFor(undefined, 'v2'), metrics: [{ metric: 'm', bounds: [] }] };

async function observe(
  config: TelemetryConfig,
  env: Readonly<Record<string, string>> = {},
  signal = new AbortController().signal,
) {
  const pauses: number[] = [];
  const pause = (milliseconds: number) => Promise.resolve(void pauses.push(milliseconds));
  const seen = await openTelemetry(config, testTelemetryWorld({ env, pause })).observe(REQUEST, signal);
  return { ...seen.metrics[0]!, pauses };
}

/** What a Prometheus server answers where `value` holds at each of the twenty ticks. */
function matrix(value: string, extra: object = {}): string {
  const values = Array.from({ length: 20 }, (_, tick) => [(BEGIN + (tick + 1) * EVERY_MS) / 1000, value]);
  return JSON.stringify({
    status: 'success',
    data: { resultType: 'matrix', result: [{ metric: {}, values }] },
    ...extra,
  });
}

describe('a Prometheus server', () => {
  const query = { value: 'x{version="{{version}}"}' };
  const at = (url: string, more: Partial<TelemetrySource> = {}) =>
    configOf({ type: 'prometheus', url, ...more }, query);

  it.each<[string, Handler, RegExp]>([
    ['lets nobody in', (_, response) => response.writeHead(401).end('no'), /^s does not let us in \(401\)/],
    [
      'refuses a query',
      (_, response) => response.writeHead(422).end('{"status":"error","error":"too many\\u0007 samples"}'),
      /^s answers 422: too many samples$/,
    ],
    ['is broken', (_, response) => response.writeHead(500).end('<html>'), /^s answers 500$/],
    ['answers no JSON', (_, response) => response.end('<html>'), /^s answers something that is no JSON$/],
    ['cuts the connection', (request) => request.socket.destroy(), /^s cannot be asked: /],
    [
      'answers half of it',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{');
        response.socket?.destroySoon();
      },
      /^s cannot be asked: /,
    ],
    ['says NaN', (_, response) => response.end(matrix('NaN')), /^not a number/],
    ['says infinity', (_, response) => response.end(matrix('+Inf')), /^not a number/],
    ['warns', (_, response) => response.end(matrix('1', { warnings: ['store away'] })), /^partial: store away$/],
    [
      'knows nothing',
      (_, response) => response.end('{"status":"success","data":{"resultType":"matrix","result":[]}}'),
      /^empty/,
    ],
    [
      'holds native histograms',
      (_, response) =>
        response.end('{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[]}]}}'),
      /native histogram/,
    ],
    [
      'answers another question',
      (_, response) => response.end('{"status":"success","data":{"resultType":"vector","result":[]}}'),
      /no range of values/,
    ],
    [
      'answers of another time',
      (_, response) =>
        response.end('{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"]]}]}}'),
      /a time that was not asked for/,
    ],
  ])('that %s is trouble', async (_, handler, trouble) => {
    expect((await observe(at(await serve(handler)))).challenger.trouble).toMatch(trouble);
  });

  it('that is too slow is no longer waited for', async () => {
    const url = await serve(() => undefined);
    expect((await observe(at(url, { timeout: '1s', retries: 0 }))).challenger.trouble).toBe('s timed out after 1 s');
  });

  it('that is not there is trouble', async () => {
    const url = await serve(() => undefined);
    await new Promise((done) => servers.pop()!.close(done));
    expect((await observe(at(url))).challenger.trouble).toMatch(/^s cannot be asked/);
  });

  it('that failed in passing is asked again, later each time, as long as it asks for', async () => {
    const answers = [503, 429];
    const { challenger, pauses } = await observe(
      at(
        await serve((_, response) => {
          const status = answers.shift();
          if (status === undefined) response.end(matrix('3'));
          else response.writeHead(status, status === 429 ? { 'retry-after': '7' } : {}).end();
        }),
      ),
    );
    expect(challenger).toMatchObject({ trouble: undefined, series: { kind: 'value', points: { length: 20 } } });
    expect(pauses).toEqual([187.5, 7000]);
  });

  it('that refuses is not asked again', async () => {
    let asked = 0;
    await observe(
      at(
        await serve((_, response) => {
          asked += 1;
          response.writeHead(400).end();
        }),
      ),
    );
    expect(asked).toBe(1);
  });

  it('gets the token of a variable, which nothing tells again', async () => {
    let sent: string | undefined;
    const url = await serve((request, response) => {
      sent = request.headers.authorization;
      response.writeHead(403).end();
    });
    const seen = await observe(at(url, { tokenEnv: 'PROM_TOKEN' }), { PROM_TOKEN: 'hunter2' });
    expect(sent).toBe('Bearer hunter2');
    expect(JSON.stringify(seen)).not.toContain('hunter2');
    expect((await observe(at(url, { tokenEnv: 'PROM_TOKEN' }))).challenger.trouble).toBe(
      'the variable PROM_TOKEN holds no token',
    );
  });

  it('is interrupted while it is waited for', async () => {
    const stop = new AbortController();
    const url = await serve(() => {
      stop.abort();
    });
    await expect(observe(at(url), {}, stop.signal)).rejects.toMatchObject({ code: 'interrupted' });
  });

  it.each<[string, TelemetrySource, RegExp]>([
    ['no address', { type: 'prometheus' }, /has no address/],
    ['a password', { type: 'prometheus', url: 'http://a:hunter2@127.0.0.1' }, /found a password$/],
    [
      'a token without encryption',
      { type: 'prometheus', url: 'http://prom.example', tokenEnv: 'T' },
      /https, for a token is sent/,
    ],
  ])('is not opened with %s', (_, source, message) => {
    expect(() => openTelemetry(configOf(source, query), testTelemetryWorld())).toThrow(message);
  });

  it('is where this machine says that it is', async () => {
    const url = await serve((_, response) => response.end(matrix('1')));
    const world = testTelemetryWorld({ urlOf: (name) => (name === 's' ? url : undefined) });
    const seen = await openTelemetry(at('http://127.0.0.1:1'), world).observe(REQUEST, new AbortController().signal);
    expect(seen.metrics[0]?.challenger.trouble).toBeUndefined();
  });
});

describe('a server that answers JSON', () => {
  const ticks = Array.from({ length: 20 }, (_, tick) => BEGIN + (tick + 1) * EVERY_MS);
  const answering = async (body: unknown, query: Omit<MetricQuery, 'source'>, asked: string[] = []) => {
    const url = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.end(JSON.stringify(body));
    });
    return observe(configOf({ type: 'http-json', url: `${url}/api/` }, query));
  };

  it('gives a list of measurements', async () => {
    const asked: string[] = [];
    const body = { v2: { points: ticks.map((at) => ({ at: new Date(at).toISOString(), seen: 10, clicked: '1' })) } };
    const path = '/ctr?model={{model}}&from={{since}}';
    const query = { path, points: '/{{version}}/points', asOf: '/at', hits: '/clicked', count: '/seen' };
    const { challenger } = await answering(body, query, asked);
    expect(challenger.trouble).toBeUndefined();
    expect(challenger.series?.kind === 'counts' && challenger.series.points[0]).toEqual({
      at: ticks[0],
      n: 10,
      hits: 1,
    });
    expect(asked).toEqual(['/api/ctr?model=risk%2Ffraud_detector&from=2026-01-04T10%3A00%3A00.000Z']);
  });

  it.each<[string, unknown, Omit<MetricQuery, 'source'>, RegExp]>([
    ['has nothing there', { a: 1 }, { path: '/{{version}}', value: '/b' }, /^empty: nothing stands at \/b/],
    ['has null there', { a: null }, { path: '/{{version}}', value: '/a' }, /^empty: nothing stands at \/a/],
    ['has words there', { a: 'NaN' }, { path: '/{{version}}', value: '/a' }, /^not a number/],
    ['has what is nobody’s own', {}, { path: '/{{version}}', value: '/constructor/length' }, /^empty: nothing stands/],
    [
      'is of long ago',
      { a: 1, at: '2026-01-04T10:01:00Z' },
      { path: '/{{version}}', value: '/a', asOf: '/at' },
      /^stale: /,
    ],
    [
      'is of no time',
      { a: 1, at: 'yesterday' },
      { path: '/{{version}}', value: '/a', asOf: '/at' },
      /^no time with its zone/,
    ],
    ['is no list', { a: 1 }, { path: '/{{version}}', points: '/a', asOf: '', value: '' }, /^no list stands at/],
  ])('is not trusted when it %s', async (_, body, query, trouble) => {
    expect((await answering(body, query)).challenger.trouble).toMatch(trouble);
  });

  it('that tells only the present is remembered from look to look', async () => {
    let seen = 0;
    const url = await serve((_, response) => {
      seen += 100;
      response.end(JSON.stringify({ seen: seen === 500 ? 40 : seen, failed: 0 }));
    });
    const telemetry = openTelemetry(
      configOf({ type: 'http-json', url }, { path: '/{{version}}', hits: '/failed', count: '/seen' }),
      testTelemetryWorld(),
    );
    const look = async (tick: number) => {
      const until = new Date(BEGIN + tick * EVERY_MS);
      return (await telemetry.observe({ ...REQUEST, until }, new AbortController().signal)).metrics[0]!.challenger;
    };
    for (const tick of [1, 2, 3, 4]) await look(tick);
    const { series, trouble } = await look(5);
    // The first look only tells where the counting starts; at the fifth the server has begun again.
    expect(series?.kind === 'counts' && series.points.map(({ n }) => n)).toEqual([100, 100, 100, 40]);
    expect(trouble).toBeUndefined();
  });
});
