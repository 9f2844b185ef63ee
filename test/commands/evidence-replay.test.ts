import { appendFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../src/documents/read-document.ts';
import { OUTPUT_SCHEMAS, type MeasurementOutput, type ReplayOutput } from '../../src/report/output-schemas.ts';
import { writeQuery } from '../support/data-files.ts';
import { makeRegistry, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

const registryWithVersion = template(async (home) => {
  const registry = await makeRegistry({ home, server: true });
  await registerVersion(registry, 'delay');
  return registry;
});

const ROWS = `SELECT i / 200.0 AS p, CAST(hash(i) % 200 < i AS INTEGER) AS y, 's ' || (i % 3) AS s FROM range(200) t(i)`;

async function withPredictions(): Promise<{ registry: TestRegistry; file: string }> {
  const registry = await registryWithVersion();
  return { registry, file: await writeQuery(join(registry.home, "it's p.parquet"), ROWS) };
}

function evidenceAt(registry: TestRegistry, path: string) {
  const reading = readDocument('Evidence', { path, bytes: readFileSync(join(registry.directory, path)) });
  if (!reading.ok) throw new Error(JSON.stringify(reading.refusals));
  return reading.value;
}

async function attached(registry: TestRegistry, ...words: readonly string[]): Promise<MeasurementOutput> {
  const { stdout } = mustSucceed(await registry.mreg([...words, '--attach', 'delay@v1', '--json']));
  return JSON.parse(stdout) as MeasurementOutput;
}

async function replayed(registry: TestRegistry, ...words: readonly string[]): Promise<ReplayOutput & { code: number }> {
  const { code, stdout, stderr } = await registry.mreg(['evidence', 'replay', 'delay@v1', ...words, '--json']);
  expect(stderr).toBe('');
  const outcome = JSON.parse(stdout) as ReplayOutput;
  expect(new Ajv2020({ strict: false }).compile(OUTPUT_SCHEMAS['evidence-replay'] ?? {})(outcome)).toBe(true);
  return { ...outcome, code };
}

describe('a measurement that is attached', { timeout: 60_000 }, () => {
  it('is signed evidence on the server, with the digest of what was measured, and gives the same again', async () => {
    const { registry, file } = await withPredictions();
    const found = await attached(registry, 'evaluate', file, '--label', 'y', '--score', 'p', '--by', 's');
    expect(found.attached).toMatchObject({ model: 'delay', version: 'v1', kind: 'offline', pushed: true });
    const { spec } = evidenceAt(registry, found.attached?.path ?? '');
    const auc = found.figures.find(({ name }) => name === 'auc');
    expect(spec).toMatchObject({
      metrics: { auc: { value: auc?.value, n: 200, low: auc?.low, high: auc?.high } },
      dataset: { name: 'predictions', uri: file, rows: 200, digest: found.inputs[0]?.digest },
      attachments: [{ name: 'predictions', digest: found.inputs[0]?.digest, uri: file }],
      tool: { name: 'mreg', version: '0.0.0-test', command: found.command },
    });
    expect(spec.slices?.map(({ name }) => name).toSorted()).toEqual(['s=s 0', 's=s 1', 's=s 2']);
    mustSucceed(await registry.mreg(['verify']));

    const again = await replayed(registry);
    expect(again).toMatchObject({ code: 0, ok: true, kind: 'offline', inputs: [{ same: true }] });
    expect(again.figures).toHaveLength(8 + 3 * 8);
    renameSync(file, join(registry.home, 'elsewhere.parquet'));
    const moved = await replayed(registry, '--data', join(registry.home, 'elsewhere.parquet'));
    expect(moved).toMatchObject({ code: 0, ok: true });
  });

  it('is found out when the bytes are others, or the numbers were', async () => {
    const { registry, file } = await withPredictions();
    const other = await writeQuery(join(registry.home, 'other.parquet'), ROWS.replace('hash(i)', 'hash(i + 1)'));
    const words = ['--label', 'y', '--score', 'p', '--by', 's'];
    const { command, figures, inputs } = await attached(registry, 'fairness', file, ...words);
    expect(await replayed(registry, '--data', other)).toMatchObject({
      code: 4,
      ok: false,
      inputs: [{ same: false }],
      figures: [],
    });

    const metrics = Object.fromEntries(figures.map(({ name, value }) => [name, Number(value) + 0.001]));
    const forged = {
      metrics,
      tool: { name: 'mreg', command },
      attachments: [{ name: 'predictions', digest: inputs[0]?.digest }],
    };
    const claim = { stdin: JSON.stringify(forged) };
    mustSucceed(await registry.mreg(['evidence', 'add', 'delay@v1', '-', '--kind', 'fairness'], claim));
    const outcome = await replayed(registry);
    expect(outcome).toMatchObject({ code: 4, ok: false, inputs: [{ same: true }] });
    const gap = outcome.figures.find(({ name }) => name === 'tpr_gap');
    expect(gap).toMatchObject({ same: false, recorded: metrics['tpr_gap'] });
    const { stdout } = await registry.mreg(['evidence', 'replay', 'delay@v1']);
    expect(stdout).toContain(`✘ tpr_gap: recorded ${String(gap?.recorded)}, measured ${String(gap?.found)}`);
  });

  it('of drift names both sides, and says what it could not measure', async () => {
    const { registry, file } = await withPredictions();
    const current = await writeQuery(
      join(registry.home, 'c.parquet'),
      `SELECT *, 1 AS fresh FROM (${ROWS}) WHERE p < 0.02`,
    );
    const words = [
      'drift',
      '--reference',
      file,
      '--current',
      current,
      '--exclude',
      'y',
      '--attach',
      'delay@v1',
      '--json',
    ];
    const { code, stdout } = await registry.mreg(words);
    const found = JSON.parse(stdout) as MeasurementOutput;
    expect({ code, ok: found.ok, kind: found.attached?.kind }).toEqual({ code: 1, ok: false, kind: 'drift' });
    const { spec } = evidenceAt(registry, found.attached?.path ?? '');
    expect(spec.attachments?.map(({ name }) => name)).toEqual(['reference', 'current']);
    const unknown = found.figures.filter(({ value }) => value === null).map(({ name }) => name);
    expect(unknown.length).toBeGreaterThan(0);
    for (const name of unknown) {
      expect(spec.metrics?.[name]).toBeUndefined();
      expect(spec.note).toContain(`${name} is inconclusive: `);
    }
    const again = await replayed(registry, '--data', `reference=${file}`, '--data', `current=${current}`);
    expect(again).toMatchObject({ code: 0, ok: true });
    appendFileSync(current, 'x');
    const { code: other } = await registry.mreg(['evidence', 'replay', 'delay@v1', '--json']);
    expect([2, 4]).toContain(other);
  });

  it('is not measured where it cannot be attached', async () => {
    const { registry } = await withPredictions();
    const words = ['evaluate', 'absent.parquet', '--label', 'y', '--score', 'p', '--attach'];
    expect((await registry.mreg([...words, 'delay@v9'])).stderr).toContain('has no version v9');
    expect((await registry.mreg([...words, 'delay@v1', '--kind', 'NO'])).stderr).toContain('cannot name a kind');
    expect((await registry.mreg([...words, 'delay@v1'])).stderr).toContain('there is no file absent.parquet');
  });

  it.each([
    ['what was typed in', { tool: { name: 'by hand', command: 'x' } }, /was measured by mreg/],
    ['another command', { tool: { name: 'mreg', command: 'mreg hold delay@v1' } }, /cannot be measured again/],
    [
      'a command of a shell',
      { tool: { name: 'mreg', command: 'mreg evaluate $(id) --label y' } },
      /not one that mreg recorded/,
    ],
    [
      'a command that lacks flags',
      { tool: { name: 'mreg', command: 'mreg fairness p.parquet' } },
      /cannot be measured again/,
    ],
  ])('cannot be measured again from %s', async (_, more, reason) => {
    const registry = await registryWithVersion();
    const call = { stdin: JSON.stringify({ metrics: { auc: 0.9 }, ...more }) };
    mustSucceed(await registry.mreg(['evidence', 'add', 'delay@v1', '-', '--kind', 'offline'], call));
    const { code, stderr } = await registry.mreg(['evidence', 'replay', 'delay@v1']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(reason) });
  });
});
