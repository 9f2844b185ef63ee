import { assert } from '../documents/error.ts';

/** Coefficients B(2k) / (2k (2k − 1)) of Stirling's series; DLMF 5.11.1. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];

/** Beyond this, seven terms of Stirling's series are exact to a double. */
const STIRLING_FROM = 16;

/** Terms of the series and the continued fraction; √a times about 10 are needed, a being half the degrees of freedom. */
const MOST_TERMS = 100_000;

/** Returns ln Γ(x) for x > 0. Stirling's series (DLMF 5.11.1), after raising x by ln Γ(x) = ln Γ(x + 1) − ln x. */
export function logGamma(x: number): number {
  assert(x > 0, 'logGamma is asked for a positive number');
  if (x === 1 || x === 2) return 0;
  let raised = x;
  let product = 1;
  while (raised < STIRLING_FROM) product *= raised++;
  return (
    (raised - 0.5) * Math.log(raised) - raised + 0.5 * Math.log(2 * Math.PI) + stirling(raised) - Math.log(product)
  );
}

function stirling(x: number): number {
  const square = 1 / (x * x);
  return STIRLING.reduceRight((sum, coefficient) => sum * square + coefficient, 0) / x;
}

/** Returns ln(n! / (k! (n − k)!)). */
export function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** Returns Q(a, x) = Γ(a, x) / Γ(a), the regularised upper incomplete gamma function; DLMF 8.7.1 and 8.9.2. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  return x < a + 1 ? 1 - seriesOfLower(a, x) : fractionOfUpper(a, x);
}

/** Returns the probability that a χ² variable with `degrees` of freedom is above `value`. */
export function chiSquareTail(value: number, degrees: number): number {
  return upperGamma(degrees / 2, value / 2);
}

/** Returns the value that a χ² variable with `degrees` of freedom passes with probability `tail`. */
export function chiSquareQuantile(tail: number, degrees: number): number {
  let low = 0;
  let high = degrees + 10;
  while (chiSquareTail(high, degrees) > tail) high *= 2;
  // Each step halves the interval; a double has 53 bits.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (chiSquareTail(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function seriesOfLower(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && term > sum * 1e-17; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * prefactor(a, x);
}

/** Modified Lentz: Thompson and Barnett, Journal of Computational Physics 64 (1986). */
function fractionOfUpper(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / awayFromZero(numerator * d + b);
    c = awayFromZero(b + numerator / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return fraction * prefactor(a, x);
}

function awayFromZero(x: number): number {
  return Math.abs(x) < 1e-300 ? 1e-300 : x;
}

function prefactor(a: number, x: number): number {
  return Math.exp(a * Math.log(x) - x - logGamma(a));
}
