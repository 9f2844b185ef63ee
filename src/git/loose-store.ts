import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert, MregError } from '../documents/error.ts';
import { buildObject } from './object-builder.ts';
import { objectId, type ObjectType } from './object-id.ts';

/** An object that is to be stored. */
export interface NewObject {
  readonly type: ObjectType;
  readonly content: Uint8Array;
}

/** Flushes go to the disk together where several wait; more than these save nothing and cost file handles. */
const AT_ONCE = 16;

/**
 * Stores objects as loose files, durable when it returns. A power cut at any point leaves whole objects or none: each
 * is flushed under a temporary name before it gets its own, and the folders are flushed last.
 */
export async function storeLoose(objectsDir: string, objects: readonly NewObject[]): Promise<void> {
  const touched = new Set<string>();
  const left = objects.values();
  async function storeNext(): Promise<void> {
    for (const object of left) {
      const folder = await storeOne(objectsDir, object);
      if (folder !== undefined) touched.add(folder);
    }
  }
  try {
    // Waits for all of them: one that is still writing when the first has failed would leave its temporary file.
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, storeNext));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    if (touched.size > 0) await Promise.all([objectsDir, ...touched].map(flushFolder));
  } catch (error) {
    throw diskError(error, objectsDir);
  }
}

const DISK_CODES: ReadonlySet<unknown> = new Set([
  ...['EACCES', 'EDQUOT', 'EFBIG', 'EIO', 'EMFILE', 'ENFILE', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS'],
]);

/** Translates a failure of the file system into MregError('disk'); anything else is returned as it is. */
export function diskError(error: unknown, where: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!DISK_CODES.has(code)) return error;
  const hint = `check free space, open files and permissions of ${where}, then run the same command again`;
  return new MregError('disk', `reading or writing below ${where} failed (${String(code)})`, { hint, cause: error });
}

/** Returns the folder that a file was added to, or undefined when the object is already there. */
async function storeOne(objectsDir: string, { type, content }: NewObject): Promise<string | undefined> {
  const oid = objectId(type, content);
  const target = join(objectsDir, oid.slice(0, 2), oid.slice(2));
  if (await isStored(target)) return undefined;
  const built = await buildObject(type, content);
  assert(built.oid === oid, 'two ways to hash an object agree');
  const temporary = join(objectsDir, `tmp_obj_mreg_${randomBytes(9).toString('hex')}`);
  try {
    await writeFlushed(temporary, built.deflated);
    await renameInto(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  return dirname(target);
}

/** An empty file is what a crash leaves of an object that some other tool did not flush; it is written anew. */
async function isStored(path: string): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size > 0,
    () => false,
  );
}

/** Git prunes `tmp_obj_*` that a crash left behind. */
async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o444);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function renameInto(temporary: string, target: string): Promise<void> {
  for (let triesLeft = 10; ; triesLeft -= 1) {
    try {
      await rename(temporary, target);
      return;
    } catch (error) {
      if (triesLeft === 0 || !isMissing(error)) throw error;
    }
    // A repack that runs meanwhile removes folders that are empty, this one perhaps, before there is something in it.
    await mkdir(dirname(target), { recursive: true });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A rename is durable when its folder is; where folders cannot be opened (Windows) the file system sees to it. */
async function flushFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EISDIR' || error.code === 'EPERM')) return;
    // A repack removed it with all that was in it, because that is in a pack.
    if (isMissing(error)) return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
