import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { copyFile, lstat, mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert } from '../documents/error.ts';
import { objectId } from './object-id.ts';
import { diskError } from './loose-store.ts';

/** What stands at a path of the worktree, links not followed. `blocked`: a parent is a link or a file. */
export type Standing = 'absent' | 'file' | 'folder' | 'other' | 'blocked';

/** Tells what stands at `path` below `root` without following a link anywhere on the way. */
export async function standingAt(root: string, path: string): Promise<Standing> {
  const names = path.split('/');
  let at = root;
  for (const [index, name] of names.entries()) {
    at = join(at, name);
    const stats = await statOf(at);
    if (stats === undefined) return 'absent';
    // A parent that is a link may lead out of the repository: whatever is behind it is not ours to read or write.
    if (index < names.length - 1 && !stats.isDirectory()) return 'blocked';
    if (index === names.length - 1) return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  }
  return 'absent';
}

/** Returns the blob id of the file's exact bytes. */
export async function fileOid(root: string, path: string): Promise<string> {
  return objectId('blob', await readFile(join(root, path)));
}

/** Puts exactly `bytes` at `path`: whole or not at all. The caller has looked at what stands there. */
export async function placeFile(root: string, path: string, options: PlaceOptions): Promise<void> {
  const target = join(root, path);
  const temporary = join(options.temporaryDir, `mreg-${randomBytes(9).toString('hex')}.tmp`);
  try {
    await makeFolders(root, dirname(path));
    await writeFile(temporary, options.bytes, { flag: 'wx' });
    await rename(temporary, target).catch((error: unknown) => moveAcross(error, temporary, target));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw diskError(error, root);
  }
}

/** What a file shall hold, and where it is prepared. */
export interface PlaceOptions {
  readonly bytes: Uint8Array;
  /** Where half-written files stand, out of the user's sight: the git folder. */
  readonly temporaryDir: string;
}

/** Removes the file at `path` and the folders that this empties. */
export async function removeFile(root: string, path: string): Promise<void> {
  try {
    await rm(join(root, path), { force: true });
  } catch (error) {
    throw diskError(error, root);
  }
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const removed = await rmdir(join(root, folder)).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** Removes an empty folder that stands where a file belongs; returns whether the place is free now. */
export async function removeEmptyFolder(root: string, path: string): Promise<boolean> {
  return rmdir(join(root, path)).then(
    () => true,
    () => false,
  );
}

/** Makes folder after folder, each checked not to be a link, instead of `recursive`, which follows links. */
async function makeFolders(root: string, folder: string): Promise<void> {
  if (folder === '.') return;
  let at = root;
  for (const name of folder.split('/')) {
    at = join(at, name);
    const stats = await statOf(at);
    assert(stats === undefined || stats.isDirectory(), 'the way to a file was looked at before');
    if (stats === undefined) await mkdir(at).catch(ignoreExisting);
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}

/** The git folder of a linked worktree may be on another disk: copied beside the target, then moved. */
async function moveAcross(error: unknown, temporary: string, target: string): Promise<void> {
  if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
  const beside = `${target}.mreg-${randomBytes(9).toString('hex')}.tmp`;
  try {
    await copyFile(temporary, beside);
    await rename(beside, target);
  } finally {
    for (const left of [beside, temporary]) await rm(left, { force: true }).catch(() => undefined);
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined;
    }
    throw diskError(error, path);
  }
}
