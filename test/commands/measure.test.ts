import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { digestOf } from '../../src/documents/digest.ts';
import { OUTPUT_SCHEMAS, type MeasurementOutput, type SchemaInferOutput } from '../../src/report/output-schemas.ts';
import { runSql, writeQuery } from '../support/data-files.ts';
import { temporaryDirectory } from '../support/git.ts';
import { testOutside } from '../support/outside.ts';

const ajv = new Ajv2020({ strict: false });

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function ask(cwd: string, ...words: readonly string[]): Promise<Answer> {
  const { outside, printed } = testOutside({ cwd, home: cwd, env: {} });
  return { code: await run(outside, words), ...printed };
}

async function measure(cwd: string, ...words: readonly string[]): Promise<MeasurementOutput & { code: number }> {
  const { code, stdout } = await ask(cwd, ...words, '--json');
  const found = JSON.parse(stdout) as MeasurementOutput;
  const validate = ajv.compile(OUTPUT_SCHEMAS[words[0] ?? ''] ?? {});
  expect({ ok: validate(found), found, errors: validate.errors }).toMatchObject({ ok: true });
  return { ...found, code };
}

/** Values by name; what is inconclusive is told by its reason. */
function valuesOf({ figures }: Pick<MeasurementOutput, 'figures'>): Record<string, number | string | null> {
  return Object.fromEntries(figures.map(({ name, value, reason }) => [name, value ?? reason]));
}

/** Sixty rows whose scores rank all but the two classes' middles right, in two segments. */
const PREDICTIONS = `SELECT i AS id, (i % 60) / 60.0 AS p, CAST(i % 60 >= 30 AS INTEGER) AS y, CASE WHEN i % 60 >= 30 THEN 'yes' ELSE 'no' END AS word,
  'seg' || (i % 2) AS s, ((i * 7) % 60) / 60.0 AS p_old, 10.0 + i AS ms, CASE WHEN i = 3 THEN 503 ELSE 200 END AS status, i % 2 = 0 AS late
  FROM range(60) t(i)`;

async function folder(files: Readonly<Record<string, string>> = { 'p.parquet': PREDICTIONS }): Promise<string> {
  const cwd = temporaryDirectory('mreg-measure');
  for (const [name, select] of Object.entries(files)) await writeQuery(join(cwd, name), select);
  return cwd;
}

