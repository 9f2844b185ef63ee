/** Tar is written in blocks of this size. */
const BLOCK_BYTES = 512;
/** What the eleven octal digits of a header hold; larger sizes go into an extended header. */
const MAX_OCTAL_SIZE = 8 ** 11 - 1;
const MAX_NAME_BYTES = 100;

/** What an archive ends with. */
export const TAR_END = new Uint8Array(2 * BLOCK_BYTES);

/**
 * Returns what stands before the bytes of a file in an archive, the same for every machine and time: mode 0644, owner 0,
 * time 0. A name that is long or not ASCII, and a size of 8 GiB or more, come first in an extended header (POSIX pax).
 */
export function tarHead(name: string, sizeBytes: number): Uint8Array {
  const records = extendedRecords(name, sizeBytes);
  if (records.length === 0) return header({ name, sizeBytes, type: '0' });
  const text = Buffer.from(records.join(''));
  return Buffer.concat([
    header({ name: 'PaxHeaders/mreg', sizeBytes: text.length, type: 'x' }),
    text,
    new Uint8Array(tarPadding(text.length)),
    header({ name: plainName(name), sizeBytes: sizeBytes > MAX_OCTAL_SIZE ? 0 : sizeBytes, type: '0' }),
  ]);
}

/** Returns how many zero bytes follow the bytes of a file. */
export function tarPadding(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** Returns the size that the first plain header of an archive states; undefined when it states none. */
export function statedSize(archive: Uint8Array): number | undefined {
  const digits = Buffer.from(archive.subarray(124, 135)).toString('latin1');
  return /^[0-7]{11}$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

function extendedRecords(name: string, sizeBytes: number): readonly string[] {
  const isPlain = name.length <= MAX_NAME_BYTES && /^[\x20-\x7e]*$/.test(name);
  return [
    ...(isPlain ? [] : [record('path', name)]),
    ...(sizeBytes > MAX_OCTAL_SIZE ? [record('size', String(sizeBytes))] : []),
  ];
}

/** A record begins with its own length in bytes, digits of that length included. */
function record(keyword: string, value: string): string {
  const rest = Buffer.byteLength(` ${keyword}=${value}\n`);
  let length = rest + String(rest).length;
  // One digit more may make the length one digit longer still.
  length = rest + String(length).length;
  return `${String(length)} ${keyword}=${value}\n`;
}

/** What a reader without extended headers sees. */
function plainName(name: string): string {
  return Buffer.from(name)
    .subarray(0, MAX_NAME_BYTES)
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '_');
}

function header(entry: { readonly name: string; readonly sizeBytes: number; readonly type: '0' | 'x' }): Uint8Array {
  const block = Buffer.alloc(BLOCK_BYTES);
  const put = (at: number, text: string): void => void block.write(text, at, 'latin1');
  put(0, entry.name);
  put(100, '0000644\0' + '0000000\0' + '0000000\0');
  put(124, `${entry.sizeBytes.toString(8).padStart(11, '0')}\0`);
  put(136, `${'0'.repeat(11)}\0`);
  put(148, ' '.repeat(8));
  put(156, entry.type);
  put(257, 'ustar\0' + '00');
  put(329, '0000000\0' + '0000000\0');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}
