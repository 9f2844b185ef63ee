import { isOldTorch } from './pickle.ts';

/** How a file's bytes are to be looked at, by what they are and not only by what the file is called. */
export type ContentKind =
  | { readonly kind: 'pickle'; readonly oldTorch: boolean }
  | { readonly kind: 'npy' }
  | { readonly kind: 'zip' }
  | { readonly kind: 'packed'; readonly packing: 'gzip' | 'zlib' }
  | { readonly kind: 'sealed'; readonly format: string }
  | { readonly kind: 'plain' };

const PICKLE_NAME = /\.(?:pkl|pickle|joblib|dill|pt|pth|ckpt|sav)(?:\.gz|\.z)?$/i;
const NEWEST_PROTOCOL = 5;

const SEALED: readonly (readonly [format: string, hex: string])[] = [
  ['7z', '377abcaf271c'],
  ['bzip2', '425a68'],
  ['lz4', '04224d18'],
  ['rar', '526172211a07'],
  ['xz', 'fd377a585a00'],
  ['zstd', '28b52ffd'],
];
const NPY_MARK = '934e554d5059';
const TAR_MARK_AT = 257;

/** Bytes of the beginning that `contentKindOf` wants to see. */
export const HEAD_BYTES = 512;

/** Returns how a file is looked at. A pickle of protocol 0 has no mark: `plain` does not say that it is none. */
export function contentKindOf(name: string, head: Uint8Array): ContentKind {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  const hex = bytes.toString('hex', 0, 8);
  if (hex.startsWith('504b0304') || hex.startsWith('504b0506')) return { kind: 'zip' };
  if (hex.startsWith(NPY_MARK)) return { kind: 'npy' };
  if (hex.startsWith('1f8b')) return { kind: 'packed', packing: 'gzip' };
  const sealed = SEALED.find(([, mark]) => hex.startsWith(mark));
  if (sealed !== undefined) return { kind: 'sealed', format: sealed[0] };
  if (bytes.toString('latin1', TAR_MARK_AT, TAR_MARK_AT + 5) === 'ustar') return { kind: 'sealed', format: 'tar' };
  const isNamed = PICKLE_NAME.test(name);
  if (isNamed && isZlib(bytes)) return { kind: 'packed', packing: 'zlib' };
  const isMarked = bytes[0] === 0x80 && (bytes[1] ?? 255) <= NEWEST_PROTOCOL;
  if (isNamed || isMarked) return { kind: 'pickle', oldTorch: isOldTorch(bytes) };
  return { kind: 'plain' };
}

/** Method 8, and a check over both bytes that one in 31 others would meet: asked for only where the name hints at it. */
function isZlib(bytes: Buffer): boolean {
  return bytes.length > 1 && bytes[0] === 0x78 && bytes.readUInt16BE(0) % 31 === 0;
}

/** Returns the length of the header of an .npy file and whether pickles follow it; undefined where it is damaged. */
export function npyHeaderOf(head: Uint8Array): { readonly bytes: number; readonly hasObjects: boolean } | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  if (bytes.length < 12) return undefined;
  const isLong = (bytes[6] ?? 0) >= 2;
  const start = isLong ? 12 : 10;
  const length = isLong ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const text = bytes.toString('latin1', start, start + length);
  if (!/['"]descr['"]/.test(text)) return undefined;
  return { bytes: start + length, hasObjects: /['"][<>|=]?O\d*['"]/.test(text) || start + length > bytes.length };
}
