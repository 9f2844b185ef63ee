import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { devNull } from 'node:os';
import { MregError } from '../documents/error.ts';

/** Where git runs, and with which environment (`gitEnvironment` makes a safe one). */
export interface GitPlace {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How one call of git is fed and bounded. */
export interface GitOptions {
  readonly input?: Uint8Array | string;
  /** Exit codes that are an answer, not a failure; 0 alone when absent. */
  readonly accept?: readonly number[];
  readonly timeoutMs?: number;
  readonly maxStdoutBytes?: number;
}

/** How git ended and what it printed. */
export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** At most 64 KiB, control characters escaped. */
  readonly stderr: string;
}

const TIMEOUT_MS = 120_000;
const KILL_AFTER_MS = 5_000;
/** Room for the ids of 1,500,000 commits, or the index of 500,000 files. */
const MAX_STDOUT_BYTES = 64 * 1024 * 1024;
const MAX_STDERR_BYTES = 64 * 1024;

/** Config that every call carries. Signatures are never git's to judge, so nothing here names a gpg program. */
const SAFE_CONFIG = [
  // A transport helper is a command line in disguise (ext::sh -c …).
  ['protocol.ext.allow', 'never'],
  ['advice.graftFileDeprecated', 'false'],
  // A monitor is a program named by config; reading objects and refs needs none.
  ['core.fsmonitor', 'false'],
] as const;

/**
 * Returns `env` made safe and predictable for git: no prompts, English messages, no replace refs and no grafts (both
 * make git show other content than the object id names). A hook's quarantine and index variables are kept.
 */
export function gitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...env,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: devNull,
    GIT_ALLOW_PROTOCOL: env['GIT_ALLOW_PROTOCOL'] ?? 'file:git:http:https:ssh',
  };
}

/** Starts git with an argument array, never through a shell. */
export function spawnGit(place: GitPlace, args: readonly string[]): ChildProcess {
  const config = SAFE_CONFIG.flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  return spawn('git', [...config, ...args], { cwd: place.directory, env: place.env, windowsHide: true });
}

/** Runs git to its end. Throws MregError: no-git, or git-failed with what git said. */
export async function runGit(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const child = spawnGit(place, args);
  const result = await finished(child, { place, args, options });
  if ((options.accept ?? [0]).includes(result.exitCode)) return result;
  throw new MregError('git-failed', `git ${verbOf(args)} failed (exit ${String(result.exitCode)}): ${result.stderr}`, {
    cause: { args, exitCode: result.exitCode, stderr: result.stderr },
  });
}

/** What git said, without bytes that could steer a terminal. Keeps line ends and tabs. */
export function escapeControl(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this removes
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (found) => {
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Translates the error of starting git: git is missing, or the folder it should start in. */
export function startError(error: Error & { code?: string }, place: GitPlace): MregError {
  if (!existsSync(place.directory)) {
    return new MregError('not-a-registry', `${place.directory} does not exist`, {
      hint: 'check the path that -C names',
      cause: error,
    });
  }
  if (error.code === 'ENOENT' || error.code === 'EACCES') {
    const hint = 'install git 2.36 or newer and make sure that it is on the PATH';
    return new MregError('no-git', 'git cannot be started', { hint, cause: error });
  }
  return new MregError('git-failed', `git cannot be started: ${error.message}`, { cause: error });
}

interface Call {
  readonly place: GitPlace;
  readonly args: readonly string[];
  readonly options: GitOptions;
}

function finished(child: ChildProcess, call: Call): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const stdout = collect(child, 'stdout', call.options.maxStdoutBytes ?? MAX_STDOUT_BYTES);
    const stderr = collect(child, 'stderr', MAX_STDERR_BYTES);
    const timer = stopAfter(child, call.options.timeoutMs ?? TIMEOUT_MS);
    child.once('error', (error) => {
      timer.cancel();
      reject(startError(error, call.place));
    });
    child.once('close', (exitCode) => {
      timer.cancel();
      const failure = timer.fired() ? 'took too long' : stdout.overflown() ? 'answered with too much' : undefined;
      if (failure) reject(new MregError('git-failed', `git ${verbOf(call.args)} ${failure} and was stopped`));
      else resolve({ exitCode: exitCode ?? -1, stdout: stdout.bytes(), stderr: textOf(stderr.bytes()) });
    });
    // git may exit without reading everything (EPIPE); its exit code then tells the story.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(call.options.input ?? '');
  });
}

function collect(child: ChildProcess, name: 'stdout' | 'stderr', maxBytes: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  child[name]?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else if (name === 'stdout') child.kill();
  });
  return { bytes: () => Buffer.concat(chunks), overflown: () => size > maxBytes };
}

/** SIGTERM first: git then removes its lock files. */
function stopAfter(child: ChildProcess, timeoutMs: number) {
  let fired = false;
  let kill: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    fired = true;
    child.kill('SIGTERM');
    kill = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  }, timeoutMs);
  return {
    fired: () => fired,
    cancel: () => {
      clearTimeout(timer);
      clearTimeout(kill);
    },
  };
}

function textOf(stderr: Buffer): string {
  return escapeControl(stderr.toString('utf8')).trim();
}

function verbOf(args: readonly string[]): string {
  return args.find((arg) => !arg.startsWith('-')) ?? '';
}
