import { logChoose } from './gamma-function.ts';

/** Below this many rows the distribution is computed exactly; above, where the series are good enough. */
const EXACT_ROWS = 140;

/** The one-sided sum has a term a row; beyond this its asymptotic expansion is exact to 1e-10. */
const SUMMED_ROWS = 100_000;

/** From here on scipy takes the first two terms of the expansion, which are 1e-8 off; so that both agree, so do we. */
const EXPANDED_ROWS = 1_000_000;

/**
 * Returns the probability that the Kolmogorov statistic of n rows against a continuous distribution is at least `x`.
 * Methods and the regions where each is good: Simard and L'Ecuyer, "Computing the two-sided Kolmogorov–Smirnov
 * distribution", Journal of Statistical Software 39/11 (2011).
 */
export function kolmogorovTail(x: number, n: number): number {
  const square = n * x * x;
  if (x >= 1 || square >= 370) return 0;
  if (n * x <= 0.5) return 1;
  if (x >= 0.5 || square >= (n <= EXACT_ROWS ? 4 : 2.2)) return clip(2 * oneSidedTail(x, n));
  if (n <= EXACT_ROWS || (n <= SUMMED_ROWS && n * x ** 1.5 <= 1.4)) return clip(1 - matrixDistribution(x, n));
  return clip(1 - pelzGood(x, n));
}

function clip(probability: number): number {
  return Math.min(1, Math.max(0, probability));
}

/** P(D⁺ ≥ x), exact: Birnbaum and Tingey, Annals of Mathematical Statistics 22 (1951). */
function oneSidedTail(x: number, n: number): number {
  if (n > EXPANDED_ROWS) return Math.exp(-((6 * n * x + 1) ** 2) / (18 * n));
  if (n > SUMMED_ROWS) return oneSidedExpansion(x, n);
  let sum = Math.exp(n * Math.log1p(-x));
  for (let j = 1; j <= n * (1 - x) && j < n; j++) {
    const p = x + j / n;
    if (p >= 1) break;
    // x/p times the binomial probability of j among n at p.
    sum += (x / p) * Math.exp(logChoose(n, j) + j * Math.log(p) + (n - j) * Math.log1p(-p));
  }
  return sum;
}

/** The same for many rows, to O(n⁻²): Li-Chien Chang, Acta Mathematica Sinica 6 (1956). */
function oneSidedExpansion(x: number, n: number): number {
  const z = x * Math.sqrt(n);
  const square = z * z;
  const first = (-2 * z) / (3 * Math.sqrt(n));
  const second = ((2 * square) / (3 * n)) * (1 - (2 * square) / 3);
  const third = ((4 * z) / (9 * n ** 1.5)) * (1 / 5 - (19 * square) / 15 + (2 * square * square) / 3);
  return Math.exp(-2 * square) * (1 + first + second + third);
}

/** P(D < x) for many rows: Pelz and Good, Journal of the Royal Statistical Society B 38 (1976). */
function pelzGood(x: number, n: number): number {
  const z = x * Math.sqrt(n);
  const [k0, k1, k2, k3] = pelzGoodTerms(z);
  return k0 + k1 / Math.sqrt(n) + k2 / n + k3 / n ** 1.5;
}

function pelzGoodTerms(z: number): readonly [number, number, number, number] {
  const [z2, z4, z6, z8] = [z ** 2, z ** 4, z ** 6, z ** 8];
  const sums: [number, number, number, number] = [0, 0, 0, 0];
  for (let k = 0; k < 20; k++) {
    // Both signs of k + ½, and both signs of k + 1, count alike: hence the twos.
    const h = (Math.PI * (k + 0.5)) ** 2;
    const odd = 2 * Math.exp(-h / (2 * z2));
    const w = (Math.PI * (k + 1)) ** 2;
    const even = 2 * Math.exp(-w / (2 * z2));
    sums[0] += odd;
    sums[1] += (h - z2) * odd;
    sums[2] += (6 * z6 + 2 * z4 + h * (2 * z4 - 5 * z2) + h * h * (1 - 2 * z2)) * odd - 2 * z4 * w * even;
    const half = h ** 3 * (5 - 30 * z2) + h * h * (212 * z4 - 60 * z2) + h * (135 * z4 - 96 * z6) - 30 * z6 - 90 * z8;
    sums[3] += half * odd + 30 * z4 * (3 * w * z2 - w * w) * even;
  }
  const root = Math.sqrt(Math.PI / 2);
  return [
    (root / z) * sums[0],
    (root / (6 * z4)) * sums[1],
    (root / (72 * z ** 7)) * sums[2],
    (root / (6480 * z ** 10)) * sums[3],
  ];
}

/**
 * P(D < x), exact, as an entry of a matrix to the power n: Durbin (1973) in the form of Marsaglia, Tsang and Wang,
 * Journal of Statistical Software 8/18 (2003). The matrix has about 2nx rows, so it is for few rows or a small x.
 */
function matrixDistribution(x: number, n: number): number {
  const k = Math.floor(n * x) + 1;
  const size = 2 * k - 1;
  const { entries, exponent } = powerOf(durbinMatrix(k, k - n * x), size, n);
  let probability = entries[(k - 1) * size + k - 1] ?? 0;
  let scale = exponent;
  // Times n!/nⁿ, kept in range: both factors alone would leave it.
  for (let i = 1; i <= n; i++) {
    probability *= i / n;
    if (probability < 1e-140 && probability > 0) {
      probability *= 2 ** 400;
      scale -= 400;
    }
  }
  return probability * 2 ** scale;
}

function durbinMatrix(k: number, h: number): Float64Array {
  const size = 2 * k - 1;
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= Math.min(row + 1, size - 1); column++) {
      let entry = 1;
      if (column === 0) entry -= h ** (row + 1);
      if (row === size - 1) entry -= h ** (size - column);
      if (column === 0 && row === size - 1) entry += Math.max(0, 2 * h - 1) ** size;
      for (let factor = 2; factor <= row - column + 1; factor++) entry /= factor;
      matrix[row * size + column] = entry;
    }
  }
  return matrix;
}

/** A matrix times 2^exponent. */
interface Scaled {
  readonly entries: Float64Array;
  readonly exponent: number;
}

function powerOf(matrix: Float64Array, size: number, power: number): Scaled {
  if (power === 1) return { entries: matrix, exponent: 0 };
  const half = powerOf(matrix, size, Math.floor(power / 2));
  const square = multiply(half.entries, half.entries, size);
  const whole = power % 2 === 0 ? square : multiply(matrix, square, size);
  return rescale({ entries: whole, exponent: 2 * half.exponent }, size);
}

function rescale({ entries, exponent }: Scaled, size: number): Scaled {
  const middle = entries[((size - 1) / 2) * size + (size - 1) / 2] ?? 0;
  if (middle < 2 ** 300) return { entries, exponent };
  return { entries: entries.map((entry) => entry * 2 ** -300), exponent: exponent + 300 };
}

function multiply(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = left[row * size + inner] ?? 0;
      if (factor === 0) continue;
      for (let column = 0; column < size; column++) {
        const at = row * size + column;
        product[at] = (product[at] ?? 0) + factor * (right[inner * size + column] ?? 0);
      }
    }
  }
  return product;
}
