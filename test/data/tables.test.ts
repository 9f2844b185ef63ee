import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Library } from '../../src/data/duckdb/engine.ts';
import { openMemoryTable } from '../../src/data/memory-table.ts';
import { openData } from '../../src/data/open-data.ts';
import { describeDataTable, readAll, type Rows } from '../contracts/data-table.contract.ts';
import { runSql, writeJsonLines, writeQuery } from '../support/data-files.ts';
import { temporaryDirectory } from '../support/git.ts';

describeDataTable('memory', async (rows) => {
  const names = Object.keys(rows[0] ?? {});
  return openMemoryTable(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] ?? null)])));
});

/** Types are the columns' own, whatever the first rows hold. */
const TYPES: Readonly<Record<string, string>> = { string: 'VARCHAR', number: 'DOUBLE', boolean: 'BOOLEAN' };

function selectOf(path: string, rows: Rows): string {
  const columns = Object.keys(rows[0] ?? {}).map((name) => {
    const value = rows.map((row) => row[name]).find((each) => each !== null);
    return `CAST("${name.replaceAll('"', '""')}" AS ${TYPES[typeof value] ?? 'VARCHAR'}) AS "${name.replaceAll('"', '""')}"`;
  });
  return `SELECT ${columns.join(', ')} FROM read_json('${path}', format = 'newline_delimited')`;
}

async function inFile(rows: Rows, extension: string) {
  const directory = temporaryDirectory('mreg-table');
  const lines = writeJsonLines(join(directory, 'rows.jsonl'), rows);
  return writeQuery(join(directory, `data.${extension}`), selectOf(lines, rows));
}

describeDataTable('a Parquet file', async (rows) => openData({ what: 'data', paths: [await inFile(rows, 'parquet')] }));

describeDataTable('a query over a Parquet file', async (rows) =>
  openData({ what: 'data', paths: [await inFile(rows, 'parquet')], query: 'SELECT * FROM data' }),
);

describe('a file of data', () => {
  const read = async (name: string, text: string | Uint8Array, column = 'p'): Promise<readonly number[]> => {
    const path = join(temporaryDirectory('mreg-table'), name);
    writeFileSync(path, text);
    const table = await openData({ what: name, paths: [path] });
    try {
      return (await readAll(table, [{ as: 'number', column }]))[0] ?? [];
    } finally {
      await table.close();
    }
  };

  it.each([
    ['a.csv', 'y,p\n1,0.5\n0,\n1,NaN\n', [0.5, NaN, NaN]],
    ['a.tsv', 'y\tp\n1\t0.5\n0\t0.25\n', [0.5, 0.25]],
    ['a.jsonl', '{"y":1,"p":0.5}\n{"y":0,"p":null}\n{"y":1}\n', [0.5, NaN, NaN]],
    ['a.json', '[{"y":1,"p":0.5},{"y":0,"p":2}]', [0.5, 2]],
  ])('is read as what its name says: %s', async (name, text, expected) => {
    expect(await read(name, text)).toEqual(expected);
  });

  it.each([
    ['broken.csv', Buffer.from('y,p,s\n1,0.5,M\xfcller\n', 'latin1'), /broken\.csv cannot be read: .*not utf-8/i],
    ['broken.jsonl', '{"y":1,"p":0.5\n{"y":0', /broken\.jsonl cannot be read: .*Malformed JSON/],
    ['broken.parquet', 'no parquet at all, but long enough for one', /broken\.parquet cannot be read/],
    ['late.csv', `y,p\n${'1,0.5\n'.repeat(30_000)}1,abc\n`, /late\.csv cannot be read: .*Line: 30002/],
    ['data.bin', 'x', /does not say what the file holds/],
  ])('is refused with the reason where it is damaged: %s', async (name, bytes, reason) => {
    await expect(read(name, bytes)).rejects.toThrow(reason);
  });

  it('is put together with others by the names of the columns', async () => {
    const directory = temporaryDirectory('mreg-table');
    const paths = ['a.csv', 'b.csv'].map((name) => join(directory, name));
    writeFileSync(paths[0]!, 'y,p\n1,0.5\n');
    writeFileSync(paths[1]!, 'p,y\n0.25,0\n');
    const table = await openData({ what: 'both', paths });
    expect(await readAll(table, [{ as: 'number', column: 'y' }])).toEqual([[1, 0]]);
    await table.close();
    await expect(openData({ what: 'both', paths: [...paths, 'x.parquet'] })).rejects.toThrow('several formats');
  });
});

