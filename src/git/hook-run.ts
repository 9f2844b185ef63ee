import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeControl } from './git-process.ts';

/** How a hook answered: its exit code (undefined where it could not be started or did not end) and what it printed. */
export interface HookAnswer {
  readonly exitCode: number | undefined;
  readonly text: string;
}

/** A room for new objects beside a repository, as git gives one to the hooks of a push: what is in it never gets out. */
export interface Quarantine {
  readonly objects: string;
  readonly env: NodeJS.ProcessEnv;
}

const MAX_TEXT_BYTES = 64 * 1024;

/** Runs `work` with a quarantine for a repository's objects, and removes it. git itself refuses to move refs from inside one. */
export async function inQuarantine<T>(
  commonDir: string,
  env: NodeJS.ProcessEnv,
  work: (quarantine: Quarantine) => Promise<T>,
): Promise<T> {
  const objects = await mkdtemp(join(tmpdir(), 'mreg-probe-'));
  const added = { GIT_OBJECT_DIRECTORY: objects, GIT_ALTERNATE_OBJECT_DIRECTORIES: join(commonDir, 'objects') };
  try {
    return await work({ objects, env: { ...env, ...added, GIT_QUARANTINE_PATH: objects } });
  } finally {
    await rm(objects, { recursive: true, force: true });
  }
}

/** Runs a hook file as git runs it for a push: in the repository, with its lines on standard input. Nothing is pushed. */
export function runHook(
  path: string,
  call: {
    readonly gitDir: string;
    readonly env: NodeJS.ProcessEnv;
    readonly input: string;
    readonly timeoutMs: number;
  },
): Promise<HookAnswer> {
  const { gitDir, env, input, timeoutMs } = call;
  return new Promise((resolve) => {
    const child = spawn(path, [], { cwd: gitDir, env: { ...env, GIT_DIR: '.' }, timeout: timeoutMs });
    let text = '';
    const take = (chunk: Buffer): void => {
      if (text.length < MAX_TEXT_BYTES) text += chunk.toString('utf8');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    // A hook that reads nothing closes the pipe: its exit code tells the story.
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => {
      resolve({ exitCode: undefined, text: error.message });
    });
    child.once('close', (exitCode) => {
      resolve({ exitCode: exitCode ?? undefined, text: escapeControl(text).trim() });
    });
    child.stdin.end(input);
  });
}
