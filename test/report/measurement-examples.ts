import type { Figure, MeasuredInput, Measurement, Part } from '../../src/measure/measurement.ts';
import { inconclusive, measured } from '../../src/measure/outcome.ts';

/** A name out of data that would run, were it taken for markup. */
export const HOSTILE = '<img src=x onerror="document.title=\'pwned\'">|`*[x](http://evil.example)@team';

const DIGEST = `sha256:${'ab'.repeat(32)}` as const;
const BASE = { version: '1.2.3', notes: ['3 rows without a label were left out.'], bounds: [], plots: [] };

function input(role: MeasuredInput['role'], source: string): MeasuredInput {
  return {
    role,
    source,
    digest: DIGEST,
    files: 1,
    sizeBytes: 123_456,
    rows: 20_000,
  };
}

function figure(name: string, value: number | string, more: Partial<Figure> = {}): Figure {
  return { name, outcome: typeof value === 'string' ? inconclusive(value) : measured(value), n: 20_000, ...more };
}

function feature(name: string, psi: number | string): Part {
  const figures = [
    figure('psi', psi, { m: 9_000 }),
    figure('ks_statistic', 0.12, { m: 9_000 }),
    figure('ks_p_value', 1e-9, { m: 9_000 }),
  ];
  return { name, count: 9_000, figures };
}

/** Features that moved, one that says nothing, one with a hostile name. */
export const drift: Measurement = {
  ...BASE,
  kind: 'drift',
  command: `mreg drift --reference a.parquet --current '${HOSTILE}'`,
  inputs: [input('reference', 'a.parquet'), { ...input('current', `sql:SELECT '${HOSTILE}'`), digest: undefined }],
  figures: [figure('psi', 0.31, { m: 9_000 }), figure('ks_p_value', 'fare: all values are missing', { m: 9_000 })],
  partedBy: 'feature',
  parts: [feature(HOSTILE, 0.31), feature('W'.repeat(200), 0.0012), feature('fare', 'all values are missing')],
  plots: [
    {
      kind: 'distribution',
      title: HOSTILE,
      bins: [
        '≤ 0.27455634501234567',
        '> 0.27455634501234567, ≤ 6.999999999999999',
        '> 6.999999999999999',
        HOSTILE,
        'missing',
      ],
      series: [
        { name: 'reference', shares: [0.1, 0.2, 0.3, 0.4, 0] },
        { name: 'current', shares: [0.0004, 0.1996, 0.3, 0.5, 0] },
      ],
    },
  ],
  bounds: [
    { metric: 'psi', rule: 'below', limit: 0.2, holds: false },
    { metric: 'ks_p_value', rule: 'at least', limit: 0.01, holds: false },
  ],
};

const curve = Array.from({ length: 401 }, (_, index) => [index / 400, Math.sqrt(index / 400)] as const);
const slow = Array.from({ length: 101 }, (_, index) => [0.3 * 1.09 ** index, index / 100] as const);

/** A classifier, and the latency of its requests. */
export const evaluation: Measurement = {
  ...BASE,
  kind: 'evaluation',
  command: 'mreg evaluate p.parquet --label y --score p',
  inputs: [input('predictions', 'p.parquet')],
  figures: [
    figure('auc', 0.873, { interval: { low: 0.86, high: 0.885 } }),
    figure('latency_p95_ms', 12.5),
    figure('error_rate', 0.004),
  ],
  partedBy: undefined,
  parts: [],
  plots: [
    {
      kind: 'lines',
      title: 'ROC',
      x: 'false positive rate',
      y: 'true positive rate',
      diagonal: true,
      series: [{ name: 'model', points: curve }],
    },
    {
      kind: 'lines',
      title: 'Latency',
      x: 'ms',
      y: 'share of requests that took no longer',
      diagonal: false,
      series: [{ name: 'requests', points: slow }],
    },
  ],
};

const SEGMENTS = [
  { name: HOSTILE, value: 0.41, n: 1_234_567 },
  { name: 'W'.repeat(80), value: 0.73, n: 99_999 },
  { name: 'tiny', value: null, n: 2 },
];

/** Segments, one of which is too small to say anything. */
export const fairness: Measurement = {
  ...BASE,
  kind: 'fairness',
  command: 'mreg fairness p.parquet --label y --score p --by s',
  inputs: [input('predictions', 'p.parquet')],
  figures: [figure('tpr_gap', 'a rate takes at least 5 rows; tiny has 2')],
  partedBy: HOSTILE,
  parts: SEGMENTS.map(({ name, value, n }) => ({
    name,
    count: n,
    figures: [figure('tpr', value ?? 'tiny has no positives', { n })],
  })),
  plots: [{ kind: 'bars', title: `tpr by ${HOSTILE}`, y: 'tpr', bars: SEGMENTS }],
};
