import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { DelayModel } from './delay-model.ts';
import { percentile95 } from './measurements.ts';
import { answer } from './serving.ts';

/** What is served: the model files by version. */
export type ServedModels = Readonly<Record<string, string>>;

/** How requests are shared out: percent by version. */
export type Shares = Readonly<Record<string, number>>;

/** What a version did in the interval that ended at an instant, as it was measured. */
interface Interval {
  readonly at: string;
  readonly requests: number;
  readonly p95: number;
}

/** A message that was sent to the webhook. */
export interface Heard {
  readonly signature: string;
  readonly body: string;
}

interface Service {
  readonly models: ReadonlyMap<string, DelayModel>;
  shares: Shares;
  /** The version that looks something up in a slow place before it answers. */
  slow: string | undefined;
  requests: number;
  /** What each answer of the interval that is under way took. */
  readonly times: Map<string, number[]>;
  readonly intervals: Map<string, Interval[]>;
  readonly heard: Heard[];
}

/** Serves models over HTTP, measures each answer, and takes what a webhook is sent; to be called in a thread of its own. */
export function serveModels(): void {
  const models = Object.entries(workerData as ServedModels);
  const service: Service = {
    models: new Map(models.map(([version, file]) => [version, JSON.parse(file) as DelayModel])),
    ...{ shares: {}, slow: undefined, requests: 0, times: new Map(), intervals: new Map(), heard: [] },
  };
  const server = createServer((request, response) => {
    void reply(service, request).then((text) => response.end(text));
  });
  server.listen(0, '127.0.0.1', () => {
    parentPort?.postMessage(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  });
}

async function reply(service: Service, request: IncomingMessage): Promise<string> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://here');
  const body = await textOf(request);
  switch (pathname) {
    case '/predict':
      return predict(service, body);
    case '/deploy':
      Object.assign(service, JSON.parse(body));
      return '';
    case '/interval':
      closeInterval(service, body);
      return '';
    case '/measured':
      return JSON.stringify({ intervals: service.intervals.get(searchParams.get('version') ?? '') ?? [] });
    case '/hook':
      service.heard.push({ signature: String(request.headers['mreg-signature']), body });
      return '';
    default:
      return JSON.stringify(service.heard);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** About as long as a database takes that lacks an index. */
const LOOKUP_MS = 95;

async function predict(service: Service, question: string): Promise<string> {
  const version = versionFor(service);
  const model = service.models.get(version);
  if (model === undefined) throw new Error(`${version} is not served here`);
  const started = performance.now();
  if (version === service.slow) await pause(LOOKUP_MS);
  const prediction = answer(model, question);
  const times = service.times.get(version) ?? [];
  service.times.set(version, [...times, performance.now() - started]);
  return prediction;
}

/** Spreads requests evenly: at 10 % every tenth goes to the newcomer. */
function versionFor(service: Service): string {
  const turn = service.requests;
  service.requests += 1;
  const versions = Object.entries(service.shares).sort(([, a], [, b]) => a - b);
  const [[least, share] = ['', 0], [most] = [least]] = versions;
  return Math.floor(((turn + 1) * share) / 100) > Math.floor((turn * share) / 100) ? least : most;
}

function closeInterval({ times, intervals }: Service, at: string): void {
  for (const [version, of] of times) {
    const closed = { at, requests: of.length, p95: Number(percentile95(of).toFixed(3)) };
    intervals.set(version, [...(intervals.get(version) ?? []), closed]);
  }
  times.clear();
}
