import type { View } from './view.ts';

/** The signs that reports use, in a Unicode and an ASCII cast. */
export interface Symbols {
  readonly pass: string;
  readonly fail: string;
  readonly error: string;
  readonly skip: string;
  readonly wait: string;
  readonly warn: string;
  readonly arrow: string;
  readonly dash: string;
  readonly up: string;
  readonly down: string;
  readonly ellipsis: string;
}

/** Returns the signs that are safe in `view`. The ASCII verdicts are words: CI logs are searched for them. */
export function symbolsOf(view: Pick<View, 'unicode'>): Symbols {
  return view.unicode ? UNICODE : ASCII;
}

const UNICODE: Symbols = {
  pass: '✔',
  fail: '✘',
  error: '!',
  skip: '–',
  wait: '…',
  warn: '!',
  arrow: '→',
  dash: '–',
  up: '▲',
  down: '▼',
  ellipsis: '…',
};

const ASCII: Symbols = {
  pass: 'pass ',
  fail: 'FAIL ',
  error: 'ERROR',
  skip: 'skip ',
  wait: 'wait ',
  warn: 'warn ',
  arrow: '->',
  dash: '-',
  up: '^',
  down: 'v',
  ellipsis: '...',
};
