import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DockerRegistry, isInstalled, startDockerRegistry } from '../test/support/docker-registry.ts';
import { startS3Server } from '../test/support/s3-server.ts';
import type { Row } from './measurements.ts';
import { type Command, runCommand, timeCommand } from './timing.ts';
import { type Bench, makeBench, MOST_MIB, writeNoise } from './watched.ts';

/** The reading and hashing of mreg is at least this part of `openssl dgst -sha256`. */
const LEAST_RATE = 0.85;
/** How much slower than a copy, and the sums of the copy afterwards. */
const MOST_TIMES_COPY = 1.3;

/** What is stored in each round: one large file, and a folder of small ones. */
export interface ArtifactSize {
  readonly sizeMiB: number;
  readonly smallFiles: number;
  readonly rounds: number;
  /** False where it is so little that starting the program takes longer: then only memory has a bound. */
  readonly isJudged: boolean;
}

/** Hashing and storing in the local store against the programs that only do that, in turns; memory of every store. */
export async function measureArtifacts(home: string, size: ArtifactSize): Promise<readonly Row[]> {
  const store = pathToFileURL(join(home, 'store')).href;
  const bench = await makeBench({ home, name: 'artifacts', store });
  const large = writeNoise(join(home, 'weights'), size.sizeMiB);
  return [
    ...measureHashing(bench, large, size),
    ...measureCopying(bench, size, { what: `one file of ${String(size.sizeMiB)} MiB`, source: () => large }),
    ...measureCopying(bench, size, {
      what: `${String(size.smallFiles)} small files`,
      source: (round) => writeSmall(join(home, `small-${String(round)}`), size.smallFiles),
    }),
    ...(await measureRemoteMemory(home, large)),
  ];
}

/** Both on one processor, where `taskset` can say so: reading beside hashing would be no rate of hashing. */
function measureHashing(bench: Bench, file: string, { rounds, isJudged }: ArtifactSize): readonly Row[] {
  const one = hasTaskset() ? ['taskset', '-c', '0'] : [];
  const ours = bench.command(['artifact', 'push', file, '--dry-run'], one);
  const [program, ...rest] = [...one, 'openssl', 'dgst', '-sha256', file];
  const theirs: Command = { words: [program, ...rest], cwd: ours.cwd, env: ours.env };
  const seen = { ours: [] as number[], theirs: [] as number[] };
  timeCommand(theirs);
  for (let round = 0; round < rounds; round += 1) {
    seen.theirs.push(timeCommand(theirs));
    seen.ours.push(timeCommand(ours));
  }
  const times = seen.ours.map((ms, round) => ms / (seen.theirs[round] ?? Number.NaN));
  return [
    { what: 'openssl dgst -sha256', values: seen.theirs, unit: 'ms' },
    { what: 'mreg artifact push --dry-run, one core', values: seen.ours, unit: 'ms' },
    { what: 'hashing: mreg ÷ openssl', values: times, unit: '×', ...(isJudged ? { atMost: 1 / LEAST_RATE } : {}) },
  ];
}

function hasTaskset(): boolean {
  try {
    runCommand({ words: ['taskset', '-c', '0', 'true'], cwd: '.', env: process.env });
    return true;
  } catch {
    return false;
  }
}

/** Nothing is removed between the rounds: a file system is slow to give inodes again that it has just taken back. */
function measureCopying(
  bench: Bench,
  { rounds, isJudged }: ArtifactSize,
  { what, source }: { readonly what: string; readonly source: (round: number) => string },
): readonly Row[] {
  const seen = { copy: [] as number[], ours: [] as number[], peak: [] as number[] };
  const stores = join(bench.command([]).cwd, '..', 'store');
  for (let round = 0; round < rounds; round += 1) {
    const from = source(round);
    // Else whoever comes first would also wait for what was just written here.
    runCommand({ words: ['sync', '-f', from], cwd: '/', env: process.env });
    seen.copy.push(timeCopy(bench, from, `${from}-copy-${String(round)}`));
    const made = bench.mreg(['artifact', 'push', from]);
    seen.ours.push(made.ms);
    seen.peak.push(made.peakMiB);
    // The next round must find nothing stored.
    runCommand({
      words: ['mv', stores, `${stores}-${what.replaceAll(' ', '-')}-${String(round)}`],
      cwd: '/',
      env: process.env,
    });
  }
  const times = seen.ours.map((ms, round) => ms / (seen.copy[round] ?? Number.NaN));
  return [
    { what: `cp, sync -f, sha256sum: ${what}`, values: seen.copy, unit: 'ms' },
    { what: `mreg artifact push: ${what}`, values: seen.ours, unit: 'ms' },
    {
      what: `push ÷ copy and sums: ${what}`,
      values: times,
      unit: '×',
      ...(isJudged ? { atMost: MOST_TIMES_COPY } : {}),
    },
    { what: `memory of push: ${what}`, values: seen.peak, unit: 'MiB', atMost: MOST_MIB },
  ];
}

/** As durable as what mreg does, which says that something is stored only once it is on the disk. */
function timeCopy(bench: Bench, from: string, to: string): number {
  const script = 'cp -r "$1" "$2" && sync -f "$2" && find "$2" -type f -print0 | xargs -0 sha256sum > /dev/null';
  const { cwd, env } = bench.command([]);
  return timeCommand({ words: ['sh', '-c', script, 'sh', from, to], cwd, env });
}

function writeSmall(folder: string, count: number): string {
  for (let index = 0; index < count; index += 1) {
    const within = join(folder, String(index % 100));
    if (index < 100) mkdirSync(within, { recursive: true });
    writeFileSync(join(within, String(index)), randomBytes(1024 + ((index * 37) % 7168)));
  }
  return folder;
}

async function measureRemoteMemory(home: string, file: string): Promise<readonly Row[]> {
  const rows = [await measureBucketMemory(home, file)];
  if (isInstalled('docker-registry')) rows.push(await measureImageMemory(home, file));
  return rows;
}

async function measureBucketMemory(home: string, file: string): Promise<Row> {
  const server = await startS3Server(join(home, 'buckets'), 'full');
  try {
    await server.makeBucket('bench');
    const bench = await makeBench({ home, name: 'bucket', store: 's3://bench/models', env: server.env });
    return await peakOf(bench, { home, file, name: 'S3' });
  } finally {
    await server.stop();
  }
}

async function measureImageMemory(home: string, file: string): Promise<Row> {
  const registry: DockerRegistry = await startDockerRegistry();
  try {
    const bench = await makeBench({ home, name: 'images', store: `oci://${registry.host}/bench` });
    return await peakOf(bench, { home, file, name: 'OCI' });
  } finally {
    await registry.stop();
  }
}

async function peakOf(
  bench: Bench,
  { home, file, name }: { readonly home: string; readonly file: string; readonly name: string },
): Promise<Row> {
  const out = join(home, 'pulled');
  const pushed = await bench.peakBeside(['register', 'fraud', file]);
  const pulled = await bench.peakBeside(['artifact', 'pull', 'fraud@v1', '--out', out]);
  rmSync(out, { recursive: true });
  return { what: `memory of register and pull, ${name}`, values: [pushed, pulled], unit: 'MiB', atMost: MOST_MIB };
}
