import type { Wanted } from '../data/port.ts';
import { MregError } from '../documents/error.ts';
import { requireColumn } from './measure-columns.ts';
import type { Source } from './measure-sources.ts';

/** Two truths, NaN, missing, and one more that tells that it is no column of labels. */
const MOST_VALUES = 5;

/** Returns what to ask a column of labels for, so that a positive row is 1, a negative one 0 and an unlabelled one NaN. */
export async function labelWish(source: Source, column: string, positive: string | undefined): Promise<Wanted> {
  const { kind } = requireColumn(source, column, ['number', 'boolean', 'text']);
  const { values, complete } = await source.table.countValues(column, MOST_VALUES);
  const classes = values.flatMap(({ value }) => (value === null ? [] : [value]));
  if (positive === undefined && kind !== 'text') {
    const odd = classes.find((value) => !isBinary(value));
    if (odd === undefined && complete) return { as: 'number', column };
    throw notTwo(source, column, odd === undefined ? `${String(classes.length)} and more values` : `also ${odd}`);
  }
  const [first, second] = classes;
  if (classes.length > 2 || !complete) throw notTwo(source, column, 'more than two values');
  if (positive === undefined || (positive !== first && positive !== second))
    throw new MregError('usage', `which value of ${column} is the positive one? It has ${classes.join(' and ')}`, {
      hint: `--positive ${first ?? '<value>'}`,
    });
  const negative = classes.find((value) => value !== positive) ?? `not ${positive}`;
  return { as: 'code', column, values: [negative, positive] };
}

/** As the engine writes the two truths in its types, and what is no number. */
function isBinary(value: string): boolean {
  return value === 'true' || value === 'false' || value.toLowerCase() === 'nan' || [0, 1].includes(Number(value));
}

function notTwo({ input }: Source, column: string, found: string): MregError {
  return new MregError('bad-file', `the label ${column} of ${input.source} must hold 0 and 1, found ${found}`, {
    hint: `for a number to be predicted: --task regression; else make it with --query 'SELECT *, … AS ${column} FROM data'`,
  });
}
