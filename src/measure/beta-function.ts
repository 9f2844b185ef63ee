import { assert } from '../documents/error.ts';
import { logGamma } from './gamma-function.ts';

/** Steps of the continued fraction; about √max(a, b) are needed. */
const MOST_STEPS = 100_000;
const TINY = 1e-300;

/** Returns ln B(a, b) for a, b > 0. */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Returns I_x(a, b), the regularised incomplete beta function; DLMF 8.17. */
export function incompleteBeta(x: number, a: number, b: number): number {
  return Math.exp(logIncompleteBeta(x, a, b));
}

/** Returns ln I_x(a, b), to full precision also where I is next to 0. */
export function logIncompleteBeta(x: number, a: number, b: number): number {
  assert(x >= 0 && x <= 1, 'the incomplete beta function is asked for a share');
  if (x === 0) return -Infinity;
  if (x === 1) return 0;
  // The fraction is quick on this side of the mean only; on the other it gives 1 − I (DLMF 8.17.4).
  if (x <= (a + 1) / (a + b + 2)) return logFraction(x, a, b);
  return Math.log1p(-Math.exp(logFraction(1 - x, b, a)));
}

/** DLMF 8.17.22, by modified Lentz: Thompson and Barnett, Journal of Computational Physics 64 (1986). */
function logFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return a * Math.log(x) + b * Math.log1p(-x) - Math.log(a) - logBeta(a, b) + Math.log(fraction);
}

function awayFromZero(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}
