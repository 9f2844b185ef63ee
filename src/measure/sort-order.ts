/** Eleven bits a pass: six passes for a double, and counters that stay in the processor's nearest cache. */
const DIGIT_BITS = 11;
const BUCKETS = 2 ** DIGIT_BITS;
const KEY_BITS = 64;

/**
 * Returns the row numbers of `values` (no NaN) in ascending order of the values, equal ones in order of rows. A radix sort:
 * for millions of rows many times faster than sorting row numbers with a comparison.
 */
export function sortOrder(values: Float64Array): Uint32Array {
  let from = keysOf(values);
  let to = emptyKeys(values.length);
  for (let shift = 0; shift < KEY_BITS; shift += DIGIT_BITS) {
    if (!scatter(from, to, shift)) continue;
    [from, to] = [to, from];
  }
  return from.rows;
}

/** Doubles as 64-bit whole numbers that are ordered as the doubles are, in two halves, each with its row. */
interface Keys {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly rows: Uint32Array;
}

function emptyKeys(length: number): Keys {
  return { high: new Uint32Array(length), low: new Uint32Array(length), rows: new Uint32Array(length) };
}

function keysOf(values: Float64Array): Keys {
  const keys = emptyKeys(values.length);
  const one = new DataView(new ArrayBuffer(8));
  for (let row = 0; row < values.length; row++) {
    // Adding 0 makes −0 and 0 one value.
    one.setFloat64(0, (values[row] ?? 0) + 0);
    const high = one.getUint32(0);
    const negative = high >= 0x80000000;
    keys.high[row] = negative ? ~high : high | 0x80000000;
    keys.low[row] = negative ? ~one.getUint32(4) : one.getUint32(4);
    keys.rows[row] = row;
  }
  return keys;
}

/** The digit of a key that starts `shift` bits above its end. */
function digitAt(high: number, low: number, shift: number): number {
  if (shift >= 32) return (high >>> (shift - 32)) & (BUCKETS - 1);
  // A digit may reach over from the low half into the high one; shifting by 32 would not shift at all.
  const over = shift + DIGIT_BITS > 32 ? high << (32 - shift) : 0;
  return ((low >>> shift) | over) & (BUCKETS - 1);
}

/** Sorts stably by one digit from one set of keys into another; false where it is the same in all and nothing is written. */
function scatter(from: Keys, to: Keys, shift: number): boolean {
  const { length } = from.rows;
  const places = new Uint32Array(BUCKETS + 1);
  for (let at = 0; at < length; at++) {
    const bucket = digitAt(from.high[at] ?? 0, from.low[at] ?? 0, shift) + 1;
    places[bucket] = (places[bucket] ?? 0) + 1;
  }
  if (places.includes(length)) return false;
  for (let bucket = 1; bucket < BUCKETS; bucket++) places[bucket] = (places[bucket] ?? 0) + (places[bucket - 1] ?? 0);
  for (let at = 0; at < length; at++) {
    const high = from.high[at] ?? 0;
    const low = from.low[at] ?? 0;
    const bucket = digitAt(high, low, shift);
    const place = places[bucket] ?? 0;
    places[bucket] = place + 1;
    to.high[place] = high;
    to.low[place] = low;
    to.rows[place] = from.rows[at] ?? 0;
  }
  return true;
}
