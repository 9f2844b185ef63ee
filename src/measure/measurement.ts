import type { Digest } from '../documents/digest.ts';
import type { Measured } from './outcome.ts';

/** Which of the things that mreg can measure. */
export type MeasurementKind = 'evaluation' | 'fairness' | 'drift';

/** What a set of rows is to the measurement. */
export type InputRole = 'predictions' | 'baseline' | 'reference' | 'current';

/** Rows that were measured, and what proves which bytes they were. */
export interface MeasuredInput {
  readonly role: InputRole;
  /** As the user named it: a path, a pattern, or `sql:` and a query of databases. */
  readonly source: string;
  /** Absent where no file was read: what a database answers tomorrow nobody can prove. */
  readonly digest: Digest | undefined;
  readonly files: number;
  readonly sizeBytes: number;
  readonly rows: number;
}

/** One number of a measurement, under the name that the metric catalogue knows it by. */
export interface Figure {
  readonly name: string;
  readonly outcome: Measured;
  /** Rows that it rests on; of two samples the reference's. */
  readonly n: number;
  /** Rows of the current sample, where there are two. */
  readonly m?: number;
  /** The interval in which it lies with 95 % confidence. */
  readonly interval?: { readonly low: number; readonly high: number };
}

/** A part of what was measured: the rows of one segment, or one feature. */
export interface Part {
  readonly name: string;
  readonly count: number;
  readonly figures: readonly Figure[];
}

/** Something to draw. Numbers are finite; what could not be measured is null. */
export type Plot =
  | {
      readonly kind: 'lines';
      readonly title: string;
      readonly x: string;
      readonly y: string;
      /** True where the line of equal x and y means something: no skill, perfect calibration. */
      readonly diagonal: boolean;
      readonly series: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
    }
  | {
      readonly kind: 'bars';
      readonly title: string;
      readonly y: string;
      readonly bars: readonly {
        readonly name: string;
        readonly value: number | null;
        readonly n: number;
        readonly interval?: { readonly low: number; readonly high: number };
      }[];
    }
  | {
      readonly kind: 'distribution';
      readonly title: string;
      /** What each bin holds, in words: `below 3`, `AA`, `missing`. */
      readonly bins: readonly string[];
      /** Shares of the rows, one for each bin. */
      readonly series: readonly { readonly name: string; readonly shares: readonly number[] }[];
    };

/** What a number was asked to be, and whether it is. */
export interface Bound {
  readonly metric: string;
  readonly rule: 'below' | 'at least';
  readonly limit: number;
  /** False also where the number could not be measured. */
  readonly holds: boolean;
}

/** All that one measurement found, from which evidence, JSON, text and pages are made. */
export interface Measurement {
  readonly kind: MeasurementKind;
  /** The command line that measures the same again. Holds no secret. */
  readonly command: string;
  /** Of this program. */
  readonly version: string;
  readonly inputs: readonly MeasuredInput[];
  readonly figures: readonly Figure[];
  /** What the parts are parts by: the name of the segment's column, or `feature`. */
  readonly partedBy: string | undefined;
  /** What moved most, or has most rows, first. */
  readonly parts: readonly Part[];
  readonly plots: readonly Plot[];
  readonly bounds: readonly Bound[];
  /** Sentences on what was left out and why. */
  readonly notes: readonly string[];
}

/** Returns the figure of that name, or undefined. */
export function figureOf(figures: readonly Figure[], name: string): Figure | undefined {
  return figures.find((figure) => figure.name === name);
}

/** Returns what a figure was asked to be; one that is absent or inconclusive does not hold. */
export function boundOf(
  figures: readonly Figure[],
  asked: { readonly metric: string; readonly rule: Bound['rule']; readonly limit: number },
): Bound {
  const outcome = figureOf(figures, asked.metric)?.outcome;
  const value = outcome?.kind === 'measured' ? outcome.value : Number.NaN;
  return { ...asked, holds: asked.rule === 'below' ? value < asked.limit : value >= asked.limit };
}
