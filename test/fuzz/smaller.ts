import { performance } from 'node:perf_hooks';

/** Each try is a process of its own, and takes seconds where the find is that it does not end. */
const MOST_MS = 40_000;

/** Returns a smaller input that still `isBad`: pieces are left out, large ones first, while it stays so. */
export function smaller(input: Uint8Array, isBad: (bytes: Uint8Array) => boolean): Uint8Array {
  let best = Buffer.from(input);
  const end = performance.now() + MOST_MS;
  for (let size = Math.ceil(best.length / 2); size >= 1 && performance.now() < end; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length && performance.now() < end;) {
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (isBad(shorter)) best = shorter;
      else at += size;
    }
  }
  return best;
}
