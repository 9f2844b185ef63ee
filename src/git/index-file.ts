/** Git's index as its bytes: where each entry begins, and which extensions follow them. */
export interface IndexFile {
  readonly bytes: Buffer;
  /** Byte offset of every entry in the order of their paths, and then of where they end. */
  readonly offsets: Uint32Array;
  /** Positions of the entries whose file was changed in the second in which the index was written, or later. */
  readonly racy: readonly number[];
  readonly extensions: readonly IndexExtension[];
}

/** One extension: its name of four letters, and where its data lies. */
export interface IndexExtension {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Where the fields of an entry lie, in bytes from its begin (git's gitformat-index, version 2). */
export const FIELD = { mtime: 8, mode: 24, size: 36, oid: 40, flags: 60, path: 62 } as const;
/** Bits of the flags; the stage of a merge lies between them and the length of the path. */
export const FLAG = { assumeValid: 0x8000, extended: 0x4000, stage: 0x3000, pathLength: 0x0fff } as const;
/** Length of the head of an index: signature, version, number of entries. */
export const HEADER_BYTES = 12;
const CHECKSUM_BYTES = 20;

const SKIP_WORKTREE = 0x4000;
const EXTENSION_HEAD_BYTES = 8;
/** The cache of trees, undone merges, and two that only help to read in parallel. Any other changes what entries mean. */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set(['TREE', 'REUC', 'EOIE', 'IEOT']);

/**
 * Reads an index of the usual form that was written at `second`, or returns undefined for one that is left to git: split
 * or sparse, of version 4, watched by a monitor, or damaged.
 */
export function parseIndex(bytes: Buffer, second: number): IndexFile | undefined {
  const isIndex = bytes.length >= HEADER_BYTES + CHECKSUM_BYTES && bytes.toString('latin1', 0, 4) === 'DIRC';
  if (!isIndex || ![2, 3].includes(bytes.readUInt32BE(4))) return undefined;
  const found = findEntries(bytes, second);
  const extensions = found && findExtensions(bytes, found.offsets.at(-1) ?? 0);
  return extensions && { bytes, ...found, extensions };
}

/** Runs over 100,000 entries in a process that has just started, so it calls and allocates as little as it can. */
function findEntries(bytes: Buffer, second: number): Pick<IndexFile, 'offsets' | 'racy'> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length - CHECKSUM_BYTES;
  const count = view.getUint32(8);
  // More entries than bytes is damage, and would be memory for nothing.
  if (count > end / FIELD.path) return undefined;
  const offsets = new Uint32Array(count + 1);
  const racy: number[] = [];
  let at = HEADER_BYTES;
  for (let position = 0; position < count; position += 1) {
    if (at + FIELD.path > end) return undefined;
    offsets[position] = at;
    if (view.getUint32(at + FIELD.mtime) >= second) racy.push(position);
    const flags = view.getUint16(at + FIELD.flags);
    const isUsual = (flags & FLAG.extended) === 0 && (flags & FLAG.pathLength) < FLAG.pathLength;
    at += isUsual ? padded(FIELD.path + (flags & FLAG.pathLength)) : unusualLength(bytes, at);
  }
  offsets[count] = at;
  return at > end ? undefined : { offsets, racy };
}

function unusualLength(bytes: Buffer, at: number): number {
  const { start, length } = pathRange(bytes, at);
  return length < 0 ? bytes.length : padded(start - at + length);
}

/** The length of an entry: at least one NUL after the path, to a multiple of eight. */
export function padded(length: number): number {
  return (length + 8) & ~7;
}

function pathRange(bytes: Buffer, at: number): { readonly start: number; readonly length: number } {
  const flags = bytes.readUInt16BE(at + FIELD.flags);
  const start = at + FIELD.path + ((flags & FLAG.extended) === 0 ? 0 : 2);
  const length = flags & FLAG.pathLength;
  return { start, length: length < FLAG.pathLength ? length : bytes.indexOf(0, start) - start };
}

function findExtensions(bytes: Buffer, from: number): readonly IndexExtension[] | undefined {
  const found: IndexExtension[] = [];
  const last = bytes.length - CHECKSUM_BYTES;
  let at = from;
  while (at < last) {
    if (at + EXTENSION_HEAD_BYTES > last) return undefined;
    const name = bytes.toString('latin1', at, at + 4);
    const start = at + EXTENSION_HEAD_BYTES;
    const end = start + bytes.readUInt32BE(at + 4);
    if (end > last || !KNOWN_EXTENSIONS.has(name)) return undefined;
    found.push({ name, start, end });
    at = end;
  }
  return found;
}

/** Returns how many entries an index has. */
export function countOf({ offsets }: IndexFile): number {
  return offsets.length - 1;
}

/** Returns where an entry begins. */
export function offsetOf({ offsets }: IndexFile, position: number): number {
  return offsets[position] ?? 0;
}

/** Returns the path of an entry, as its bytes. */
export function pathOf(index: IndexFile, position: number): Buffer {
  const { start, length } = pathRange(index.bytes, offsetOf(index, position));
  return index.bytes.subarray(start, start + length);
}

/** Returns the position of the first entry that does not come before `path`. */
export function positionOf(index: IndexFile, path: Buffer): number {
  let [low, high] = [0, countOf(index)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pathOf(index, middle).compare(path) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the position after the last entry, from `position` on, that `belongs`. */
export function endOfRun(index: IndexFile, position: number, belongs: (path: Buffer) => boolean): number {
  let end = position;
  while (end < countOf(index) && belongs(pathOf(index, end))) end += 1;
  return end;
}

/** Tells whether a sparse checkout leaves an entry out of the worktree. */
export function isSkipped({ bytes }: IndexFile, offset: number): boolean {
  const flags = bytes.readUInt16BE(offset + FIELD.flags);
  return (flags & FLAG.extended) !== 0 && (bytes.readUInt16BE(offset + FIELD.path) & SKIP_WORKTREE) !== 0;
}