describe('mreg evaluate', () => {
  it('measures a classifier, with what proves which rows it was', async () => {
    const cwd = await folder();
    const found = await measure(cwd, 'evaluate', 'p.parquet', '--label', 'y', '--score', 'p', '--by', 's');
    expect(valuesOf(found)).toMatchObject({ auc: 1, accuracy: 1, precision: 1, recall: 1, f1: 1 });
    expect(found).toMatchObject({
      code: 0,
      ok: true,
      kind: 'evaluation',
      command: 'mreg evaluate p.parquet --task binary --label y --score p --by s --threshold 0.5',
      inputs: [
        { role: 'predictions', source: 'p.parquet', files: 1, rows: 60, digest: /^sha256:/ as unknown as string },
      ].map(({ digest: _, ...input }) => input),
      partedBy: 's',
      attached: null,
    });
    expect(found.parts.map(({ name, count }) => [name, count])).toEqual([
      ['seg0', 30],
      ['seg1', 30],
    ]);
    expect(found.plots.map(({ kind }) => kind)).toEqual(['lines', 'lines', 'bars']);
  });

  it('compares two models on the same rows, in one file or in two', async () => {
    const cwd = await folder({
      'p.parquet': PREDICTIONS,
      'old.parquet': `SELECT y, p_old AS p FROM (${PREDICTIONS})`,
      'other.parquet': `SELECT 1 - y AS y, p_old AS p FROM (${PREDICTIONS})`,
    });
    const words = ['evaluate', 'p.parquet', '--label', 'y', '--score', 'p'];
    const inOne = await measure(cwd, ...words, '--baseline-score', 'p_old');
    const inTwo = await measure(cwd, ...words, '--baseline', 'old.parquet');
    expect(valuesOf(inTwo)).toEqual(valuesOf(inOne));
    const { auc, baseline_auc: before, auc_delta: delta } = valuesOf(inOne);
    expect(delta).toBeCloseTo(Number(auc) - Number(before), 12);
    expect(inTwo.inputs.map(({ role }) => role)).toEqual(['predictions', 'baseline']);
    const refused = await ask(cwd, ...words, '--baseline', 'other.parquet');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('do not hold the same rows') });
  });

  it('measures a regression', async () => {
    const cwd = await folder();
    const words = ['evaluate', 'p.parquet', '--task', 'regression', '--label', 'p', '--score', 'p_old', '--by', 's'];
    const found = await measure(cwd, ...words);
    expect(Object.keys(valuesOf(found))).toEqual(['mae', 'rmse', 'r2']);
    expect(found.parts).toHaveLength(2);
    const mean = (pick: (i: number) => number) =>
      Array.from({ length: 60 }, (_, i) => pick(i)).reduce((a, b) => a + b) / 60;
    expect(valuesOf(found)['mae']).toBeCloseTo(
      mean((i) => Math.abs(i / 60 - ((i * 7) % 60) / 60)),
      12,
    );
  });

  it('measures a log of requests', async () => {
    const cwd = await folder();
    const words = ['evaluate', 'p.parquet', '--task', 'latency', '--latency', 'ms', '--status', 'status'];
    expect(valuesOf(await measure(cwd, ...words))).toEqual({
      latency_p50_ms: 39.5,
      latency_p95_ms: expect.closeTo(66.05, 9),
      latency_p99_ms: expect.stringContaining('too few'),
      error_rate: 1 / 60,
    });
  });

  it('measures what a query makes of files, and of databases', async () => {
    const cwd = await folder();
    const words = ['--label', 'y', '--score', 'p'];
    const some = await measure(cwd, 'evaluate', 'p.parquet', ...words, '--query', 'SELECT * FROM data WHERE id < 59');
    expect(some.inputs[0]?.rows).toBe(59);
    await runSql(`ATTACH '${cwd}/w.db' AS w`, `CREATE TABLE w.t AS ${PREDICTIONS}`, 'DETACH w');
    const stored = await measure(
      cwd,
      'evaluate',
      'sql:SELECT * FROM w.t',
      ...words,
      '--database',
      `w=duckdb:${cwd}/w.db`,
    );
    expect(stored.inputs).toMatchObject([{ digest: null, files: 0, rows: 60 }]);
    expect(stored.command).not.toContain('w.db');
  });

  it.each([
    ['a label of two texts', ['--label', 'word', '--score', 'p', '--positive', 'yes'], 1],
    ['a label of truths', ['--label', 'late', '--score', 'p'], expect.any(Number)],
  ])('takes %s', async (_, words, auc) => {
    expect(valuesOf(await measure(await folder(), 'evaluate', 'p.parquet', ...words))).toMatchObject({ auc });
  });
});

