/** Which of the four 16-bit words of a double is the lowest differs between machines. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const BUCKETS = 65_536;

/**
 * Returns the row numbers of `values` (no NaN) in ascending order of the values. A radix sort in four passes: for millions
 * of rows many times faster than sorting row numbers with a comparison.
 */
export function sortOrder(values: Float64Array): Uint32Array {
  const words = orderedWords(values);
  let order = Uint32Array.from({ length: values.length }, (_, row) => row);
  let next = new Uint32Array(values.length);
  for (let digit = 0; digit < 4; digit++) {
    const word = LITTLE_ENDIAN ? digit : 3 - digit;
    if (!scatter({ words, word, order, next })) continue;
    [order, next] = [next, order];
  }
  return order;
}

/** The doubles' bits, changed so that as whole numbers they are ordered as the doubles are. */
function orderedWords(values: Float64Array): Uint16Array {
  // Adding 0 makes −0 and 0 one value.
  const words = new Uint16Array(values.map((value) => value + 0).buffer);
  const top = LITTLE_ENDIAN ? 3 : 0;
  for (let at = 0; at < words.length; at += 4) {
    const negative = (words[at + top] ?? 0) >= 0x8000;
    if (negative) for (let word = 0; word < 4; word++) words[at + word] = ~(words[at + word] ?? 0);
    else words[at + top] = (words[at + top] ?? 0) | 0x8000;
  }
  return words;
}

interface Pass {
  readonly words: Uint16Array;
  readonly word: number;
  readonly order: Uint32Array;
  readonly next: Uint32Array;
}

/** Sorts `order` stably by one word into `next`; false where all words are equal and nothing was written. */
function scatter({ words, word, order, next }: Pass): boolean {
  const starts = new Uint32Array(BUCKETS + 1);
  for (const row of order) {
    const bucket = (words[4 * row + word] ?? 0) + 1;
    starts[bucket] = (starts[bucket] ?? 0) + 1;
  }
  if (starts.includes(order.length)) return false;
  for (let bucket = 1; bucket <= BUCKETS; bucket++) starts[bucket] = (starts[bucket] ?? 0) + (starts[bucket - 1] ?? 0);
  for (const row of order) {
    const bucket = words[4 * row + word] ?? 0;
    const place = starts[bucket] ?? 0;
    next[place] = row;
    starts[bucket] = place + 1;
  }
  return true;
}
