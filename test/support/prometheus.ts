import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real Prometheus server on this machine, with a folder of its own. */
export interface Prometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/** What it knows and what it watches. */
export interface PrometheusOptions {
  /** History, in the OpenMetrics text format with times in seconds, without its last line `# EOF`. */
  readonly history?: string;
  /** Programs that are scraped, as `host:port` by the name of the job. */
  readonly scrape?: Readonly<Record<string, readonly string[]>>;
  /** How often; default `1s`. */
  readonly every?: string;
  /** Takes samples that say themselves of when they are, however long ago that is. */
  readonly past?: boolean;
}

/** Tells whether a real program is here. CI installs them, so that there its absence is a failure. */
export function isInstalled(program: 'prometheus' | 'promtool' | 'nginx'): boolean {
  const flag = program === 'nginx' ? '-v' : '--version';
  const found = spawnSync(program, [flag], { stdio: 'ignore' }).error === undefined;
  if (!found && process.env['CI'] === 'true') throw new Error(`${program} must be installed in CI`);
  if (!found) console.warn(`skipped: ${program} is not installed (apt-get install prometheus nginx-light)`);
  return found;
}

/** Starts a server on a free port and returns it once it answers. Stops it with `stop`. */
export async function startPrometheus({
  history,
  scrape = {},
  every = '1s',
  past = false,
}: PrometheusOptions = {}): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'mreg-prometheus-'));
  const data = join(folder, 'data');
  if (history !== undefined) await backfill(folder, data, history);
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, configOf({ scrape, every, past }));
  const address = `127.0.0.1:${String(await freePort())}`;
  const child = spawn(
    'prometheus',
    [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${address}`],
      // History that a test makes may be years old.
      ...['--storage.tsdb.retention.time=100y', '--log.level=warn'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] } },
  );
  const said: string[] = [];
  child.stderr.on('data', (text: Buffer) => said.push(text.toString()));
  const url = `http://${address}`;
  await untilAnswering(`${url}/-/ready`, child, said);
  return {
    url,
    stop: async () => {
      await ended(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configOf({ scrape, every, past }: Required<Omit<PrometheusOptions, 'history'>>): string {
  return JSON.stringify({
    ...(past ? { storage: { tsdb: { out_of_order_time_window: '30d' } } } : {}),
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: '1m' },
    scrape_configs: Object.entries(scrape).map(([job_name, targets]) => ({ job_name, static_configs: [{ targets }] })),
  });
}

async function backfill(folder: string, data: string, history: string): Promise<void> {
  const file = join(folder, 'history.om');
  await writeFile(file, `${history.trimEnd()}\n# EOF\n`);
  const { status, stderr, stdout } = spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, data], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`promtool cannot make blocks: ${stderr}${stdout}`);
}

/** Returns a port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

/** Waits until an address answers 200; fails when the program that should answer ends. */
export async function untilAnswering(url: string, child: ChildProcess, said: readonly string[]): Promise<void> {
  while (child.exitCode === null) {
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`${child.spawnfile} ended: ${said.join('')}`);
}

/** Ends a program at once and waits for its end. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await exit;
}
