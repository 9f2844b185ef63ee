import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumOf, editIndex, type EntryEdit, type FileTimes } from './index-edit.ts';
import { FIELD, offsetOf, pathOf, type IndexFile } from './index-file.ts';
import { lockIndex } from './index-lock.ts';
import { readIndexFile, type IndexPlace } from './index-read.ts';
import { diskError } from './loose-store.ts';
import { fileOid, standingAt } from './worktree-files.ts';

/** What one path of the index shall become. */
export interface IndexUpdate {
  readonly path: string;
  /** What the index shall hold; undefined removes the path. */
  readonly entry: { readonly mode: string; readonly oid: string } | undefined;
  readonly skipWorktree: boolean;
  /** Whether the file on disk is what `entry` says, so that its times and size may be taken over. */
  readonly written: boolean;
}

/**
 * Makes the updates in this process and returns true, or returns false where the index is of a form that git has to
 * edit. Git would write a large index twice, once for the entries and once for the times, and hash it slowly. The lock
 * is git's own, so neither overwrites what the other is writing.
 */
export async function rewriteIndex(at: IndexPlace, updates: readonly IndexUpdate[]): Promise<boolean> {
  // Where files have no inode and no owner, git records other things in their place.
  if (process.platform === 'win32' || updates.some(({ skipWorktree }) => skipWorktree)) return false;
  const lock = await lockIndex(at);
  if (lock === undefined) return false;
  try {
    const parts = await editedIndex(at, updates);
    if (parts === undefined) return false;
    // The hash is made while the bytes are on their way.
    const written = lock.file.writev(parts);
    const checksum = checksumOf(parts);
    await written;
    await lock.file.write(checksum);
    await lock.commit();
    return true;
  } catch (error) {
    throw diskError(error, at.gitDir);
  } finally {
    await lock.release();
  }
}

async function editedIndex(at: IndexPlace, updates: readonly IndexUpdate[]): Promise<readonly Buffer[] | undefined> {
  const index = await readIndexFile(at);
  if (index === undefined || !(await settleRacy(at, index))) return undefined;
  return editIndex(index, await Promise.all(updates.map((update) => editOf(at, update))));
}

async function editOf({ place }: IndexPlace, { path, entry, written }: IndexUpdate): Promise<EntryEdit> {
  const times = entry !== undefined && written ? await timesOf(place.directory, path, entry.oid) : undefined;
  return { path, entry, times };
}

/** The times first and the content after them: what is changed in between shows in the times. */
async function timesOf(root: string, path: string, oid: string): Promise<FileTimes | undefined> {
  if ((await standingAt(root, path)) !== 'file') return undefined;
  const times = await lstat(join(root, path), { bigint: true });
  return (await fileOid(root, path)) === oid ? times : undefined;
}

/** More files than these, or larger ones, are left to git, which looks at them as we would. */
const MOST_RACY = 500;
const LARGEST_RACY_BYTES = 1024 * 1024;

/**
 * Takes the recorded size from entries whose file may have changed unseen. Git tells a changed file by its time, or by
 * its content while that time is not before the index's own: a file written in the same second might have been changed
 * again. Once the index is written anew its time is later, and nothing would show the change any more. A size of 0
 * makes git look. Returns false where there are too many to look at.
 */
async function settleRacy(at: IndexPlace, index: IndexFile): Promise<boolean> {
  const { bytes, racy } = index;
  if (racy.length > MOST_RACY) return false;
  const sizes = racy.map((position) => bytes.readUInt32BE(offsetOf(index, position) + FIELD.size));
  if (sizes.some((size) => size > LARGEST_RACY_BYTES)) return false;
  await Promise.all(racy.map((position) => settle(at.place.directory, index, position)));
  return true;
}

async function settle(root: string, index: IndexFile, position: number): Promise<void> {
  const offset = offsetOf(index, position);
  const name = pathOf(index, position);
  const path = name.toString('utf8');
  const oid = index.bytes.toString('hex', offset + FIELD.oid, offset + FIELD.flags);
  const isSame = Buffer.from(path).equals(name) && (await isUnchanged(root, path, oid));
  if (!isSame) index.bytes.writeUInt32BE(0, offset + FIELD.size);
}

async function isUnchanged(root: string, path: string, oid: string): Promise<boolean> {
  const standing = await standingAt(root, path);
  return standing === 'absent' || (standing === 'file' && (await fileOid(root, path)) === oid);
}
