import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { runSql } from '../test/support/data-files.ts';
import type { Row } from './measurements.ts';
import { MREG } from './registry.ts';
import { timeCommand, type Command } from './timing.ts';

/** What measuring may take: 5 million rows a side, two columns. */
const BOUNDS = { ms: 5000, mib: 600 } as const;

/** How many rows are measured and how often. */
export interface DataSize {
  readonly rows: number;
  readonly rounds: number;
}

/** Drift of two columns and evaluation of predictions, from Parquet, against pandas and scipy where python3 has them. */
export async function measureMeasuring(home: string, { rows, rounds }: DataSize): Promise<readonly Row[]> {
  const directory = join(home, 'data');
  mkdirSync(directory, { recursive: true });
  await makeData(directory, rows);
  const drift = ['drift', '--reference', 'reference.parquet', '--current', 'current.parquet', '--quiet'];
  const evaluate = ['evaluate', 'predictions.parquet', '--label', 'y', '--score', 'p', '--quiet'];
  const fairness = ['fairness', 'predictions.parquet', '--label', 'y', '--score', 'p', '--by', 's', '--quiet'];
  const python = findPython(directory);
  const seen = {
    drift: [] as number[],
    memory: [] as number[],
    python: [] as number[],
    evaluate: [] as number[],
    fairness: [] as number[],
  };
  for (let round = 0; round < rounds; round += 1) {
    seen.drift.push(timeMreg(home, directory, drift));
    seen.memory.push(peakIn(home));
    if (python !== undefined) seen.python.push(timeCommand(python));
    seen.evaluate.push(timeMreg(home, directory, evaluate));
    seen.memory.push(peakIn(home));
    seen.fairness.push(timeMreg(home, directory, fairness));
  }
  const size = `${String(rows)} rows`;
  const against: readonly Row[] =
    python === undefined
      ? []
      : [
          { what: `pandas + scipy, PSI and KS, 2 columns × ${size}`, values: seen.python, unit: 'ms' },
          {
            what: 'mreg drift ÷ pandas + scipy',
            values: seen.drift.map((ms, round) => ms / (seen.python[round] ?? Number.NaN)),
            unit: '×',
            atMost: 1,
          },
        ];
  return [
    { what: `mreg drift, 2 columns × ${size} a side, Parquet`, values: seen.drift, unit: 'ms', atMost: BOUNDS.ms },
    ...against,
    { what: `mreg evaluate, ${size}`, values: seen.evaluate, unit: 'ms', atMost: BOUNDS.ms },
    { what: `mreg fairness, 8 segments, ${size}`, values: seen.fairness, unit: 'ms', atMost: BOUNDS.ms },
    { what: 'memory of drift and evaluate', values: seen.memory, unit: 'MiB', atMost: BOUNDS.mib },
  ];
}

async function makeData(directory: string, rows: number): Promise<void> {
  const side = (shift: number): string =>
    `SELECT sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) + ${String(shift)} AS a, -ln(1 - random()) AS b FROM range(${String(rows)})`;
  const predictions = `SELECT p, CAST(random() < p AS INTEGER) AS y, 's' || CAST(floor(random() * 8) AS INTEGER) AS s FROM (SELECT random() AS p FROM range(${String(rows)}))`;
  const put = (name: string, select: string): string => `COPY (${select}) TO '${directory}/${name}.parquet'`;
  await runSql(
    'SELECT setseed(0.5)',
    put('reference', side(0)),
    put('current', side(0.05)),
    put('predictions', predictions),
    // pandas of Debian reads no Parquet: it is given pickles of its own, which it reads faster.
    `COPY (SELECT * FROM '${directory}/reference.parquet') TO '${directory}/reference.csv'`,
    `COPY (SELECT * FROM '${directory}/current.parquet') TO '${directory}/current.csv'`,
  );
}

function timeMreg(home: string, directory: string, words: readonly string[]): number {
  // Node tells the most that it held, in KiB, when it ends.
  const watch = `import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(${JSON.stringify(join(home, 'peak'))},String(process.resourceUsage().maxRSS)))`;
  const program = [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(watch)}`, MREG] as const;
  const env = { PATH: process.env['PATH'], HOME: home };
  // Drift is found, which is exit code 1 and no failure.
  return timeCommand({ words: ['sh', '-c', '"$@" || [ $? = 1 ]', 'sh', ...program, ...words], cwd: directory, env });
}

function peakIn(home: string): number {
  return Number(readFileSync(join(home, 'peak'), 'utf8')) / 1024;
}

/** PSI and KS of both columns, as a data scientist writes them, from files that pandas reads faster than Parquet. */
const PYTHON = `
import numpy as np, pandas as pd
from scipy.stats import ks_2samp
r, c = (pd.read_pickle(f'{side}.pickle') for side in ('reference', 'current'))
for name in r.columns:
    x, y = r[name].to_numpy(), c[name].to_numpy()
    edges = np.quantile(x, np.arange(1, 10) / 10)
    p = np.clip(np.bincount(np.searchsorted(edges, x), minlength=10) / len(x), 1e-4, None)
    q = np.clip(np.bincount(np.searchsorted(edges, y), minlength=10) / len(y), 1e-4, None)
    print(name, ((q - p) * np.log(q / p)).sum(), ks_2samp(x, y))
`;
const PICKLE = `
import pandas as pd
for side in ('reference', 'current'):
    pd.read_csv(f'{side}.csv').to_pickle(f'{side}.pickle')
`;

/** Returns the command that does the same in Python; undefined where no python3 has both packages. */
function findPython(directory: string): Command | undefined {
  const at = { cwd: directory, env: { PATH: process.env['PATH'], HOME: directory } };
  const found = ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', 'import pandas, scipy.stats'], at).status === 0,
  );
  if (found === undefined || spawnSync(found, ['-c', PICKLE], at).status !== 0) return undefined;
  return { words: [found, '-c', PYTHON], ...at };
}