describe('what cannot be measured', () => {
  /** Each file with its rows; those that a query cannot write are written as bytes below. */
  const FILES = {
    'p.parquet': PREDICTIONS,
    'three.parquet': `${PREDICTIONS} LIMIT 3`,
    'nan.parquet': `SELECT y, CAST('NaN' AS DOUBLE) AS p, s FROM (${PREDICTIONS})`,
    'null.parquet': `SELECT y, CAST(NULL AS DOUBLE) AS p, s FROM (${PREDICTIONS})`,
    'one.parquet': `SELECT 1 AS y, p, s FROM (${PREDICTIONS})`,
    'constant.parquet': `SELECT y, 0.5 AS p, s FROM (${PREDICTIONS})`,
    'few.parquet': `SELECT CAST(i = 5 AS INTEGER) AS y, i / 60.0 AS p, 's' AS s FROM range(60) t(i)`,
    'none.parquet': `${PREDICTIONS} LIMIT 0`,
    'grades.parquet': `SELECT i % 3 AS y, i / 60.0 AS p FROM range(60) t(i)`,
  };
  const SCORES = ['--label', 'y', '--score', 'p'];
  let cwd: string;
  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'mreg-unmeasured-'));
    await runSql(...Object.entries(FILES).map(([name, select]) => `COPY (${select}) TO '${cwd}/${name}'`));
    writeFileSync(join(cwd, 'empty.csv'), '');
    writeFileSync(join(cwd, 'latin.csv'), Buffer.from('y,p\n1,0.5\n0,M\xfcller\n', 'latin1'));
    writeFileSync(join(cwd, 'damaged.parquet'), 'PAR1 and no more of it');
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it.each([
    [
      'a missing column',
      ['p.parquet', '--label', 'y', '--score', 'P_odl'],
      /has no column P_odl.*\n.*did you mean p_old\?/s,
    ],
    ['a column of another type', ['p.parquet', '--label', 'y', '--score', 's'], /holds varchar, expected number/],
    ['a label of three classes', ['grades.parquet', ...SCORES], /must hold 0 and 1, found also 2/],
    ['a label of texts without a positive one', ['p.parquet', '--label', 'word', '--score', 'p'], /--positive/],
    ['a file without rows', ['none.parquet', ...SCORES], /holds no rows/],
    ['an empty file', ['empty.csv', ...SCORES], /is empty/],
    ['a path of a file that is not there', ['/data/fifty-gigabytes.parquet', ...SCORES], /there is no file/],
    ['a pattern without a match', ['*.feather', ...SCORES], /no file matches/],
    ['bytes that are not UTF-8', ['latin.csv', ...SCORES], /latin\.csv cannot be read/],
    ['a damaged file', ['damaged.parquet', ...SCORES], /damaged\.parquet cannot be read/],
    ['a segment that names rows', ['p.parquet', ...SCORES, '--by', 'absent'], /has no column absent/],
    ['a flag of another task', ['p.parquet', ...SCORES, '--latency', 'ms'], /does not take --latency/],
    ['no label', ['p.parquet', '--score', 'p'], /needs --label/],
    [
      'a query that fails',
      ['p.parquet', ...SCORES, '--query', 'SELECT nothing FROM data'],
      /cannot be read: .*nothing/,
    ],
    [
      'a database without a kind',
      ['p.parquet', ...SCORES, '--database', 'postgres://u:hunter2@h/d'],
      /expected <name>=<kind>/,
    ],
  ])('is refused with the reason: %s', async (_, words, reason) => {
    const { code, stderr } = await ask(cwd, 'evaluate', ...words);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain('hunter2');
    expect([2, 3]).toContain(code);
  });

  it.each([
    ['three rows', 'three.parquet'],
    ['scores that are all NaN', 'nan.parquet'],
    ['scores that are all missing', 'null.parquet'],
    ['one class', 'one.parquet'],
    ['a constant score', 'constant.parquet'],
    ['one positive', 'few.parquet'],
  ])('is inconclusive and no number: %s', async (_, file) => {
    for (const verb of [['evaluate'], ['fairness', '--by', 's']]) {
      const found = await measure(cwd, ...verb, file, ...SCORES);
      expect(found.figures.map(({ value }) => value).filter((value) => value !== null)).toEqual([]);
      expect(found.figures.every(({ reason }) => (reason ?? '').length > 10)).toBe(true);
    }
  });
});

describe('mreg fairness', () => {
  it('measures the gaps between segments, and says where they are', async () => {
    const cwd = await folder({
      'p.parquet': `SELECT CAST(i % 2 AS INTEGER) AS y, CASE WHEN i % 2 = 1 AND (i < 60 OR i % 4 = 1) THEN 0.9 ELSE 0.1 END AS p, CASE WHEN i < 60 THEN 'a' ELSE 'b' END AS s FROM range(120) t(i)`,
    });
    const found = await measure(cwd, 'fairness', 'p.parquet', '--label', 'y', '--score', 'p', '--by', 's');
    expect(valuesOf(found)).toEqual({ tpr_gap: 0.5, fpr_gap: 0, equalised_odds_gap: 0.5, selection_rate_gap: 0.25 });
    expect(found.notes[0]).toBe('The true positive rate is highest in a and lowest in b.');
    expect(found.parts.map((part) => valuesOf(part))).toEqual([
      { tpr: 1, fpr: 0, selection_rate: 0.5, positives: 30 },
      { tpr: 0.5, fpr: 0, selection_rate: 0.25, positives: 30 },
    ]);
  });

  it('is inconclusive where a segment has no positives, also where its rows name none', async () => {
    const cwd = await folder({
      'p.parquet': `SELECT CASE WHEN i < 60 THEN i % 2 ELSE 0 END AS y, (i % 7) / 7.0 AS p, CASE WHEN i < 60 THEN 'a' END AS s FROM range(120) t(i)`,
    });
    const found = await measure(cwd, 'fairness', 'p.parquet', '--label', 'y', '--score', 'p', '--by', 's');
    expect(valuesOf(found)).toMatchObject({
      tpr_gap: expect.stringContaining('(missing)'),
      fpr_gap: expect.any(Number),
    });
    expect(found.parts.map(({ name }) => name).sort()).toEqual(['(missing)', 'a']);
  });
});

