import { PickleFault } from './pickle-bytes.ts';
import { entryOf, type PickleValue } from './pickle-values.ts';

/** What lies behind joblib's stand-in for an array. */
export type JoblibArray =
  { readonly kind: 'pickle' } | { readonly kind: 'bytes'; readonly alignment: number; readonly sizeBytes: number };

const WRAPPER = 'joblib.numpy_pickle NumpyArrayWrapper';
/** The alignment that joblib writes; a larger one could hide opcodes in the length of the padding. */
const ALIGNMENT = 16;
const BYTES_OF_CHARACTER = 4;

/** Returns what follows when `built` got its state: an array of joblib's, or nothing. */
export function arrayAfter(built: PickleValue): JoblibArray | undefined {
  if (built.kind !== 'object' || built.global !== WRAPPER) return undefined;
  const type = typeOf(entryOf(built.state, 'dtype'));
  if (type.startsWith('O')) return { kind: 'pickle' };
  const alignment = entryOf(built.state, 'numpy_array_alignment_bytes');
  if (alignment.kind !== 'number' || alignment.number !== ALIGNMENT)
    throw new PickleFault('an array lies in it as joblib wrote it before 1.2: save it again');
  const items = countOf(entryOf(built.state, 'shape'));
  return { kind: 'bytes', alignment: ALIGNMENT, sizeBytes: items * itemBytes(type) };
}

/** The descriptor that numpy.dtype was called with: `f8`, `U12`, `O8`. */
function typeOf(dtype: PickleValue): string {
  const [descriptor] = dtype.kind === 'object' && dtype.args.kind === 'tuple' ? dtype.args.items : [];
  if (dtype.kind === 'object' && dtype.global === 'numpy dtype' && descriptor?.kind === 'text') return descriptor.text;
  throw new PickleFault('an array of an unknown type lies in it');
}

function itemBytes(type: string): number {
  const [, kind, size] = /^[<>|=]?([biufcmMSUV])(\d{1,9})$/.exec(type) ?? [];
  if (kind === undefined || size === undefined) throw new PickleFault('an array of an unknown type lies in it');
  return Number(size) * (kind === 'U' ? BYTES_OF_CHARACTER : 1);
}

function countOf(shape: PickleValue): number {
  if (shape.kind !== 'tuple') throw new PickleFault('an array of an unknown shape lies in it');
  const product = shape.items.reduce((sum, item) => sum * (item.kind === 'number' ? item.number : Number.NaN), 1);
  if (!Number.isSafeInteger(product) || product < 0) throw new PickleFault('an array of an unknown shape lies in it');
  return product;
}
