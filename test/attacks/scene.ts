import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { formatPrivateKey, KEY_FILE_RANDOM_BYTES } from '../../src/signing/openssh-key.ts';
import { expectFsckClean, git, GIT_ENV, type RunOptions } from '../support/git.ts';
import { BUNDLE } from '../support/outside.ts';
import type { Person } from '../support/people.ts';
import type { Outcome } from '../support/registry.ts';
import { storyUpTo, type Story } from '../support/story.ts';
import { idOf, keyLineOf, signerOf, type World } from '../support/world.ts';

/** A registry of a team behind the real door, and the workshop of whoever attacks it. */
export interface Scene {
  /** Where everything lies; removed by `leave`. */
  readonly home: string;
  readonly world: World;
  /** The honest history, as commits in memory: attacks are made there, with any key and any bytes. */
  readonly story: Story;
  /** When the honest history happened: a few hours ago by the clock of this machine. */
  readonly then: Date;
  /** A bare repository made by `mreg init --server`. */
  readonly server: string;
  /** The same with git's own check of objects switched off, as on a server that somebody set up by hand. */
  readonly lenient: string;
  /** A bare repository of the attacker, from which stock git pushes. */
  readonly workshop: string;
  leave(): void;
}

/** The servers of a scene. */
export type ServerName = 'server' | 'lenient';

const HOUR_MS = 60 * 60 * 1000;

/** Makes the honest history and both servers, with mreg itself; on which commit they stand, `stand` decides. */
export async function makeScene(): Promise<Scene> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'mreg-attack-')));
  const then = new Date(Math.floor(Date.now() / 1000) * 1000 - 3 * HOUR_MS);
  const story = await storyUpTo('rolling', { root: (spec) => ({ ...spec, expires: '2099-01-01T00:00:00Z' }) }, then);
  const [server, lenient, workshop] = [join(home, 'server.git'), join(home, 'lenient.git'), join(home, 'workshop.git')];
  const made = mregIn(home, ['init', '--server', server, '--root', String(story.world.pinnedRoot)]);
  if (made.code !== 0) throw new Error(`mreg init --server: ${made.stderr}`);
  cpSync(server, lenient, { recursive: true });
  git(lenient, ['config', 'receive.fsckObjects', 'false']);
  git(home, ['init', '--quiet', '--bare', '--initial-branch=main', workshop]);
  const leave = (): void => {
    // Whatever was tried, what stands there is sound.
    expectFsckClean(server);
    rmSync(home, { recursive: true, force: true });
  };
  return { home, world: story.world, story, then, server, lenient, workshop, leave };
}

/** Runs the bundle as a process of its own. */
export function mregIn(directory: string, args: readonly string[], options: RunOptions = {}): Outcome {
  return run(process.execPath, [BUNDLE, ...args], directory, options);
}

/** Runs stock git and returns how it ended. */
export function tryGit(directory: string, args: readonly string[], options: RunOptions = {}): Outcome {
  return run('git', args, directory, options);
}

function run(program: string, args: readonly string[], cwd: string, { env, input }: RunOptions): Outcome {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env: { ...GIT_ENV, ...env },
    input: input ?? '',
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status ?? -1, stdout, stderr };
}

/** Puts a commit of the honest history on a server's branch, as its administrator could: nothing is judged. */
export function stand(scene: Scene, server: string, commit: string): void {
  if (tipOf(server) === commit) return;
  keepInWorkshop(scene);
  git(scene.workshop, ['update-ref', 'refs/heads/stand', commit]);
  git(server, ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', scene.workshop, '+stand:refs/heads/main']);
}

function tipOf(server: string): string {
  return git(server, ['for-each-ref', '--format=%(objectname)', 'refs/heads/main']);
}

/** Writes what was made in memory into the workshop, exactly as it is. */
export function keepInWorkshop({ world, workshop }: Scene): void {
  for (const [oid, { type, bytes }] of world.repository.objects) {
    const folder = join(workshop, 'objects', oid.slice(0, 2));
    const file = join(folder, oid.slice(2));
    if (existsSync(file)) continue;
    mkdirSync(folder, { recursive: true });
    const content = Buffer.concat([Buffer.from(`${type} ${String(bytes.length)}\0`), bytes]);
    writeFileSync(file, deflateSync(content, { level: 1 }));
  }
}

/** Writes the key of somebody of the world to a file, for git and mreg to sign with. */
export async function keyFileOf(scene: Scene, name: string): Promise<Person> {
  const keyFile = join(scene.home, `${name}.key`);
  if (!existsSync(keyFile)) {
    const seed = createHash('sha256').update(name).digest();
    const text = await formatPrivateKey(seed, name, { randomness: randomBytes(KEY_FILE_RANDOM_BYTES) });
    writeFileSync(keyFile, text, { mode: 0o600 });
    writeFileSync(`${keyFile}.pub`, `${keyLineOf(name)} ${name}\n`);
  }
  return { id: idOf(name), keyFile, publicLine: keyLineOf(name), signer: signerOf(name) };
}
