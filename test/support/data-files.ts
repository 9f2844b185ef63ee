import { DuckDBInstance } from '@duckdb/node-api';
import { writeFileSync } from 'node:fs';
import type { Rows } from '../contracts/data-table.contract.ts';

/** Runs statements in an engine of the test's own, which may write files. */
export async function runSql(...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    for (const statement of statements) await connection.run(statement);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Writes rows as JSON lines. */
export function writeJsonLines(path: string, rows: Rows): string {
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

/** Writes the rows of a query as a file whose format its name tells. */
export async function writeQuery(path: string, select: string): Promise<string> {
  await runSql(`COPY (${select}) TO '${path.replaceAll("'", "''")}'`);
  return path;
}
