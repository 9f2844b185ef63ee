import { createHash } from 'node:crypto';
import { invalidateCacheTree } from './cache-tree.ts';
import {
  countOf,
  endOfRun,
  FIELD,
  FLAG,
  HEADER_BYTES,
  offsetOf,
  padded,
  positionOf,
  type IndexFile,
} from './index-file.ts';

/** What an entry records of its file, so that git need not read it to know that nothing has changed. */
export interface FileTimes {
  readonly ctimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly size: bigint;
}

/** What one path of an index becomes. */
export interface EntryEdit {
  readonly path: string;
  /** Undefined removes the path. */
  readonly entry: { readonly mode: string; readonly oid: string } | undefined;
  /** Undefined leaves git to look at the file. */
  readonly times: FileTimes | undefined;
}

/**
 * Returns the bytes of the index with `edits` made, in pieces and without their checksum, or undefined where git has to make them: where a file
 * takes the place of a folder or the other way round, or an entry carries a mark of the user's.
 */
export function editIndex(index: IndexFile, edits: readonly EntryEdit[]): readonly Buffer[] | undefined {
  const sorted = edits.map((edit) => ({ ...edit, bytes: Buffer.from(edit.path, 'utf8') }));
  sorted.sort((a, b) => a.bytes.compare(b.bytes));
  const entries: Buffer[] = [];
  let next = 0;
  let count = countOf(index);
  for (const edit of sorted) {
    const start = positionOf(index, edit.bytes);
    const end = endOfRun(index, start, (path) => path.equals(edit.bytes));
    if (isMarked(index, { start, end }) || (edit.entry !== undefined && hasConflict(index, edit.path)))
      return undefined;
    entries.push(index.bytes.subarray(offsetOf(index, next), offsetOf(index, start)));
    if (edit.entry !== undefined) entries.push(formatEntry(edit.bytes, edit.entry, edit.times));
    count += (edit.entry === undefined ? 0 : 1) - (end - start);
    next = end;
  }
  entries.push(index.bytes.subarray(offsetOf(index, next), offsetOf(index, countOf(index))));
  const extensions = editExtensions(
    index,
    edits.map(({ path }) => path),
  );
  return extensions && [header(index, count), ...entries, ...extensions];
}

/** Marks such as "assume unchanged", "skip in the worktree" or "to be added later" are the user's word to git. */
function isMarked(index: IndexFile, { start, end }: { readonly start: number; readonly end: number }): boolean {
  for (let position = start; position < end; position += 1) {
    const flags = index.bytes.readUInt16BE(offsetOf(index, position) + FIELD.flags);
    if ((flags & (FLAG.assumeValid | FLAG.extended)) !== 0) return true;
  }
  return false;
}

/** Tells whether the index has a folder where the file is to be, or a file where a folder on its way is to be. */
function hasConflict(index: IndexFile, path: string): boolean {
  const folder = Buffer.from(`${path}/`, 'utf8');
  const below = positionOf(index, folder);
  if (endOfRun(index, below, (other) => other.subarray(0, folder.length).equals(folder)) > below) return true;
  const names = path.split('/');
  return names.slice(1).some((_, depth) => {
    const parent = Buffer.from(names.slice(0, depth + 1).join('/'), 'utf8');
    const position = positionOf(index, parent);
    return endOfRun(index, position, (other) => other.equals(parent)) > position;
  });
}

function formatEntry(path: Buffer, entry: NonNullable<EntryEdit['entry']>, times: FileTimes | undefined): Buffer {
  const bytes = Buffer.alloc(padded(FIELD.path + path.length));
  if (times !== undefined) writeTimes(bytes, times);
  bytes.writeUInt32BE(parseInt(entry.mode, 8), FIELD.mode);
  bytes.write(entry.oid, FIELD.oid, 'hex');
  bytes.writeUInt16BE(Math.min(path.length, FLAG.pathLength), FIELD.flags);
  path.copy(bytes, FIELD.path);
  return bytes;
}

const SECOND_NS = 1_000_000_000n;

/** In git's order; what is longer than 32 bits is cut, as git does. */
function writeTimes(bytes: Buffer, { ctimeNs, mtimeNs, dev, ino, uid, gid, size }: FileTimes): void {
  const times = [ctimeNs / SECOND_NS, ctimeNs % SECOND_NS, mtimeNs / SECOND_NS, mtimeNs % SECOND_NS];
  [...times, dev, ino, 0n, uid, gid, size].forEach((value, position) => {
    bytes.writeUInt32BE(Number(BigInt.asUintN(32, value)), position * 4);
  });
}

function header({ bytes }: IndexFile, count: number): Buffer {
  const head = Buffer.from(bytes.subarray(0, HEADER_BYTES));
  head.writeUInt32BE(count, 8);
  return head;
}

function editExtensions({ bytes, extensions }: IndexFile, paths: readonly string[]): readonly Buffer[] | undefined {
  const parts: Buffer[] = [];
  for (const { name, start, end } of extensions) {
    // These two tell where entries lie, and git does without them.
    if (name === 'EOIE' || name === 'IEOT') continue;
    const data = bytes.subarray(start, end);
    const edited = name === 'TREE' ? invalidateCacheTree(data, paths) : data;
    if (edited === undefined) return undefined;
    const head = Buffer.from(`${name}\0\0\0\0`, 'latin1');
    head.writeUInt32BE(edited.length, 4);
    parts.push(head, edited);
  }
  return parts;
}

/** Returns what the last bytes of an index are. */
export function checksumOf(parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
