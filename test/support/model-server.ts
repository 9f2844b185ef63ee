import { createServer } from 'node:http';

/** How a model server answers from now on. */
export interface Behaviour {
  /** What it takes, in milliseconds, as it is counted; nobody really waits. Called for each request. */
  readonly latencyMs: () => number;
  /** Whether this request fails. */
  readonly fails: () => boolean;
}

/** A model server on this machine that exports its metrics as Prometheus reads them. */
export interface ModelServer {
  /** `127.0.0.1:8080`. */
  readonly address: string;
  /** The version that it says it serves. Another one begins to count anew, as another pod would. */
  serve(version: string): void;
  behave(behaviour: Partial<Behaviour>): void;
  /** Answers scrapes (true), or fails them (false): the metrics are gone while the model goes on. */
  showMetrics(isShown: boolean): void;
  readonly showsMetrics: () => boolean;
  /** From now on scrapes find what was counted until now, as of that instant, whatever is counted later. */
  stamp(at: Date): void;
  readonly requests: () => number;
  stop(): Promise<void>;
}

const BUCKETS = [0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.25, 0.5, 1, 2.5] as const;

interface Counts {
  readonly buckets: number[];
  sum: number;
  readonly byCode: Record<'200' | '500', number>;
}

/** Starts a server that stands in a slot. */
export async function startModelServer(slot: 'blue' | 'green', first: string): Promise<ModelServer> {
  let version = first;
  let counts = noCounts();
  let isShown = true;
  let stamped: string | undefined;
  let behaviour: Behaviour = { latencyMs: () => 20, fails: () => false };
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/metrics') {
      if (!isShown) response.statusCode = 503;
      response.end(isShown ? (stamped ?? metricsOf(counts, { version, slot })) : '');
      return;
    }
    const seconds = behaviour.latencyMs() / 1000;
    const code = behaviour.fails() ? '500' : '200';
    for (const [index, end] of BUCKETS.entries()) if (seconds <= end) counts.buckets[index]! += 1;
    counts.sum += seconds;
    counts.byCode[code] += 1;
    response.statusCode = Number(code);
    response.end(JSON.stringify({ version, slot }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has a port');
  return {
    address: `127.0.0.1:${String(bound.port)}`,
    serve: (next) => {
      if (next === version) return;
      version = next;
      counts = noCounts();
    },
    behave: (next) => {
      behaviour = { ...behaviour, ...next };
    },
    showMetrics: (shown) => {
      isShown = shown;
    },
    showsMetrics: () => isShown,
    stamp: (at) => {
      stamped = metricsOf(counts, { version, slot, at });
    },
    requests: () => counts.byCode['200'] + counts.byCode['500'],
    stop: async () => {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

function noCounts(): Counts {
  return { buckets: BUCKETS.map(() => 0), sum: 0, byCode: { '200': 0, '500': 0 } };
}

interface Told {
  readonly version: string;
  readonly slot: string;
  readonly at?: Date;
}

function metricsOf({ buckets, sum, byCode }: Counts, { version, slot, at }: Told): string {
  const time = at === undefined ? '' : ` ${String(at.getTime())}`;
  const labels = `version="${version}",slot="${slot}"`;
  const all = byCode['200'] + byCode['500'];
  return [
    '# TYPE model_requests_total counter',
    ...Object.entries(byCode).map(([code, n]) => `model_requests_total{${labels},code="${code}"} ${String(n)}${time}`),
    '# TYPE model_request_duration_seconds histogram',
    ...BUCKETS.map(
      (end, index) =>
        `model_request_duration_seconds_bucket{${labels},le="${String(end)}"} ${String(buckets[index])}${time}`,
    ),
    `model_request_duration_seconds_bucket{${labels},le="+Inf"} ${String(all)}${time}`,
    `model_request_duration_seconds_sum{${labels}} ${String(sum)}${time}`,
    `model_request_duration_seconds_count{${labels}} ${String(all)}${time}`,
    '',
  ].join('\n');
}
