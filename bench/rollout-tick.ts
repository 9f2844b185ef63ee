import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kubernetesName } from '../src/documents/names.ts';
import { stageDirectory, versionPath } from '../src/documents/paths.ts';
import type { Row } from './measurements.ts';
import { BRANCH, makeRegistry, MREG, settle, type BenchRegistry } from './registry.ts';
import { runCommand, timeCommand } from './timing.ts';

/** How many rollouts are under way at once, and how often a look at them is timed. */
export interface TickSize {
  readonly models: number;
  readonly rounds: number;
}

const STAGE = 'staging';
/** So old is the step: its rules have something to read, and its hold is not over. */
const AGE_MS = 20 * 60_000;

/** Times one look of a controller at many rollouts that are all under way and all hold; the metrics are served beside it. */
export async function measureTick(home: string, { models, rounds }: TickSize): Promise<readonly Row[]> {
  const name = `${String(models)} rollouts`;
  const registry = await makeRegistry(join(home, 'rollouts'), { name, models, versionsEach: 1 });
  startRollouts(registry);
  const metrics = await serveMetrics();
  try {
    const { directory: cwd, env, author } = registry;
    const look = ['rollout', 'run', '--once', '--quiet', '--source', `api=${metrics.url}`, '--key', author.keyFile];
    const words = [process.execPath, MREG, ...look] as const;
    const values = Array.from({ length: rounds }, () => timeCommand({ words, cwd, env }));
    return [{ what: `mreg rollout run --once, ${name} under way`, values, unit: 'ms', atMost: 10_000 }];
  } finally {
    metrics.server.kill();
  }
}

const PATH = '/?since={{since}}&until={{until}}&version={{version}}';
const POLICY = {
  models: ['*'],
  metrics: {
    served_p95_ms: { unit: 'ms', min: 0, better: 'lower' },
    served_ctr: { unit: 'ratio', min: 0, max: 1, better: 'higher' },
  },
  telemetry: {
    sources: { api: { type: 'http-json' } },
    metrics: {
      served_p95_ms: { source: 'api', path: PATH, points: '/points', asOf: '/at', value: '/p95' },
      served_ctr: { source: 'api', path: PATH, points: '/points', asOf: '/at', hits: '/clicks', count: '/n' },
    },
  },
  transitions: [
    {
      ...{ from: 'dev', to: STAGE, gates: [] },
      plan: {
        strategy: 'canary',
        steps: [{ weight: 10, hold: '24h' }, { weight: 100 }],
        guards: [
          { metric: 'served_p95_ms', above: 80, for: '5m' },
          { metric: 'served_ctr', worseByPercent: 1, for: '10m' },
        ],
      },
    },
  ],
};

/** One rollout is begun as users begin it; the others are copies of it, a commit each. */
function startRollouts(registry: BenchRegistry): void {
  const { directory: cwd, home, env, author, models } = registry;
  const [first = ''] = models;
  const file = join(home, 'rollouts.json');
  writeFileSync(file, JSON.stringify(POLICY));
  const mreg = (...words: readonly string[]): string =>
    runCommand({ words: [process.execPath, MREG, ...words, '--key', author.keyFile], cwd, env });
  mreg('policy', 'set', 'rollouts', file);
  mreg('promote', `${first}@v1`, '--to', STAGE);
  const artifact = join(home, 'newcomer.onnx');
  writeFileSync(artifact, 'other weights');
  mreg('register', first, artifact);
  mreg('promote', `${first}@v2`, '--to', STAGE);
  const input = Buffer.from(copiesOf(registry, first));
  runCommand({ words: ['git', 'fast-import', '--quiet', '--force'], cwd, env, input });
  settle(registry);
}

/** What `git fast-import` reads. The signatures are those of the first: no look at a state that was admitted asks for them. */
function copiesOf({ directory: cwd, env, models }: BenchRegistry, first: string): string {
  const git = (...words: readonly string[]): string => runCommand({ words: ['git', ...words], cwd, env });
  const folders = [stageDirectory(first, STAGE), dirname(versionPath(first, 'v2'))];
  const since = new Date(Date.now() - AGE_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  const files = git('ls-tree', '-r', '--name-only', 'HEAD', '--', ...folders)
    .trim()
    .split('\n')
    .map((path) => [path, git('show', `HEAD:${path}`).replace(/since: "[^"]*"/, `since: "${since}"`)] as const);
  const seconds = String(Math.floor(Date.parse(since) / 1000));
  return models
    .map((model, index) => {
      const renamed = (text: string): string =>
        text.replaceAll(first, model).replaceAll(kubernetesName(first, STAGE), kubernetesName(model, STAGE));
      const edits = files.map(([path, text]) => {
        const bytes = Buffer.from(renamed(text));
        return `M 100644 inline ${renamed(path)}\ndata ${String(bytes.length)}\n${bytes.toString()}\n`;
      });
      const from = index === 0 ? `from ${git('rev-parse', BRANCH).trim()}\n` : '';
      const head = `commit ${BRANCH}\ncommitter Bench <bench@example.org> ${seconds} +0000\ndata 0\n${from}`;
      return `${head}${edits.join('')}\n`;
    })
    .join('');
}

/** A program of its own: while a look is timed this one stands still. */
const SERVER = `
  require('node:http').createServer((request, response) => {
    const asked = new URL(request.url, 'http://here').searchParams;
    const [since, until] = [Date.parse(asked.get('since')), Date.parse(asked.get('until'))];
    const points = [];
    for (let at = since + 30000; at <= until; at += 30000) {
      points.push({ at: new Date(at).toISOString(), p95: 60, n: 1000, clicks: 50 });
    }
    response.end(JSON.stringify({ points }));
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

async function serveMetrics(): Promise<{ readonly server: ChildProcess; readonly url: string }> {
  const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<string>((done) => {
    server.stdout.once('data', (bytes: Buffer) => {
      done(bytes.toString().trim());
    });
  });
  return { server, url: `http://127.0.0.1:${port}` };
}