describe('mreg drift', () => {
  const side = (shift: number, more = '') =>
    `SELECT sin(i) + ${String(shift)} AS a, cos(i * 1.7) AS b, 'k' || CAST(i % ${shift > 0 ? 2 : 5} AS VARCHAR) AS c${more} FROM range(3000) t(i)`;
  const words = ['drift', '--reference', 'r.parquet', '--current', 'c.parquet'];

  it('finds what moved, and ends with 1', async () => {
    const cwd = await folder({ 'r.parquet': side(0), 'c.parquet': side(0.7) });
    const found = await measure(cwd, ...words);
    expect(found).toMatchObject({ code: 1, ok: false, partedBy: 'feature' });
    expect(found.parts.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
    expect(found.bounds.map(({ metric, holds }) => [metric, holds])).toEqual([
      ['psi', false],
      ['ks_p_value', false],
      ['chi2_p_value', false],
    ]);
    expect(found.figures.map(({ name, n, m }) => [name, n, m])).toEqual([
      ['psi', 3000, 3000],
      ['ks_statistic', 3000, 3000],
      ['ks_p_value', 3000, 3000],
      ['js_distance', 3000, 3000],
      ['chi2_p_value', 3000, 3000],
    ]);
    const { stdout, stderr } = await ask(cwd, ...words);
    expect(stdout).toMatch(/✘ psi is/);
    expect(stderr).toContain('out of bounds: psi, ks_p_value, chi2_p_value');
  });

  it('ends with 0 where nothing moved, and takes the features that are named', async () => {
    const cwd = await folder({ 'r.parquet': side(0), 'c.parquet': side(0.7) });
    const found = await measure(cwd, ...words, '--columns', 'b');
    expect(found).toMatchObject({ code: 0, ok: true });
    expect(valuesOf(found)).toEqual({ psi: 0, ks_statistic: 0, ks_p_value: 1 });
    expect((await measure(cwd, ...words, '--exclude', 'a', '--exclude', 'c')).figures).toEqual(found.figures);
  });

  it('takes at most ten thousand rows a side for p-values, the same whatever their order', async () => {
    const many = (order: string) => `SELECT (i * 7919 % 30011) / 3.0 AS a FROM range(30000) t(i) ORDER BY ${order}`;
    const cwd = await folder({ 'r.parquet': many('i'), 'c.parquet': many('i DESC') });
    const found = await measure(cwd, ...words);
    expect(found.figures.map(({ n }) => n)).toEqual([30000, 30000, 10000]);
    expect(valuesOf(found)).toMatchObject({ psi: 0, ks_statistic: 0 });
    expect(valuesOf(await measure(cwd, ...words))).toEqual(valuesOf(found));
  });

  it("follows evidently's convention where that is asked for", async () => {
    const cwd = await folder({ 'r.parquet': side(0), 'c.parquet': side(0.7) });
    const found = await measure(cwd, ...words, '--binning', 'evidently', '--columns', 'a');
    expect(found.bounds[0]).toMatchObject({ metric: 'psi', limit: 0.1 });
    expect(valuesOf(found)['psi']).not.toBe(valuesOf(await measure(cwd, ...words, '--columns', 'a'))['psi']);
  });

  it.each([
    ['a constant column', side(0, ', 1 AS flat'), side(0, ', 1 AS flat'), /flat/],
    ['a column that is all NaN', side(0, `, CAST('NaN' AS DOUBLE) AS gone`), side(0, ', 1.0 AS gone'), /gone/],
    ['three rows', `${side(0)} LIMIT 3`, `${side(0)} LIMIT 3`, /rows/],
  ])('is inconclusive, which is no pass: %s', async (_, reference, current, reason) => {
    const cwd = await folder({ 'r.parquet': reference, 'c.parquet': current });
    const found = await measure(cwd, ...words);
    expect(found).toMatchObject({ code: 1, ok: false });
    expect(valuesOf(found)['psi']).toMatch(reason);
  });

  it.each([
    ['a column that the current side lacks', side(0, ', 1 AS x'), side(0), [], /c\.parquet has no column x/],
    [
      'a column of another type',
      side(0, ', 1 AS x'),
      side(0, `, 'one' AS x`),
      [],
      /column x of c\.parquet holds varchar/,
    ],
    ['a named column that nobody has', side(0), side(0), ['--columns', 'aa'], /did you mean a\?/],
    ['both ways to choose', side(0), side(0), ['--columns', 'a', '--exclude', 'b'], /two ways/],
    ['only dates', "SELECT DATE '2026-01-01' AS d", "SELECT DATE '2026-01-02' AS d", [], /no feature to compare/],
  ])('is refused with the reason: %s', async (_, reference, current, more, reason) => {
    const cwd = await folder({ 'r.parquet': reference, 'c.parquet': current });
    const { code, stderr } = await ask(cwd, ...words, ...more);
    expect(stderr).toMatch(reason);
    expect(code).toBe(2);
  });

  it('says what it left out', async () => {
    const cwd = await folder({
      'r.parquet': side(0, ", DATE '2026-01-01' AS d, 'id' || CAST(i AS VARCHAR) AS id"),
      'c.parquet': side(0, ", DATE '2026-01-02' AS d, 'id' || CAST(i AS VARCHAR) AS id, 7 AS fresh"),
    });
    expect((await measure(cwd, ...words)).notes).toEqual([
      'd was left out: it holds date.',
      'fresh was left out: only the current side has it.',
      'id was left out: it has more than 1000 different texts.',
    ]);
  });
});

describe('mreg schema infer', () => {
  it('prints what mreg register --features takes', async () => {
    const cwd = await folder({
      'p.parquet': `SELECT *, CASE WHEN id > 3 THEN 1.5 END AS maybe, [1] AS list FROM (${PREDICTIONS})`,
    });
    const words = ['schema', 'infer', 'p.parquet', '--output', 'p', '--exclude', 'y'];
    const { code, stdout, stderr } = await ask(cwd, ...words);
    expect(code).toBe(0);
    const features = JSON.parse(stdout) as Pick<SchemaInferOutput, 'inputs' | 'outputs'>;
    expect(features.outputs).toEqual([{ name: 'p', type: 'double' }]);
    expect(features.inputs).toContainEqual({ name: 'maybe', type: 'double', required: false });
    expect(features.inputs).toContainEqual({ name: 's', type: 'string', required: true });
    expect(stderr).toContain('list is left out');
    const found = JSON.parse((await ask(cwd, ...words, '--json')).stdout) as SchemaInferOutput;
    expect(ajv.compile(OUTPUT_SCHEMAS['schema-infer'] ?? {})(found)).toBe(true);
    expect(found).toMatchObject({ rows: 60, unknown: [{ column: 'list' }], ...features });
  });
});

describe('a file that is measured', () => {
  it('is told by the sha256 of its bytes', async () => {
    const cwd = temporaryDirectory('mreg-measure');
    const text = `y,p\n${Array.from({ length: 60 }, (_, i) => `${String(i % 2)},${String(i / 60)}\n`).join('')}`;
    writeFileSync(join(cwd, 'p.csv'), text);
    const found = await measure(cwd, 'evaluate', 'p.csv', '--label', 'y', '--score', 'p');
    expect(found.inputs[0]?.digest).toBe(digestOf(text));
    appendFileSync(join(cwd, 'p.csv'), '1,0.9\n');
    expect((await measure(cwd, 'evaluate', 'p.csv', '--label', 'y', '--score', 'p')).inputs[0]?.rows).toBe(61);
  });
});
