/**
 * Returns the exact probability that the two-sided KS statistic of two samples from one continuous distribution is at
 * least `distance` / lcm(n, m). Hodges, "The significance probability of the Smirnov two-sample test", Arkiv för
 * Matematik 3 (1958).
 */
export function exactKsTail({ distance, n, m }: { distance: number; n: number; m: number }): number {
  if (distance === 0) return 1;
  const divisor = greatestDivisor(n, m);
  // In lattice steps: after i rows of one sample and j of the other the distance is |i·(m/g) − j·(n/g)|.
  const tail = n === m ? equalTail(n, distance) : latticeTail(n / divisor, m / divisor, { n, m, distance });
  return Math.min(1, Math.max(0, tail));
}

/** Returns lcm(n, m): every distance between two step functions of n and m rows is a multiple of 1 / lcm. */
export function commonMultiple(n: number, m: number): number {
  return (n / greatestDivisor(n, m)) * m;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/**
 * The closed form for n = m by reflection: 2 [C(2n, n−h) − C(2n, n−2h) + …] / C(2n, n). Each quotient of neighbouring
 * terms is a product of h factors below 1, so the alternating sum is nested from its end and nothing overflows.
 */
function equalTail(n: number, h: number): number {
  let tail = 0;
  for (let k = Math.floor(n / h) - 1; k >= 0; k--) {
    let quotient = 1;
    for (let j = 0; j < h; j++) quotient *= (n - k * h - j) / (n + (k + 1) * h - j);
    tail = quotient * (1 - tail);
  }
  return 2 * tail;
}

/**
 * Carries, lattice point by lattice point, the share of paths to (i, j) that have touched the boundary:
 * P(i, j) = (P(i−1, j)·i + P(i, j−1)·j) / (i + j), with P = 1 outside. A share never leaves [0, 1]; counting paths instead,
 * as is often done, underflows from about 3,000 × 10,000 on and then tells p = 1 without a word.
 */
function latticeTail(
  stepN: number,
  stepM: number,
  { n, m, distance }: { n: number; m: number; distance: number },
): number {
  // One column of the lattice. What the band has not reached yet is outside: 1.
  const touched = new Float64Array(m + 1).fill(1);
  for (let i = 0; i <= n; i++) {
    const from = Math.max(0, Math.floor((i * stepM - distance) / stepN) + 1);
    const to = Math.min(m, Math.ceil((i * stepM + distance) / stepN) - 1);
    let below = from === 0 ? 0 : 1;
    for (let j = from; j <= to; j++) {
      below = i + j === 0 ? 0 : (i === 0 ? below * j : (touched[j] ?? 1) * i + below * j) / (i + j);
      touched[j] = below;
    }
    if (from > 0) touched[from - 1] = 1;
  }
  return touched[m] ?? 1;
}