describe('a query', () => {
  const directory = () => {
    const path = temporaryDirectory('mreg-query');
    writeFileSync(join(path, 'mine.csv'), 'y,p\n1,0.5\n0,0.25\n');
    writeFileSync(join(path, 'secret.csv'), 'password\nhunter2\n');
    return path;
  };
  const ask = async (path: string, query: string) => {
    const table = await openData({ what: 'the query', paths: [join(path, 'mine.csv')], query });
    try {
      return await readAll(table, [{ as: 'number', column: 'p' }]);
    } finally {
      await table.close();
    }
  };

  it('computes over the files as data', async () => {
    expect(await ask(directory(), 'SELECT p * 2 AS p FROM data WHERE y = 1 -- mine')).toEqual([[1]]);
  });

  it.each([
    ['reads another file', (path: string) => `SELECT 1 AS p FROM read_csv('${path}/secret.csv')`],
    ['reads another file by its name', (path: string) => `SELECT 1 AS p FROM '${path}/secret.csv'`],
    ['writes a file', (path: string) => `SELECT 1 AS p); COPY (SELECT 1) TO '${path}/new.csv'; SELECT (1`],
    ['attaches a database', (path: string) => `SELECT 1 AS p); ATTACH '${path}/new.db'; SELECT (1`],
    ['opens the doors again', () => 'SELECT 1 AS p); SET enable_external_access = true; SELECT (1'],
    ['loads an extension', () => `SELECT 1 AS p); LOAD httpfs; SELECT (1`],
    ['asks a server', () => `SELECT 1 AS p FROM read_csv('https://127.0.0.1:1/x.csv')`],
    ['names no table', () => 'SELECT p FROM nothing'],
    ['is no query', () => 'DELETE FROM data'],
  ])('is refused where it %s', async (_, query) => {
    const path = directory();
    await expect(ask(path, query(path))).rejects.toThrow(/the query cannot be read: /);
  });

  it('reads an attached database, and does not write to it', async () => {
    const path = directory();
    await runSql(`ATTACH '${path}/w.db' AS w`, 'CREATE TABLE w.t AS SELECT 0.75 AS p', 'DETACH w');
    const databases = [{ name: 'w', target: join(path, 'w.db'), kind: 'duckdb' }];
    const open = (query: string) => openData({ what: 'the query', paths: [], query, databases });
    const table = await open('SELECT p FROM w.t');
    expect(await readAll(table, [{ as: 'number', column: 'p' }])).toEqual([[0.75]]);
    await table.close();
    await expect(open('SELECT 1 AS p); DROP TABLE w.t; SELECT (1')).rejects.toThrow(/cannot be read/);
  });
});

describe('without the package', () => {
  it('says how to install it', async () => {
    const absent = (): Promise<Library> => Promise.reject(Object.assign(new Error('x'), { code: 'MODULE_NOT_FOUND' }));
    const opening = openData({ what: 'data', paths: ['/a.csv'] }, absent);
    await expect(opening).rejects.toMatchObject({
      code: 'unreadable',
      hint: expect.stringContaining('npm install @duckdb/node-api'),
    });
  });
});

describe('the temporary folder of an engine', () => {
  it('is removed with it, and so is that of one that did not start', async () => {
    const path = temporaryDirectory('mreg-temporary');
    vi.stubEnv('TMPDIR', path);
    try {
      writeFileSync(join(path, 'a.csv'), 'p\n1\n');
      const table = await openData({ what: 'a', paths: [join(path, 'a.csv')] });
      expect(readdirSync(path)).toHaveLength(2);
      await table.close();
      await expect(openData({ what: 'a', paths: [], query: 'SELECT' })).rejects.toThrow('cannot be read');
      expect(readdirSync(path)).toEqual(['a.csv']);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
