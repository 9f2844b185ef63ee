import type { Column, ColumnKind, DataTable, ValueCounts, Wanted } from '../port.ts';
import type { Engine } from './engine.ts';
import { identifier, literal } from './sql.ts';

/** The name under which the rows to be measured stand in the engine. */
const ROWS = 'mreg_rows';

/** Returns the rows that `select` gives as a table, which closes the engine with itself. */
export async function openTable(engine: Engine, select: string): Promise<DataTable> {
  await engine.rows(`CREATE TEMP VIEW ${ROWS} AS SELECT * FROM (${select}\n) AS given`);
  const described = await engine.rows(`DESCRIBE ${ROWS}`);
  const columns = described.map(([name, type]) => columnOf(name ?? '', type ?? ''));
  const coding = codings(engine);
  return {
    columns,
    countRows: async () => Number((await engine.rows(`SELECT count(*) FROM ${ROWS}`))[0]?.[0]),
    async *batches(wanted, sortedBy = 0) {
      const expressions = [];
      for (const each of wanted) expressions.push(await coding.expression(each));
      // The engine orders NaN after every number.
      const keys = wanted.slice(0, sortedBy).map((_, index) => String(index + 1));
      const order = keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
      yield* engine.doubles(`SELECT ${expressions.join(', ')} FROM ${ROWS}${order}`, wanted.length);
    },
    countValues: (column, most) => countValues(engine, column, most),
    countMissing: async (names) => {
      const counts = names.map((name) => `count(*) - count(${identifier(name)})`);
      const [row = []] = counts.length === 0 ? [] : await engine.rows(`SELECT ${counts.join(', ')} FROM ${ROWS}`);
      return row.map(Number);
    },
    close: () => engine.close(),
  };
}

const KINDS: readonly (readonly [RegExp, ColumnKind])[] = [
  [/^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\)|BIGNUM)$/, 'number'],
  [/^BOOLEAN$/, 'boolean'],
  [/^(?:VARCHAR|UUID|ENUM\(.*\))$/, 'text'],
  [/^(?:DATE|TIMESTAMP.*|TIME.*)$/, 'time'],
];

function columnOf(name: string, type: string): Column {
  return { name, type: type.toLowerCase(), kind: KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? 'other' };
}

/** Turns what is wanted into expressions; each list of values becomes a type of the engine, which finds places by hashing. */
function codings(engine: Engine): { expression: (wanted: Wanted) => Promise<string> } {
  let made = 0;
  return {
    expression: async (wanted) => {
      const column = identifier(wanted.column);
      if (wanted.as === 'number') return orNaN(`CAST(${column} AS DOUBLE)`);
      if (wanted.values.length === 0) return orNaN('CAST(NULL AS DOUBLE)');
      made += 1;
      const name = `mreg_codes_${String(made)}`;
      await engine.rows(`CREATE TEMP TYPE ${name} AS ENUM (${wanted.values.map(literal).join(', ')})`);
      return orNaN(`CAST(enum_code(TRY_CAST(CAST(${column} AS VARCHAR) AS ${name})) AS DOUBLE)`);
    },
  };
}

function orNaN(expression: string): string {
  return `COALESCE(${expression}, CAST('NaN' AS DOUBLE))`;
}

async function countValues(engine: Engine, column: string, most: number): Promise<ValueCounts> {
  const rows = await engine.rows(
    `SELECT CAST(${identifier(column)} AS VARCHAR) AS v, count(*) AS n FROM ${ROWS}
     GROUP BY v ORDER BY n DESC, v NULLS LAST LIMIT ${String(most + 1)}`,
  );
  const values = rows.slice(0, most).map(([value = null, count]) => ({ value, count: Number(count) }));
  return { values, complete: rows.length <= most };
}
