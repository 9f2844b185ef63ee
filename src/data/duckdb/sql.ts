import { assert } from '../../documents/error.ts';
import type { Format } from '../format.ts';

/** Returns a text as a literal of SQL. */
export function literal(text: string): string {
  // Attack: a file or column whose name ends the literal and goes on as SQL. NUL would end the statement in the engine.
  assert(!text.includes('\0'), 'no name holds NUL');
  return `'${text.replaceAll("'", "''")}'`;
}

/** Returns a name as an identifier of SQL, whatever it holds. */
export function identifier(name: string): string {
  assert(!name.includes('\0'), 'no name holds NUL');
  return `"${name.replaceAll('"', '""')}"`;
}

function listOf(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}

/**
 * Returns the table function that reads files of one format. Columns are put together by their names: of two files with the
 * same columns in another order, the engine would otherwise put labels under scores.
 */
export function reader(format: Format, paths: readonly string[]): string {
  const files = listOf(paths);
  switch (format) {
    case 'parquet':
      return `read_parquet(${files}, union_by_name = true)`;
    case 'csv':
      return `read_csv(${files}, union_by_name = true)`;
    case 'json':
      return `read_json(${files}, union_by_name = true)`;
    case 'arrow':
      return `read_arrow(${files})`;
  }
}
