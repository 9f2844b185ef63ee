import { assert } from '../documents/error.ts';
import { incompleteBeta } from './beta-function.ts';
import { upperGamma } from './gamma-function.ts';

/** Returns the probability that a standard normal variable is above `z`; DLMF 7.11.2 by the incomplete gamma function. */
export function normalTail(z: number): number {
  const half = upperGamma(0.5, (z * z) / 2) / 2;
  return z >= 0 ? half : 1 - half;
}

/** Returns the value that a standard normal variable passes with probability `tail`. */
export function normalQuantile(tail: number): number {
  assert(tail > 0 && tail < 1, 'a quantile is asked for a probability');
  if (tail > 0.5) return -normalQuantile(1 - tail);
  let low = 0;
  let high = 40;
  // Each step halves the interval; a double has 53 bits.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalTail(middle) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Returns the probability that Student's t with `degrees` of freedom is above `t`. */
export function studentTail(t: number, degrees: number): number {
  const half = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t >= 0 ? half : 1 - half;
}
