import { existsSync } from 'node:fs';
import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MregError, assert } from '../documents/error.ts';
import type { CatFile } from './cat-file.ts';
import { type GitPlace, runGit } from './git-process.ts';
import { diskError } from './loose-store.ts';
import { isOid, ZERO_OID } from './object-id.ts';
import type { HeadState, MoveResult, RefMove } from './port.ts';

/** Where refs are kept: HEAD in `gitDir`, branches in `commonDir`. */
export interface RefPlace {
  readonly place: GitPlace;
  readonly gitDir: string;
  readonly commonDir: string;
}

/** Waits for another mover's lock: git holds one for milliseconds, so what stays longer is stale. */
const LOCK_PAUSES_MS = [5, 20, 50, 100, 200, 400];

/** Moves all refs or none, each only from its old value, in one transaction of `git update-ref`. */
export async function moveRefs(at: RefPlace, moves: readonly RefMove[], reason: string): Promise<MoveResult> {
  for (const move of moves) checkMove(move);
  const message = reason.replace(/\s+/g, ' ').trim() || 'mreg';
  const args = ['update-ref', '-m', message, '--no-deref', '--create-reflog', '-z', '--stdin'];
  const input = moves.map(formatMove).join('');
  for (const pauseMs of [...LOCK_PAUSES_MS, undefined]) {
    const { exitCode, stderr } = await runGit(at.place, args, { input, accept: [0, 1, 128] });
    if (exitCode === 0) return 'done';
    // What git said is for people; where the refs stand now tells a lost race from a lock.
    if (await hasMoved(at, moves)) return 'moved';
    if (pauseMs === undefined) throw await moveError(at, moves, stderr);
    await pause(pauseMs);
  }
  return 'moved';
}

/** Returns every ref that starts with `prefix`, by name. */
export async function listRefs(
  place: GitPlace,
  prefix: string,
): Promise<readonly { readonly ref: string; readonly oid: string }[]> {
  // A pattern of git ends at a slash; what is after the last one is compared here.
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const patterns = folder === '' ? [] : [folder];
  const { stdout } = await runGit(place, [
    ...['for-each-ref', '--format=%(objectname) %(refname)', '--end-of-options'],
    ...patterns,
  ]);
  const lines = stdout.toString('utf8').split('\n').filter(Boolean);
  const refs = lines.map((line) => ({ oid: line.slice(0, 40), ref: line.slice(41) }));
  return refs.filter(({ ref }) => ref.startsWith(prefix));
}

/** Returns where HEAD points: the branch, and its commit when it has one. */
export async function readHead(at: RefPlace, catFile: CatFile): Promise<HeadState> {
  const ref = await headRef(at);
  return { ref, commit: await resolveCommit(at, catFile, ref ?? 'HEAD') };
}

/** Returns the commit that `revision` names, or undefined when it names none. */
export async function resolveCommit(at: RefPlace, catFile: CatFile, revision: string): Promise<string | undefined> {
  if (revision === '' || revision.startsWith('-') || /[\n\0]/.test(revision)) return undefined;
  const found = await catFile.info(`${revision}^{commit}`);
  if (found !== undefined) return found.oid;
  if (!isOid(revision)) await refuseDamagedRef(at, catFile, revision);
  return undefined;
}

/** A ref that is there but cannot be read must not pass for "no commit yet": the next commit would start history anew. */
async function refuseDamagedRef(at: RefPlace, catFile: CatFile, revision: string): Promise<void> {
  const file = join(at.commonDir, revision);
  // Looked at before and after: a ref that is made in between is not damaged.
  const wasThere = existsSync(file);
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', revision];
  const { exitCode, stdout } = await runGit(at.place, args, { accept: [0, 1, 128] });
  const oid = stdout.toString('latin1').trim();
  const pointsNowhere = exitCode === 0 && isOid(oid) && (await catFile.info(oid)) === undefined;
  const isUnreadable = exitCode !== 0 && revision.startsWith('refs/') && wasThere && existsSync(file);
  const isFolder = isUnreadable && (await isReadableFolder(file));
  if (!pointsNowhere && (!isUnreadable || isFolder)) return;
  const hint = 'run `git fsck --full`; `git reflog` shows where the ref was before';
  throw new MregError('integrity', `${revision} is damaged: it names no commit that can be read`, { hint });
}

/** `refs/heads/promote` may be a folder of refs. */
async function isReadableFolder(path: string): Promise<boolean> {
  return readFile(path).then(
    () => false,
    (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EISDIR',
  );
}

async function headRef(at: RefPlace): Promise<string | undefined> {
  const text = await readFile(join(at.gitDir, 'HEAD'), 'utf8');
  const ref = /^ref: (refs\/[^\n]+)\n?$/.exec(text)?.[1];
  if (isOid(text.trim())) return undefined;
  // Other ref formats (reftable) keep a placeholder here.
  if (ref !== undefined && ref !== 'refs/heads/.invalid') return ref;
  const { stdout } = await runGit(at.place, ['symbolic-ref', '--quiet', 'HEAD'], { accept: [0, 1] });
  return stdout.toString('utf8').trim() || undefined;
}

function checkMove(move: RefMove): void {
  // eslint-disable-next-line no-control-regex -- control characters are what this refuses
  assert(/^refs\/[^\s\u0000-\u001f]+$/.test(move.ref), `${JSON.stringify(move.ref)} is a full ref name`);
  for (const oid of [move.old, move.new]) assert(oid === undefined || isOid(oid), 'refs move between full ids');
}

function formatMove(move: RefMove): string {
  const old = move.old ?? ZERO_OID;
  if (move.new === undefined) return `${move.old === undefined ? 'verify' : 'delete'} ${move.ref}\0${old}\0`;
  return `update ${move.ref}\0${move.new}\0${old}\0`;
}

async function hasMoved(at: RefPlace, moves: readonly RefMove[]): Promise<boolean> {
  const names = moves.map((move) => move.ref);
  const { stdout } = await runGit(at.place, [
    ...['for-each-ref', '--format=%(objectname) %(refname)', '--end-of-options'],
    ...names,
  ]);
  const lines = stdout.toString('utf8').split('\n').filter(Boolean);
  const now = new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
  return moves.some((move) => now.get(move.ref) !== move.old);
}

async function moveError(at: RefPlace, moves: readonly RefMove[], stderr: string): Promise<unknown> {
  const locks = [...moves.map((move) => `${move.ref}.lock`), 'packed-refs.lock'];
  const stale = locks.map((name) => join(at.commonDir, name)).find((path) => existsSync(path));
  if (stale !== undefined) {
    const hint = `if no other git is running, a crash left the lock behind: remove ${stale}`;
    return new MregError('locked', `a ref is locked by another git: ${stale} exists`, { hint, cause: stderr });
  }
  const blocked = await access(at.commonDir, constants.W_OK).then(
    () => undefined,
    (error: unknown) => diskError(error, at.commonDir),
  );
  return blocked ?? new MregError('git-failed', `git moved no ref: ${stderr}`, { cause: stderr });
}
