import { ClassificationTally, type Classification } from './classification.ts';
import { constantTrouble, tooFewOfClass } from './enough.ts';
import type { Inconclusive } from './outcome.ts';

/** Runs that are handed on together. */
const CHUNK = 8192;

/** What labelled scores say of a classifier, and why they say nothing where they do not. */
export interface JudgedClassification extends Classification {
  readonly trouble: Inconclusive | undefined;
}

/** Measures a classifier from rows that come ascending by score, one by one. */
export class ScoreFolder {
  readonly #tally: ClassificationTally;
  readonly #scores = new Float64Array(CHUNK);
  readonly #positives = new Float64Array(CHUNK);
  readonly #negatives = new Float64Array(CHUNK);
  #runs = 0;
  #unlabelled = 0;
  #unscored = 0;
  #least = Number.NaN;
  #most = Number.NaN;

  /** Starts; a row is selected where its score is at least `threshold`. */
  constructor(threshold: number) {
    this.#tally = new ClassificationTally(threshold);
  }

  /** Adds the next row: its score, at least that of the row before, and its label. NaN stands for a missing one. */
  add(score: number, label: number): void {
    if (Number.isNaN(label)) {
      this.#unlabelled++;
      return;
    }
    if (Number.isNaN(score)) {
      this.#unscored++;
      return;
    }
    if (score !== this.#most || this.#runs === 0) this.#startRun(score);
    const last = this.#runs - 1;
    const side = label === 1 ? this.#positives : this.#negatives;
    side[last] = (side[last] ?? 0) + 1;
  }

  #startRun(score: number): void {
    if (this.#runs === CHUNK) this.#flush();
    if (Number.isNaN(this.#least)) this.#least = score;
    this.#most = score;
    this.#scores[this.#runs] = score;
    this.#positives[this.#runs] = 0;
    this.#negatives[this.#runs] = 0;
    this.#runs++;
  }

  #flush(): void {
    const part = (column: Float64Array): Float64Array => column.subarray(0, this.#runs);
    const runs = { scores: part(this.#scores), positives: part(this.#positives), negatives: part(this.#negatives) };
    this.#tally.add(runs);
    this.#runs = 0;
  }

  /** Returns what was measured. */
  result(): JudgedClassification {
    this.#flush();
    const found = this.#tally.result({ unlabelled: this.#unlabelled, unscored: this.#unscored });
    const constant = constantTrouble('score', { least: this.#least, most: this.#most });
    // What is wrong with the rows at all is said before that they are few.
    const trouble = found.auc.kind === 'inconclusive' ? undefined : (constant ?? tooFewOfClass(found));
    return { ...found, trouble };
  }
}
