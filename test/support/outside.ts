import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Outside } from '../../src/commands/outside.ts';
import { initRepository } from '../../src/git/init-repository.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import { findSigner } from '../../src/keys/find-signer.ts';

/** The bundle, as hooks made by a test call it. */
export const BUNDLE = resolve('bin/mreg.mjs');

/** What a test decides about the world; the rest is real, away from the user's home and configuration. */
export interface World {
  readonly cwd: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** The clock; the machine's own when absent. */
  readonly now?: () => Date;
  readonly stdin?: string | Uint8Array;
  /** What a person at the terminal answers; nobody is there when absent. */
  readonly answers?: readonly string[];
  /** Whether progress is drawn. */
  readonly terminal?: boolean;
  /** The user's Ctrl-C. */
  readonly interrupted?: AbortSignal;
}

/** What was printed. */
export interface Printed {
  stdout: string;
  stderr: string;
}

/** Returns a world for `run()` that collects what is printed: no terminal, no colour, real files and real git. */
export function testOutside(world: World): { readonly outside: Outside; readonly printed: Printed } {
  const printed: Printed = { stdout: '', stderr: '' };
  const answers = [...(world.answers ?? [])];
  const outside: Outside = {
    cwd: world.cwd,
    home: world.home,
    env: world.env,
    now: world.now ?? (() => new Date()),
    stdout: (text) => void (printed.stdout += text),
    stderr: (text) => void (printed.stderr += text),
    version: '0.0.0-test',
    columns: 100,
    stdoutIsTerminal: false,
    stderrIsTerminal: world.terminal ?? false,
    unicode: true,
    ask: world.answers === undefined ? undefined : () => Promise.resolve(answers.shift()),
    stdin: () => Promise.resolve(Buffer.from(world.stdin ?? '')),
    endAfter: () => undefined,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    pause: () => new Promise((done) => void setImmediate(done)),
    interrupted: world.interrupted ?? new AbortController().signal,
    initRepository: (directory, options) => initRepository(directory, { ...options, env: world.env }),
    readPack: (name) => readFile(resolve('policies', `${name}.yaml`)).catch(() => undefined),
    selfCommand: [process.execPath, BUNDLE],
    openRepository: (directory) => openRepository({ directory, env: world.env }),
    findSigner: (wish) => findSigner({ ...wish, env: world.env, home: world.home }),
  };
  return { outside, printed };
}
