import { setTimeout as pause } from 'node:timers/promises';
import { MregError } from '../documents/error.ts';
import { type GitPlace, type GitResult, runGit } from './git-process.ts';
import type { PushMove, PushResult } from './port.ts';
import { hasStumbled, type PushLine, parsePushReport, remoteText } from './push-report.ts';

/** A push may upload and a server's hook may judge a long history; a dead peer must still end. */
const NETWORK_TIMEOUT_MS = 600_000;
const FAILED = [1, 128];
/** `git gc` on the server is in the way for milliseconds; what stays in the way must be told soon. */
const PUSHES = 4;
const LONGEST_PAUSE_MS = 250;

/** Fetches `refspecs`, pruning what is gone at the remote. */
export async function fetchRefs(place: GitPlace, remote: string, refspecs: readonly string[]): Promise<PushResult> {
  checkRemote(remote);
  for (const refspec of refspecs) checkRefspec(refspec);
  const flags = ['--quiet', '--no-tags', '--prune', '--no-recurse-submodules', '--no-write-fetch-head'];
  const result = await network(place, ['fetch', ...flags, '--end-of-options', remote, ...refspecs]);
  if (result.exitCode === 0) return { state: 'ok' };
  // 1: reached, but a ref could not be moved here; 128: anything else, so the remote is asked whether it is there.
  if (result.exitCode === 1) return { state: 'moved', text: result.stderr };
  const isThere = (await remoteRefs(place, remote, [])) !== undefined;
  return { state: isThere ? 'refused' : 'unreachable', text: result.stderr };
}

/** Pushes all `moves` or none; again where git on the other side stumbled over its own housekeeping. */
export async function pushRefs(place: GitPlace, remote: string, moves: readonly PushMove[]): Promise<PushResult> {
  for (let pushes = 1; ; pushes += 1) {
    const { result, isPassing } = await pushOnce(place, remote, moves);
    if (result.state !== 'refused' || !isPassing || pushes === PUSHES) return result;
    await pause(LONGEST_PAUSE_MS * Math.random());
  }
}

/** `isPassing`: what refused it may be gone a moment later. */
interface OnePush {
  readonly result: PushResult;
  readonly isPassing: boolean;
}

async function pushOnce(place: GitPlace, remote: string, moves: readonly PushMove[]): Promise<OnePush> {
  checkRemote(remote);
  const refspecs = moves.map((move) => `${move.new ?? ''}:${move.ref}`);
  for (const refspec of refspecs) checkRefspec(refspec);
  const flags = [
    '--porcelain',
    '--no-follow-tags',
    '--recurse-submodules=no',
    ...(moves.length > 1 ? ['--atomic'] : []),
  ];
  const result = await network(place, ['push', ...flags, ...leases(moves), '--end-of-options', remote, ...refspecs]);
  if (result.exitCode === 0) return { result: { state: 'ok' }, isPassing: false };
  const lines = parsePushReport(result.stdout.toString('utf8'));
  return { result: await explainPush({ place, remote, moves, result, lines }), isPassing: hasStumbled(lines) };
}

function leases(moves: readonly PushMove[]): readonly string[] {
  const leased = moves.filter((move) => Object.hasOwn(move, 'old'));
  return leased.map((move) => `--force-with-lease=${move.ref}:${move.old ?? ''}`);
}

interface FailedPush {
  readonly place: GitPlace;
  readonly remote: string;
  readonly moves: readonly PushMove[];
  readonly result: GitResult;
  readonly lines: readonly PushLine[];
}

async function explainPush(failed: FailedPush): Promise<PushResult> {
  const { result, lines } = failed;
  const text = remoteText(result.stderr, lines);
  // Decided on this side, from what the remote showed first: it has moved on.
  if (lines.some((line) => line.state === 'rejected')) return { state: 'moved', text };
  // 1 without any report is the user's own pre-push hook.
  if (lines.length === 0 && result.exitCode === 1) return { state: 'refused', text };
  const now = await remoteRefs(
    failed.place,
    failed.remote,
    failed.moves.map((move) => move.ref),
  );
  if (now === undefined) return { state: 'unreachable', text };
  // The push had arrived and only its answer was lost.
  if (failed.moves.every((move) => now.get(move.ref) === move.new)) return { state: 'ok' };
  if (!lines.some((line) => line.state === 'remote-rejected')) return { state: 'unreachable', text };
  return (await hasMovedOn(failed, now)) ? { state: 'moved', text } : { state: 'refused', text };
}

/** A server refuses a lost race in the same words as a rule; where its refs stand now tells them apart. */
async function hasMovedOn(failed: FailedPush, now: ReadonlyMap<string, string>): Promise<boolean> {
  for (const move of failed.moves) {
    const there = now.get(move.ref);
    if (Object.hasOwn(move, 'old') ? there !== move.old : !(await isBehind(failed.place, there, move.new))) return true;
  }
  return false;
}

async function isBehind(place: GitPlace, there: string | undefined, pushed: string | undefined): Promise<boolean> {
  if (there === undefined || pushed === undefined) return true;
  const args = ['merge-base', '--is-ancestor', '--end-of-options', there, pushed];
  // 128: an object that is not here, so somebody else made it.
  return (await runGit(place, args, { accept: [0, 1, 128] })).exitCode === 0;
}

/** Returns where the remote's `refs` stand, or undefined when it cannot be asked. */
async function remoteRefs(
  place: GitPlace,
  remote: string,
  refs: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const result = await network(place, ['ls-remote', '--refs', '--end-of-options', remote, ...refs]);
  if (result.exitCode !== 0) return undefined;
  const lines = result.stdout.toString('utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
}

/** A peer that hangs is as unreachable as one that is not there. */
async function network(place: GitPlace, args: readonly string[]): Promise<GitResult> {
  try {
    return await runGit(place, args, { accept: [0, ...FAILED], timeoutMs: NETWORK_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof MregError) || error.code !== 'git-failed') throw error;
    return { exitCode: 128, stdout: Buffer.alloc(0), stderr: error.message };
  }
}

/** `--upload-pack=…` as a remote would run a program, and so would a transport helper (`ext::…`). */
function checkRemote(remote: string): void {
  // eslint-disable-next-line no-control-regex -- control characters are what this refuses
  const isSafe = /^[^-\s\u0000-\u001f][^\u0000-\u001f]*$/.test(remote) && !/^[A-Za-z0-9+.-]+::/.test(remote);
  if (isSafe) return;
  throw new MregError('usage', `${JSON.stringify(remote)} is no remote`, {
    hint: 'name a remote from `git remote -v`',
  });
}

function checkRefspec(refspec: string): void {
  if (/^\+?([0-9a-f]{40}|refs\/[^\s:]+)?:refs\/[^\s:]+$/.test(refspec)) return;
  throw new MregError('usage', `${JSON.stringify(refspec)} is no refspec between full ref names`);
}
