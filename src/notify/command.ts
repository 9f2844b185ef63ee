import { spawn } from 'node:child_process';
import type { NotifyTarget } from '../documents/kinds/notifications.ts';
import { Untold } from './failure.ts';
import { eventJson, oneLine } from './message.ts';
import type { NotifyWorld, RolloutEvent } from './port.ts';

/** Tells a program: the event is JSON on its standard input. It is run as it is named, by no shell. */
export async function tellCommand(
  event: RolloutEvent,
  target: NotifyTarget,
  { world, signal }: { readonly world: NotifyWorld; readonly signal: AbortSignal },
): Promise<void> {
  const [program = '', ...words] = target.command ?? [];
  // A group of its own, so that what it starts ends with it.
  const child = spawn(program, words, {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: world.env,
    detached: true,
    shell: false,
  });
  const said: string[] = [];
  child.stderr.on('data', (data: Buffer) => {
    if (said.length < 10) said.push(data.toString('utf8'));
  });
  // A program need not read what it is told.
  child.stdin.on('error', () => undefined);
  child.stdin.end(eventJson(event));
  const stop = (): void => {
    endGroup(child.pid);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    const end = await new Promise<string | number>((done) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        done(error.code ?? 'failed');
      });
      // Not `close`: what it left behind may hold the pipe open.
      child.once('exit', (code, killed) => {
        done(code ?? killed ?? 'failed');
      });
    });
    if (end !== 0) throw new Untold(`${program} ended with ${String(end)}${wordsOf(said)}`);
  } finally {
    signal.removeEventListener('abort', stop);
    child.stderr.destroy();
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function wordsOf(said: readonly string[]): string {
  const text = oneLine(said.join('')).slice(0, 200);
  return text === '' ? '' : `: ${text}`;
}
