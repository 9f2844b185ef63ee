import { inflated } from './inflate.ts';
import { chunksOf, UnpackFault, type RandomAccess } from './random-access.ts';

/** A file in a zip file. */
export interface ZipMember {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly size: number;
  /** Where its own header is. */
  readonly at: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const LOCATOR_64 = 0x07064b50;
const END_64 = 0x06064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const LONGEST_COMMENT = 65_535;
const MOST_MEMBERS = 100_000;
const MOST_DIRECTORY_BYTES = 64 * 1024 * 1024;
const FULL_32 = 0xffffffff;

/** Tells whether a zip file ends here, whatever it begins with: Python opens it as one. */
export async function endsAsZip(file: RandomAccess): Promise<boolean> {
  return (await findEnd(file)) !== undefined;
}

/** Returns the members that a zip file lists, all checked to lie apart; UnpackFault where it is damaged or plays tricks. */
export async function zipMembers(file: RandomAccess): Promise<readonly ZipMember[]> {
  const end = await findEnd(file);
  if (end === undefined) throw new UnpackFault('it is a zip file without an end');
  const { count, size, at } = await directoryOf(file, end);
  if (count > MOST_MEMBERS || size > MOST_DIRECTORY_BYTES)
    throw new UnpackFault('it lists more members than are looked into');
  const directory = Buffer.from(await file.read(at, size));
  const members: ZipMember[] = [];
  for (let from = 0; members.length < count;) {
    if (from + 46 > directory.length || directory.readUInt32LE(from) !== ENTRY)
      throw new UnpackFault('its list of members is damaged');
    const { member, bytes } = entryAt(directory, from);
    members.push(member);
    from += bytes;
  }
  requireApart(members, file.size);
  return members;
}

/** Yields what a member unpacks to. */
export async function* memberChunks(file: RandomAccess, member: ZipMember): AsyncGenerator<Uint8Array> {
  const header = Buffer.from(await file.read(member.at, 30));
  if (header.length < 30 || header.readUInt32LE(0) !== LOCAL)
    throw new UnpackFault('a member is not where the list says');
  if ((header.readUInt16LE(6) & 1) === 1) throw new UnpackFault('a member is encrypted');
  const nameBytes = header.readUInt16LE(26);
  const name = Buffer.from(await file.read(member.at + 30, nameBytes)).toString('utf8');
  // Attack: readers that go by the list and readers that go by the header see different files.
  if (name !== member.name || header.readUInt16LE(8) !== member.method)
    throw new UnpackFault('a member is called otherwise in the list than where it lies');
  const from = member.at + 30 + nameBytes + header.readUInt16LE(28);
  const packed = chunksOf(file, from, Math.min(file.size, from + member.packedBytes));
  const chunks = member.method === 0 ? packed : inflated(packed, { packing: 'deflate', ...member });
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    yield chunk;
  }
  if (size !== member.size) throw new UnpackFault('a member has another size than it says');
}

async function findEnd(file: RandomAccess): Promise<{ readonly at: number; readonly record: Buffer } | undefined> {
  const from = Math.max(0, file.size - END_BYTES - LONGEST_COMMENT);
  const tail = Buffer.from(await file.read(from, file.size - from));
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) === END) return { at: from + at, record: tail.subarray(at) };
  }
  return undefined;
}

interface Directory {
  readonly count: number;
  readonly size: number;
  readonly at: number;
}

async function directoryOf(
  file: RandomAccess,
  { at, record }: { readonly at: number; readonly record: Buffer },
): Promise<Directory> {
  const short = { count: record.readUInt16LE(10), size: record.readUInt32LE(12), at: record.readUInt32LE(16) };
  const locator = Buffer.from(await file.read(Math.max(0, at - 20), 20));
  const isLong = at >= 20 && locator.length === 20 && locator.readUInt32LE(0) === LOCATOR_64;
  if (!isLong) return inside(short, file);
  const long = Buffer.from(await file.read(number64(locator, 8), 56));
  if (long.length < 56 || long.readUInt32LE(0) !== END_64) throw new UnpackFault('its list of members is damaged');
  return inside({ count: number64(long, 32), size: number64(long, 40), at: number64(long, 48) }, file);
}

function inside(directory: Directory, file: RandomAccess): Directory {
  if (directory.at + directory.size > file.size) throw new UnpackFault('its list of members is damaged');
  return directory;
}

function entryAt(directory: Buffer, from: number): { readonly member: ZipMember; readonly bytes: number } {
  const [nameBytes = 0, extraBytes = 0, commentBytes = 0] = [28, 30, 32].map((at) => directory.readUInt16LE(from + at));
  const end = from + 46 + nameBytes;
  const name = directory.subarray(from + 46, end).toString('utf8');
  const method = directory.readUInt16LE(from + 10);
  if (method !== 0 && method !== 8) throw new UnpackFault('a member is packed in a way that is not read');
  const short = [24, 20, 42].map((at) => directory.readUInt32LE(from + at));
  const [size = 0, packedBytes = 0, at = 0] = widened(short, directory.subarray(end, end + extraBytes));
  return { member: { name, method, packedBytes, size, at }, bytes: 46 + nameBytes + extraBytes + commentBytes };
}

/** Takes from the extra field what did not fit into 32 bits, in the order of the format. */
function widened(short: readonly number[], extra: Buffer): readonly number[] {
  const long: number[] = [];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2));
    for (let field = at + 4; field + 8 <= end; field += 8) long.push(number64(extra, field));
  }
  return short.map((value) => {
    if (value !== FULL_32) return value;
    const wide = long.shift();
    if (wide === undefined) throw new UnpackFault('its list of members is damaged');
    return wide;
  });
}

/** Attack: members that share their bytes, so that a small file unpacks to one without end. */
function requireApart(members: readonly ZipMember[], size: number): void {
  let end = 0;
  for (const { at, packedBytes } of [...members].sort((a, b) => a.at - b.at)) {
    if (at < end) throw new UnpackFault('members of it share their bytes');
    end = at + 30 + packedBytes;
  }
  if (end > size) throw new UnpackFault('its list of members is damaged');
}

function number64(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new UnpackFault('its list of members is damaged');
  return Number(value);
}
