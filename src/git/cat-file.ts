import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { MregError, assert } from '../documents/error.ts';
import { type AnswerReader, readAnswers } from './cat-file-answers.ts';
import type { ObjectInfo, StoredObject } from './stored-object.ts';
import { escapeControl, type GitPlace, runGit, spawnGit, startError } from './git-process.ts';

/** One long-lived `git cat-file`: many requests in flight, answers in their order. Undefined: no such object. */
export interface CatFile {
  info(name: string): Promise<ObjectInfo | undefined>;
  contents(name: string, maxBytes: number): Promise<StoredObject | undefined>;
  close(): Promise<void>;
}

interface Request {
  readonly verb: 'info' | 'contents';
  readonly name: string;
  readonly maxBytes: number;
  readonly resolve: (answer: StoredObject | undefined) => void;
  readonly reject: (reason: Error) => void;
}

interface Session {
  readonly child: ChildProcess;
  readonly answers: AnswerReader;
  stderr: string;
}

const MAX_STDERR = 4096;
const USAGE_EXIT = 129;
const FATAL_EXIT = 128;
/** Git dies alike of a damaged object and of a system that denies it one; only its words tell them apart. */
const OF_THE_SYSTEM =
  /no space left on device|disk quota exceeded|read-only file system|input\/output error|too many open files|cannot allocate memory|permission denied|out of memory/i;

/** Returns a reader that starts git at the first request and again after `close`, or after git died of a bad object. */
export function openCatFile(place: GitPlace): CatFile {
  const pending: Request[] = [];
  let session: Session | undefined;
  let unsent: Request[] = [];

  function ask(verb: Request['verb'], name: string, maxBytes: number): Promise<StoredObject | undefined> {
    // A line feed in a name would be a second request, and every answer after it would belong to another question.
    assert(!/[\n\0]/.test(name), 'an object name holds no line feed');
    return new Promise((resolve, reject) => {
      enqueue({ verb, name, maxBytes, resolve, reject });
    });
  }

  function enqueue(request: Request): void {
    pending.push(request);
    unsent.push(request);
    // All requests of one turn go out in one write, and git answers them in one.
    if (unsent.length === 1) setImmediate(send);
  }

  function send(): void {
    const lines = unsent.map((request) => `${request.verb} ${request.name}\n`);
    unsent = [];
    if (lines.length === 0) return;
    session ??= start();
    keepAlive(session.child, true);
    session.child.stdin?.write(`${lines.join('')}flush\n`);
  }

  function start(): Session {
    const child = spawnGit(place, ['cat-file', '--batch-command', '--buffer']);
    const answers = readAnswers({ question: () => pending[0], answer: settle });
    const started: Session = { child, answers, stderr: '' };
    child.stdout?.on('data', (chunk: Buffer) => {
      answers.push(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      started.stderr = (started.stderr + chunk.toString('utf8')).slice(-MAX_STDERR);
    });
    // Writing to a dead git is EPIPE; 'close' tells why it died.
    child.stdin?.on('error', () => undefined);
    child.once('error', (error) => {
      failAll(started, startError(error, place));
    });
    child.once('close', (exitCode) => void ended(started, exitCode));
    return started;
  }

  function settle(found: StoredObject | undefined): void {
    pending.shift()?.resolve(found);
    if (pending.length === 0 && session) keepAlive(session.child, false);
  }

  function failAll(from: Session, error: Error): void {
    if (session === from) session = undefined;
    unsent = [];
    for (const request of pending.splice(0)) request.reject(error);
  }

  /** Git dies of a damaged object: that request fails, those behind it are asked again. */
  async function ended(from: Session, exitCode: number | null): Promise<void> {
    if (session !== from) return;
    session = undefined;
    if (exitCode === USAGE_EXIT) {
      failAll(from, await tooOld(place));
      return;
    }
    const culprit = pending.shift();
    culprit?.reject(deathOf(culprit, exitCode, from.stderr));
    unsent = [...pending];
    send();
  }

  async function close(): Promise<void> {
    const closing = session;
    session = undefined;
    for (const request of pending.splice(0)) request.reject(new MregError('interrupted', 'the repository was closed'));
    unsent = [];
    if (!closing) return;
    keepAlive(closing.child, true);
    await new Promise((resolve) => {
      closing.child.once('close', resolve);
      closing.child.stdin?.end();
    });
  }

  return {
    info: (name) => ask('info', name, 0),
    contents: (name, maxBytes) => ask('contents', name, maxBytes),
    close,
  };
}

/** An idle git must not keep the program alive; one that owes an answer must. */
function keepAlive(child: ChildProcess, needed: boolean): void {
  const handles = [child, child.stdin, child.stdout, child.stderr];
  for (const handle of handles) {
    if (handle !== child && !(handle instanceof Socket)) continue;
    if (needed) handle.ref();
    else handle.unref();
  }
}

function deathOf(request: Request, exitCode: number | null, stderr: string): MregError {
  const said = escapeControl(stderr).trim();
  if (exitCode !== FATAL_EXIT || OF_THE_SYSTEM.test(said)) {
    return new MregError('git-failed', `git cat-file ended (${String(exitCode)}) while reading: ${said}`);
  }
  const hint = 'run `git fsck --full`; fetch or restore the damaged object from another clone';
  return new MregError('integrity', `git cannot read the object ${request.name}: ${said}`, { hint });
}

async function tooOld(place: GitPlace): Promise<MregError> {
  const { stdout } = await runGit(place, ['version']);
  const found = stdout.toString('utf8').trim();
  return new MregError('no-git', `git 2.36 or newer is needed, found ${found}`, { hint: 'upgrade git' });
}
