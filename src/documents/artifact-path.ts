const MAX_PATH_BYTES = 1000;
const MAX_SEGMENT_BYTES = 255;

/** C0, C1, zero-width, line separators, bidi controls, byte order mark, U+FFFD (what a name that is not UTF-8 reads as), lone surrogates. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]/u;
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?: *\.|$)/iu;
/** `.git`, also as the short name under which Windows would still open it: a pulled artifact must never configure a git. */
const GIT_FOLDER = /^(?:\.git|git~[0-9]+)$/iu;

/** Returns what makes `path` unfit as the path of a file in an artifact, or undefined when it is fit. */
export function pathFault(path: string): string | undefined {
  if (FORBIDDEN.test(path)) return 'has a control, invisible or undecodable character';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${String(MAX_PATH_BYTES)} bytes`;
  if (path.startsWith('/')) return 'is absolute';
  if (path.includes('\\')) return 'has a backslash, which Windows takes for a separator';
  if (path.includes(':')) return 'has a colon, which names a drive or a hidden stream on Windows';
  for (const segment of path.split('/')) {
    const fault = segmentFault(segment);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function segmentFault(segment: string): string | undefined {
  if (segment === '') return 'has an empty segment';
  if (segment === '.' || segment === '..') return `has a segment "${segment}", which leaves its place`;
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
    return `has a name longer than ${String(MAX_SEGMENT_BYTES)} bytes`;
  if (segment.startsWith('-')) return 'has a name with a leading "-", which commands take for an option';
  if (/[. ]$/.test(segment)) return 'has a name that ends in a dot or a space, which Windows drops';
  if (GIT_FOLDER.test(segment)) return `has a name "${segment}", which git would take for its own folder`;
  if (WINDOWS_DEVICE.test(segment)) return `has a name "${segment}", which is a device on Windows`;
  return undefined;
}

/** Orders paths by their UTF-8 bytes, as `LC_ALL=C sort` does, without encoding them. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return byteRank(x) - byteRank(y);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates (code points above U+FFFF) before U+E000; UTF-8 puts them after U+FFFF. */
function byteRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * Finds paths that some file system cannot hold beside each other: case or Unicode twins, also of folders, and a file
 * that is a folder of another. Attack: two entries that land on one file, so that the last one written wins.
 */
export class TwinFinder {
  readonly #spelling = new Map<string, string>();
  #lastFolder = '';

  /** Takes `path` in and returns the fault it makes with those before it, if any. */
  add(path: string): string | undefined {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    // Sorted input makes most files share the folder of the one before: nothing new to look at.
    const fault = folder === this.#lastFolder ? undefined : this.#addFolders(folder);
    this.#lastFolder = folder;
    return fault ?? this.#claim(path);
  }

  #addFolders(folder: string): string | undefined {
    for (let end = folder.indexOf('/'); end !== -1; end = folder.indexOf('/', end + 1)) {
      const fault = this.#claim(folder.slice(0, end + 1));
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** A folder is kept with its closing slash, so that a file and a folder of one name differ in spelling. */
  #claim(spelling: string): string | undefined {
    const isFolder = spelling.endsWith('/');
    const key = fold(isFolder ? spelling.slice(0, -1) : spelling);
    const other = this.#spelling.get(key);
    if (other === undefined) this.#spelling.set(key, spelling);
    if (other === undefined || (isFolder && other === spelling)) return undefined;
    return other === spelling ? 'is listed twice' : `cannot lie beside "${other}" on every file system`;
  }
}

/** Upper before lower: "ſ" and "ı" meet "s" and "i" only in upper case. */
function fold(text: string): string {
  return text.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}
