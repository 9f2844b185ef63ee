import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Outside } from './commands/outside.ts';
import { run } from './commands/run.ts';
import { endAfter } from './doors/watchdog.ts';
import { initRepository } from './git/init-repository.ts';
import { openRepository } from './git/open-repository.ts';
import { askTerminal } from './keys/ask-terminal.ts';
import { findSigner } from './keys/find-signer.ts';

declare const MREG_VERSION: string | undefined;

/** Returns the world as it is: the only place that picks adapters. */
function realOutside(): Outside {
  const { env } = process;
  const interruption = new AbortController();
  process.once('SIGINT', () => {
    interruption.abort();
  });
  // A service manager ends what watches like a person does; what does not listen for it ends a little later all the same.
  process.once('SIGTERM', () => {
    interruption.abort();
    setTimeout(() => {
      process.exit(EXIT_OF_SIGTERM);
    }, PATIENCE_MS).unref();
  });
  const home = env['HOME'] ?? homedir();
  const ask = process.stdin.isTTY && process.stderr.isTTY ? askTerminal : undefined;
  return {
    version: typeof MREG_VERSION === 'undefined' ? '0.0.0-dev' : MREG_VERSION,
    cwd: process.cwd(),
    env,
    home,
    now: () => new Date(),
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    columns: columnsOf(process.stdout) ?? columnsOf(process.stderr) ?? 80,
    stdoutIsTerminal: process.stdout.isTTY,
    stderrIsTerminal: process.stderr.isTTY,
    unicode: speaksUnicode(env),
    ask,
    stdin: readStdin,
    endAfter,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    pause: (milliseconds) => pauseUnless(milliseconds, interruption.signal),
    interrupted: interruption.signal,
    selfCommand: [process.execPath, realpathSync(process.argv[1] ?? fileURLToPath(import.meta.url))],
    initRepository: (directory, options) => initRepository(directory, { ...options, env }),
    openRepository: (directory) => openRepository({ directory, env }),
    readPack,
    findSigner: openOnce((wish) =>
      findSigner({
        ...wish,
        env,
        home,
        ...(ask === undefined ? {} : { askPassphrase: (what) => ask(passphraseFor(what)) }),
      }),
    ),
  };
}

/** As shells tell it: 128 and the number of the signal. */
const EXIT_OF_SIGTERM = 143;
/** Less than service managers wait before they kill. */
const PATIENCE_MS = 5_000;

/** Waits, or ends the wait when the user interrupts: whoever waits looks at the signal anyway. */
async function pauseUnless(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** A command asks for its key at every try; a person is asked for the passphrase once. */
function openOnce(find: Outside['findSigner']): Outside['findSigner'] {
  const opened = new Map<string | undefined, ReturnType<Outside['findSigner']>>();
  return (wish) => {
    const signer = opened.get(wish.key) ?? find(wish);
    opened.set(wish.key, signer);
    return signer;
  };
}

function passphraseFor(what: string): Parameters<NonNullable<Outside['ask']>>[0] {
  return { text: `Passphrase for ${what}: `, hidden: true };
}

/** A pipe has no columns, whatever the types say. */
function columnsOf(stream: { readonly columns?: number }): number | undefined {
  return stream.columns;
}

function speaksUnicode(env: NodeJS.ProcessEnv): boolean {
  const locale = env['LC_ALL'] ?? env['LC_CTYPE'] ?? env['LANG'] ?? '';
  return process.platform === 'win32' || /utf-?8/i.test(locale);
}

async function readStdin(maxBytes = Infinity): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    const bytes = chunk as Uint8Array; // a stream without encoding yields bytes
    chunks.push(bytes);
    size += bytes.length;
    if (size > maxBytes) break;
  }
  return Buffer.concat(chunks);
}

/** The packs lie in the package, beside the folder that this file (or the bundle) is in. */
async function readPack(name: string): Promise<Uint8Array | undefined> {
  if (!/^[a-z0-9-]+$/.test(name)) return undefined;
  return readFile(new URL(`../policies/${name}.yaml`, import.meta.url)).catch(() => undefined);
}

let answer: number | undefined;

/** A reader that goes away (`mreg log | head`) is no failure of ours. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(answer ?? 0);
  throw error;
});

/** Runs the command line that the process was started with, and sets the process's exit code. */
export async function main(): Promise<void> {
  // A hook that ends in a way nobody planned must refuse: until there is an answer, it is no.
  process.exitCode = 1;
  answer = await run(realOutside(), process.argv.slice(2));
  process.exitCode = answer;
}
