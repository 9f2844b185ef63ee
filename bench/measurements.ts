import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MREG, type BenchRegistry } from './registry.ts';
import { roundByRound, runCommand, timeCommand, timeInTurns, timesOf, type Times } from './timing.ts';

/** One line of the result: times, or how the times of two compare round by round. */
export interface Row {
  readonly what: string;
  readonly values: readonly number[];
  readonly unit: 'ms' | '×' | 'MiB';
  /** What the median may be at most; absent where the line is only there to compare with. */
  readonly atMost?: number;
}

/** The two registries that are compared. */
export interface Pair {
  readonly small: BenchRegistry;
  readonly large: BenchRegistry;
}

/** Starting the program, against starting node alone. */
export function measureStart(home: string, rounds: number): readonly Row[] {
  const at = { cwd: home, env: { PATH: process.env['PATH'], HOME: home } };
  const [bare, version] = ['node -e 0', 'mreg --version'];
  const times = timeInTurns(
    [
      { name: bare, run: () => timeCommand({ words: [process.execPath, '-e', '0'], ...at }) },
      { name: version, run: () => timeCommand({ words: [process.execPath, MREG, '--version'], ...at }) },
    ],
    rounds,
  );
  return [plain(times, bare), plain(times, version), ratio(times, [version, bare], 1.5)];
}

/** A promotion on both registries and, on the large one, a commit of the same files by git alone. */
export function measurePromote({ small, large }: Pair, rounds: number): readonly Row[] {
  const [inSmall, inLarge] = [`mreg promote, ${small.size.name}`, `mreg promote, ${large.size.name}`];
  const native = `git commit, ${large.size.name}`;
  const clone = cloneOf(large);
  const times = timeInTurns(
    [
      { name: inSmall, run: (round) => timeMreg(small, promotionOf(small, round)) },
      { name: inLarge, run: (round) => timeMreg(large, promotionOf(large, round)) },
      { name: native, run: () => timeNativeCommit(large, clone) },
    ],
    rounds,
  );
  return [
    ...[native, inSmall, inLarge].map((name) => plain(times, name)),
    ratio(times, [inLarge, native], 3),
    ratio(times, [inLarge, inSmall], 1.2),
  ];
}

function promotionOf({ models, newest }: BenchRegistry, round: number): readonly string[] {
  return ['promote', `${models[round] ?? ''}@${newest}`, '--to', 'staging'];
}

/** Git alone: the files of the last promotion are put there and staged beforehand, so that only the commit is timed. */
function timeNativeCommit({ directory, env }: BenchRegistry, clone: string): number {
  const listed = runCommand({ words: ['git', 'diff', '--name-only', 'HEAD~1', 'HEAD'], cwd: directory, env });
  const paths = listed.split('\n').filter(Boolean);
  for (const path of paths) cpSync(join(directory, path), join(clone, path));
  runCommand({ words: ['git', 'add', '--', ...paths], cwd: clone, env });
  return timeCommand({ words: ['git', 'commit', '--quiet', '--message', 'Promote'], cwd: clone, env });
}

function cloneOf({ directory, home, env }: BenchRegistry): string {
  const clone = join(home, 'native');
  runCommand({ words: ['git', 'clone', '--quiet', directory, clone], cwd: home, env });
  runCommand({ words: ['git', 'status', '--porcelain'], cwd: clone, env });
  return clone;
}

/** Looking at one model, which changes nothing. */
export function measureLooking({ small, large }: Pair, rounds: number): readonly Row[] {
  const looks = [small, large].flatMap((registry) => {
    const model = registry.models.at(-1) ?? '';
    const check = ['check', `${model}@${registry.newest}`, '--to', 'staging'];
    return [
      { name: `mreg status <model>, ${registry.size.name}`, run: () => timeMreg(registry, ['status', model]) },
      { name: `mreg check, ${registry.size.name}`, run: () => timeMreg(registry, check) },
    ];
  });
  const times = timeInTurns(looks, rounds);
  return looks.map(({ name }) => ({ ...plain(times, name), ...(name.includes('status') ? { atMost: 250 } : {}) }));
}

/** Two bare repositories that are set up alike, but for the hook. */
export interface Servers {
  readonly hooked: string;
  readonly bare: string;
}

/** Makes the servers of a registry and brings both to where it is now. */
export function makeServers({ directory, home, env }: BenchRegistry): Servers {
  const servers = { hooked: join(home, 'hooked.git'), bare: join(home, 'bare.git') };
  for (const server of [servers.hooked, servers.bare]) {
    runCommand({ words: [process.execPath, MREG, 'init', '--server', server], cwd: directory, env });
    runCommand({ words: ['git', 'fetch', '--quiet', directory, 'main:main'], cwd: server, env });
  }
  rmSync(join(servers.bare, 'hooks', 'pre-receive'));
  return servers;
}

/** Pushes the last promotions, one in each round, to both servers. */
export function measurePush({ directory, env, size }: BenchRegistry, servers: Servers, rounds: number): readonly Row[] {
  const walk = ['rev-list', '--first-parent', `--max-count=${String(rounds)}`, 'main'];
  const commits = runCommand({ words: ['git', ...walk], cwd: directory, env })
    .trim()
    .split('\n')
    .reverse();
  const push = (server: string, round: number): number => {
    const refspec = `${commits[round] ?? ''}:refs/heads/main`;
    return timeCommand({ words: ['git', 'push', '--quiet', server, refspec], cwd: directory, env });
  };
  const [hooked, bare] = [`git push, with hook, ${size.name}`, `git push, without, ${size.name}`];
  const times = timeInTurns(
    [
      { name: bare, run: (round) => push(servers.bare, round) },
      { name: hooked, run: (round) => push(servers.hooked, round) },
    ],
    rounds,
  );
  return [plain(times, bare), plain(times, hooked), difference(times, [hooked, bare], 300)];
}

/** Returns how long a command takes on a registry. */
export function timeMreg({ directory, env, author }: BenchRegistry, words: readonly string[]): number {
  return timeCommand({
    words: [process.execPath, MREG, ...words, '--key', author.keyFile, '--yes'],
    cwd: directory,
    env,
  });
}

function plain(times: Times, name: string): Row {
  return { what: name, values: timesOf(times, name), unit: 'ms' };
}

function ratio(times: Times, [first, second]: readonly [string, string], atMost: number): Row {
  return {
    what: `${first} ÷ ${second}`,
    values: roundByRound(times, [first, second], (a, b) => a / b),
    unit: '×',
    atMost,
  };
}

function difference(times: Times, [first, second]: readonly [string, string], atMost: number): Row {
  return {
    what: `${first} − ${second}`,
    values: roundByRound(times, [first, second], (a, b) => a - b),
    unit: 'ms',
    atMost,
  };
}
