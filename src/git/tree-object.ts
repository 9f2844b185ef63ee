import { MregError } from '../documents/error.ts';
import type { TreeEntry } from '../registry/snapshot.ts';

/** A tree entry with the exact bytes of its name, so that a rewritten tree keeps names that are no UTF-8. */
export interface RawEntry extends TreeEntry {
  readonly rawName: Buffer;
}

const MODES: ReadonlySet<string> = new Set(['40000', '100644', '100755', '100664', '120000', '160000']);
const OID_BYTES = 20;
const SPACE = 0x20;

/**
 * Reads the bytes of a tree object. Throws MregError('integrity') on anything that git would not have written: an
 * unknown mode, an impossible name, entries unsorted or twice. Two readers that resolve a duplicate name differently
 * would see two registries in one commit.
 */
export function parseTree(bytes: Buffer, oid: string): readonly RawEntry[] {
  const entries: RawEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(SPACE, at);
    const nul = bytes.indexOf(0, at);
    if (space < 0 || nul < space || nul + OID_BYTES >= bytes.length) throw damaged(oid, 'it is cut short');
    const entry = {
      mode: bytes.toString('latin1', at, space),
      rawName: bytes.subarray(space + 1, nul),
      name: bytes.toString('utf8', space + 1, nul),
      oid: bytes.toString('hex', nul + 1, nul + 1 + OID_BYTES),
    };
    checkEntry(entry, entries.at(-1), oid);
    entries.push(entry);
    at = nul + 1 + OID_BYTES;
  }
  checkNoTwins(entries, oid);
  return entries;
}

/** Writes the bytes of a tree object from entries in any order. */
export function formatTree(entries: readonly Pick<RawEntry, 'mode' | 'rawName' | 'oid'>[]): Buffer {
  // Mostly one entry of thousands has changed, in its place.
  const sorted = isSorted(entries) ? entries : [...entries].sort(compareEntries);
  const size = entries.reduce((sum, { mode, rawName }) => sum + mode.length + rawName.length + 2 + OID_BYTES, 0);
  const bytes = Buffer.alloc(size);
  let at = 0;
  for (const { mode, rawName, oid } of sorted) {
    at += bytes.write(`${mode} `, at, 'latin1');
    // The NUL after the name is there already.
    at += rawName.copy(bytes, at) + 1;
    at += bytes.write(oid, at, 'hex');
  }
  return bytes;
}

function isSorted(entries: readonly Pick<RawEntry, 'mode' | 'rawName'>[]): boolean {
  return entries.every((entry, index) => {
    const previous = entries[index - 1];
    return previous === undefined || compareEntries(previous, entry) < 0;
  });
}

function checkEntry(entry: RawEntry, previous: RawEntry | undefined, oid: string): void {
  if (!MODES.has(entry.mode)) throw damaged(oid, `an entry has the mode ${JSON.stringify(entry.mode)}`);
  if (isImpossible(entry)) throw damaged(oid, `an entry is named ${JSON.stringify(entry.name)}`);
  if (previous !== undefined && compareEntries(previous, entry) >= 0) {
    throw damaged(oid, `its entries are not sorted at ${JSON.stringify(entry.name)}`);
  }
}

function isImpossible({ name, rawName }: RawEntry): boolean {
  return rawName.length === 0 || name === '.' || name === '..' || rawName.includes(0x2f);
}

/** A file and a folder of one name sort apart ("a", "a.b", "a/"), so the order alone does not show them. */
function checkNoTwins(entries: readonly RawEntry[], oid: string): void {
  const isFolder = ({ mode }: RawEntry): boolean => mode === '40000';
  const files = new Set(entries.filter((entry) => !isFolder(entry)).map(({ rawName }) => rawName.toString('latin1')));
  if (files.size === 0) return;
  const twin = entries.find((entry) => isFolder(entry) && files.has(entry.rawName.toString('latin1')));
  if (twin !== undefined) throw damaged(oid, `it holds ${JSON.stringify(twin.name)} twice`);
}

/** Git's order: by bytes, a folder as if its name ended in "/". */
function compareEntries(a: Pick<RawEntry, 'mode' | 'rawName'>, b: Pick<RawEntry, 'mode' | 'rawName'>): number {
  const common = Math.min(a.rawName.length, b.rawName.length);
  const order = a.rawName.compare(b.rawName, 0, common, 0, common);
  return order === 0 ? byteAfter(a, common) - byteAfter(b, common) : order;
}

function byteAfter(entry: Pick<RawEntry, 'mode' | 'rawName'>, index: number): number {
  return entry.rawName[index] ?? (entry.mode === '40000' ? 0x2f : 0);
}

function damaged(oid: string, reason: string): MregError {
  const hint = 'run `git fsck --full` and fetch the repository anew if it complains';
  return new MregError('integrity', `tree ${oid} is not a tree that git writes: ${reason}`, { hint });
}
