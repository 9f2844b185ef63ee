import { contentKindOf, HEAD_BYTES, npyHeaderOf, type ContentKind } from '../scan/content-kind.ts';
import type { ScanFinding } from '../scan/finding.ts';
import { pickleFindings } from '../scan/pickle-findings.ts';
import { readPickles, type PickleReport } from '../scan/pickle.ts';
import { inflated } from './inflate.ts';
import { chunksOf, memoryAccess, UnpackFault, type RandomAccess } from './random-access.ts';
import { endsAsZip, memberChunks, zipMembers, type ZipMember } from './zip.ts';

/** What one file is looked at with. */
export interface Examination {
  /** Takes what was found. */
  readonly onFinding: (finding: ScanFinding) => void;
  /** Hears of each pickle, harmless or not. */
  readonly onPickle: (path: string) => void;
  /** Takes every byte, of files and of members of archives, in order; returns what to do at the end of the file `path`. */
  readonly listen: (path: string) => Listener;
  readonly signal?: AbortSignal | undefined;
}

/** Takes the bytes of one file. */
export interface Listener {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** Archives in archives are held in memory, and are looked into so deep. */
const DEEPEST = 4;
const MOST_HELD_BYTES = 64 * 1024 * 1024;
/** In all of one file: what unpacking must end at, however each member behaves. */
const MOST_UNPACKED_BYTES = 64 * 1024 ** 3;

/** Looks at one file and at everything that is packed in it. What cannot be looked into becomes a finding. */
export async function examine(file: RandomAccess, path: string, how: Examination): Promise<void> {
  const at = { ...how, depth: 0, unpacked: { bytes: 0 } };
  await orTell(at, path, () => examineContent(at, path, { source: file, chunks: () => chunksOf(file) }));
}

interface At extends Examination {
  readonly depth: number;
  readonly unpacked: { bytes: number };
}

/** Bytes that can be read in order; and from anywhere, where they lie on a disk or in memory. */
interface Content {
  readonly source: RandomAccess | undefined;
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

async function orTell(at: At, path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UnpackFault)) throw error;
    at.onFinding(unread(path, error.message));
  }
}

/** A finding that says that something could not be looked at. */
export function unread(path: string, why: string): ScanFinding {
  return { category: 'unread', rule: 'not-looked-into', severity: 'high', path, message: `not looked into: ${why}` };
}

async function examineContent(at: At, path: string, content: Content): Promise<void> {
  const { head, chunks } = await openContent(content);
  const kind = contentKindOf(path, head);
  if (kind.kind === 'zip') return examineZip(at, path, content);
  if (kind.kind === 'sealed') at.onFinding(unread(path, `the format ${kind.format} is not read`));
  if (kind.kind === 'packed') return examinePacked(at, path, { ...content, packing: kind.packing });
  await listenTo(at, path, { chunks, kind, head });
  // Attack: a file that is one thing from its beginning and a zip file from its end.
  if (content.source !== undefined && (await endsAsZip(content.source))) await examineZip(at, path, content);
}

async function openContent({ chunks }: Content): Promise<{ head: Uint8Array; chunks: AsyncIterable<Uint8Array> }> {
  const iterator = chunks()[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
    const next = await iterator.next();
    if (next.done === true) break;
    held.push(Uint8Array.from(next.value));
    bytes += next.value.length;
  }
  const rest = { [Symbol.asyncIterator]: () => iterator };
  return { head: Buffer.concat(held).subarray(0, HEAD_BYTES), chunks: chain(held, rest) };
}

async function* chain(held: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* held;
  yield* rest;
}

async function examineZip(at: At, path: string, { source, chunks }: Content): Promise<void> {
  if (at.depth >= DEEPEST) throw new UnpackFault('archives are nested deeper than is looked into');
  const file = source ?? memoryAccess(await heldWhole(chunks()));
  for (const member of await zipMembers(file)) {
    const inner = `${path}!${member.name}`;
    if (member.name.endsWith('/') && member.size === 0) continue;
    await orTell(at, inner, () => examineMember({ ...at, depth: at.depth + 1 }, inner, { file, member }));
  }
}

async function examineMember(
  at: At,
  path: string,
  { file, member }: { readonly file: RandomAccess; readonly member: ZipMember },
): Promise<void> {
  await examineContent(at, path, { source: undefined, chunks: () => metered(at, memberChunks(file, member)) });
}

async function examinePacked(
  at: At,
  path: string,
  { chunks, source, packing }: Content & { readonly packing: 'gzip' | 'zlib' },
): Promise<void> {
  if (at.depth >= DEEPEST) throw new UnpackFault('archives are nested deeper than is looked into');
  const packedBytes = source?.size ?? 0;
  const unpacked = (): AsyncIterable<Uint8Array> => metered(at, inflated(chunks(), { packing, packedBytes }));
  // What is in it is called like it, without the ending that says how it is packed.
  const name = `${path}!${path.slice(path.lastIndexOf('/') + 1).replace(/\.(?:gz|z)$/i, '')}`;
  await examineContent({ ...at, depth: at.depth + 1 }, name, { source: undefined, chunks: unpacked });
}

async function* metered(at: At, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    at.unpacked.bytes += chunk.length;
    if (at.unpacked.bytes > MOST_UNPACKED_BYTES) throw new UnpackFault('it unpacks to more than is looked into');
    yield chunk;
  }
}

async function heldWhole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MOST_HELD_BYTES) throw new UnpackFault('an archive in an archive is larger than is looked into');
    held.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(held);
}

/** Reads the bytes once, for the listener and for the reader of pickles. */
async function listenTo(
  at: At,
  path: string,
  { chunks, kind, head }: { chunks: AsyncIterable<Uint8Array>; kind: ContentKind; head: Uint8Array },
): Promise<void> {
  const listener = at.listen(path);
  const pickle = pickleIn(kind, head);
  let skip = pickle?.from ?? 0;
  const reader = readPickles(pickle);
  let state = reader.next();
  try {
    for await (const chunk of chunks) {
      at.signal?.throwIfAborted();
      await listener.write(chunk);
      const rest = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - rest.length;
      // The reader may look at a piece until it asks for the next.
      if (state.done !== true && rest.length > 0) state = reader.next(Uint8Array.from(rest));
    }
  } finally {
    if (state.done !== true) state = reader.next(undefined);
    if (state.done === true) tellPickle(at, path, { report: state.value, isCertain: pickle !== undefined });
  }
  await listener.end();
}

/** Any text may begin like a pickle of protocol 0; one that is none calls nothing before it makes no sense. */
function tellPickle(
  at: At,
  path: string,
  { report, isCertain }: { readonly report: PickleReport; readonly isCertain: boolean },
): void {
  if (!isCertain && (report.runs.length === 0 || report.globals.length === 0)) return;
  at.onPickle(path);
  for (const finding of pickleFindings(path, report)) at.onFinding(finding);
}

function pickleIn(kind: ContentKind, head: Uint8Array): { from: number; oldTorch: boolean } | undefined {
  if (kind.kind === 'pickle') return { from: 0, oldTorch: kind.oldTorch };
  if (kind.kind !== 'npy') return undefined;
  const header = npyHeaderOf(head);
  if (header === undefined) throw new UnpackFault('the header of the array is damaged');
  return header.hasObjects ? { from: header.bytes, oldTorch: false } : undefined;
}
