/** 2^27 + 1, which parts a double into two halves of 26 bits each. */
const SPLITTER = 134_217_729;

/**
 * A sum kept in two doubles, about 32 digits: millions of terms, in any order and however they are split among parts, agree
 * far beyond double precision. Dekker, "A floating-point technique for extending the available precision", Numerische
 * Mathematik 18 (1971). Terms beyond about 1e300 overflow it to NaN.
 */
export class ExactSum {
  #high = 0;
  #low = 0;

  /** Adds a number. */
  add(term: number): void {
    const sum = this.#high + term;
    const rounded = sum - this.#high;
    this.#low += this.#high - (sum - rounded) + (term - rounded);
    this.#high = sum;
  }

  /** Adds a × b, without rounding the product. */
  addProduct(a: number, b: number): void {
    const product = a * b;
    const aHigh = upperHalf(a);
    const bHigh = upperHalf(b);
    const aLow = a - aHigh;
    const bLow = b - bHigh;
    this.#low += aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
    this.add(product);
  }

  /** Adds another sum. */
  addSum(other: ExactSum): void {
    this.add(other.#high);
    this.#low += other.#low;
  }

  /** Returns the sum, rounded once. */
  get value(): number {
    return this.#high + this.#low;
  }

  /** Returns Σx² − (Σx)²/n, where this is Σx²; nothing cancels before the last rounding, and it is never below 0. */
  spread(sum: ExactSum, n: number): number {
    const mean = sum.value / n;
    const spread = new ExactSum();
    spread.addSum(this);
    // Σ(x − mean)² = Σx² − 2·mean·Σx + n·mean²: right for any number `mean` close to the true one.
    spread.addProduct(-2 * mean, sum.#high);
    spread.addProduct(-2 * mean, sum.#low);
    spread.addProduct(n * mean, mean);
    spread.addProduct(residue(n, mean), mean);
    return Math.max(0, spread.value);
  }
}

function upperHalf(a: number): number {
  const scaled = SPLITTER * a;
  return scaled - (scaled - a);
}

/** What rounding n × mean left over. */
function residue(n: number, mean: number): number {
  const sum = new ExactSum();
  sum.addProduct(n, mean);
  sum.add(-(n * mean));
  return sum.value;
}
