import { readFileSync } from 'node:fs';
import path from 'node:path';
import { assert, expect } from 'vitest';
import type { Measured } from '../../src/measure/outcome.ts';

/** How a column is made, as test/golden/measure/make.py makes it: the same doubles to the last bit. */
export interface Recipe {
  readonly shape: string;
  readonly seed: number;
  readonly n: number;
  readonly scale?: number;
  readonly shift?: number;
}

/** Returns the cases of a golden file. */
export function golden(name: string): unknown {
  const file = path.join(import.meta.dirname, '../golden/measure', `${name}.json`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: unknown }).cases;
}

/** Returns `n` numbers in [0, 1). */
export function uniform(seed: number, n: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

/** Returns the column of a recipe, in no order. */
export function column({ shape, seed, n, scale = 1, shift = 0 }: Recipe): Float64Array {
  const others = shape === 'bell' ? [1, 2, 3].map((next) => uniform(seed + next, n)) : [];
  return uniform(seed, n).map((u, row) => shaped(shape, u, others, row) * scale + shift);
}

function shaped(shape: string, u: number, others: readonly Float64Array[], row: number): number {
  switch (shape) {
    case 'uniform':
      return u;
    case 'square':
      return u * u;
    case 'tied':
      return Math.floor(u * 20);
    case 'inflated':
      return u < 0.6 ? 0 : u;
    case 'topped':
      return u < 0.6 ? 1 : u;
    case 'constant':
      return 0;
    case 'bell':
      return others.reduce((sum, other) => sum + other[row]!, u) - 2;
    default:
      throw new Error(`no shape ${shape}`);
  }
}

/** Returns the column of a recipe, ascending. */
export function sorted(recipe: Recipe): Float64Array {
  return column(recipe).sort();
}

/** Returns the value of a measurement that must have one. */
export function valueOf<T>(outcome: Measured<T>): T {
  assert(outcome.kind === 'measured', outcome.kind === 'inconclusive' ? outcome.reason : '');
  return outcome.value;
}

/** Returns why a measurement that must have no value has none. */
export function reasonOf(outcome: Measured<unknown>): string {
  assert(outcome.kind === 'inconclusive', 'it was measured');
  return outcome.reason;
}

/** Expects two numbers to be no further apart than `within`, absolutely and, above 1, relatively. */
export function expectNear(found: number, wanted: number, within: number): void {
  expect(Math.abs(found - wanted) / Math.max(1, Math.abs(wanted)), `${found} is not ${wanted}`).toBeLessThanOrEqual(
    within,
  );
}
