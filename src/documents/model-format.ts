/** What the first bytes of a file tell about it. */
export type ModelFormat =
  'gguf' | 'hdf5' | 'numpy' | 'numpy of objects' | 'onnx' | 'pickle' | 'pickle in zip' | 'safetensors';

/** So many bytes from the beginning of a file tell its format. */
export const FORMAT_HEAD_BYTES = 64 * 1024;

/** Reading one of these runs whatever program its author put in. */
const RUNS_CODE: ReadonlySet<ModelFormat> = new Set(['numpy of objects', 'pickle', 'pickle in zip']);

/** What is known of a file before it is read whole. */
export interface FileHead {
  readonly path: string;
  readonly sizeBytes: number;
  readonly head: Uint8Array;
}

/** Tells whether a loader of this format runs code that lies in the file. */
export function runsCode(format: ModelFormat): boolean {
  return RUNS_CODE.has(format);
}

/** Returns the format of a file; undefined when it is none of those that models come in. Looks no further than the head. */
export function formatOf(file: FileHead): ModelFormat | undefined {
  return RECOGNISERS.find(({ fits }) => fits(file))?.format;
}

/** Names of files that are pickles also where they begin like a text: the oldest protocol has no mark of its own. */
const PICKLE_NAME = /\.(?:pkl|pickle|joblib)$/i;

const RECOGNISERS: readonly { readonly format: ModelFormat; readonly fits: (file: FileHead) => boolean }[] = [
  { format: 'gguf', fits: startsWith('GGUF') },
  { format: 'hdf5', fits: startsWith('\x89HDF\r\n\x1a\n') },
  {
    format: 'numpy of objects',
    fits: (file) => startsWith('\x93NUMPY')(file) && /'descr'\s*:[^}]*O/.test(textOf(file, 4096)),
  },
  { format: 'numpy', fits: startsWith('\x93NUMPY') },
  { format: 'safetensors', fits: isSafetensors },
  // PyTorch writes its pickle first, and the tensors behind it.
  {
    format: 'pickle in zip',
    fits: (file) => startsWith('PK\x03\x04')(file) && /data\.pkl|\.pickle/.test(textOf(file, 4096)),
  },
  { format: 'pickle', fits: isPickle },
  { format: 'onnx', fits: isOnnx },
];

function startsWith(magic: string): (file: FileHead) => boolean {
  const bytes = Buffer.from(magic, 'latin1');
  return ({ head }) => head.length >= bytes.length && bytes.equals(head.subarray(0, bytes.length));
}

function textOf({ head }: FileHead, length: number): string {
  return Buffer.from(head.subarray(0, length)).toString('latin1');
}

/** The format itself allows no longer header. */
const MAX_SAFETENSORS_HEADER = 100_000_000;

/** Eight bytes with the length of a JSON object, which follows, and after it the tensors. */
function isSafetensors({ head, sizeBytes }: FileHead): boolean {
  if (head.length < 10) return false;
  const length = Buffer.from(head).readBigUInt64LE();
  if (length < 2n || length > BigInt(Math.min(MAX_SAFETENSORS_HEADER, sizeBytes - 8))) return false;
  const end = 8 + Number(length);
  if (end > head.length) return /^\{\s*"/.test(textOf({ path: '', sizeBytes, head: head.subarray(8) }, 64));
  try {
    const header: unknown = JSON.parse(Buffer.from(head.subarray(8, end)).toString('utf8'));
    return typeof header === 'object' && header !== null && !Array.isArray(header);
  } catch {
    return false;
  }
}

function isPickle({ path, head }: FileHead): boolean {
  const [mark, protocol = 0] = head;
  return (mark === 0x80 && protocol >= 2 && protocol <= 5) || PICKLE_NAME.test(path);
}

/** A protobuf that begins with its version of the format; such a beginning is not rare, so the name must say it, too. */
function isOnnx({ path, head }: FileHead): boolean {
  const [field, version = 0] = head;
  return /\.onnx$/i.test(path) && field === 0x08 && version >= 1 && version <= 0x7f;
}

/** Tells whether the files are laid out as the Hugging Face libraries load them: a configuration beside weights. */
export function isHuggingFaceLayout(paths: readonly string[]): boolean {
  return paths.includes('config.json') && paths.some((path) => WEIGHTS.test(path));
}

const WEIGHTS =
  /^(?:pytorch_model|model|tf_model|flax_model|adapter_model)(?:-[0-9]+-of-[0-9]+)?\.(?:safetensors|bin|h5|msgpack)$/;
