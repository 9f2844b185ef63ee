import { paintFor } from './paint.ts';
import type { View } from './view.ts';
import { padTo, widthOf } from './width.ts';
import { wrap } from './wrap.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Cells are safe text (see escape.ts), painted or not. Columns in which every cell is empty are left out. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** Spaces before each line. */
  readonly indent?: number;
}

const GAP = 2;
/** Below this many columns a table reads worse than a list. */
const STACK_BELOW = 50;
/** A column is never shrunk below this, unless it is narrower by nature. */
const NARROWEST = 10;

/** Returns the lines of a table that fits `view.columns`: the widest columns wrap; where that fails, rows are stacked. */
export function renderTable(table: Table, view: View): string[] {
  const full = withoutEmptyColumns(table);
  const widths = view.columns < STACK_BELOW ? undefined : fittingWidths(full, view.columns);
  return widths === undefined ? stacked(full, view) : aligned(full, widths, view);
}

/** Tells whether `table` fits `columns` with no cell wrapped, so that a caller may choose what to leave out. */
export function fitsUnwrapped(table: Table, columns: number): boolean {
  const full = withoutEmptyColumns(table);
  return totalWidth(naturalWidths(full), full.indent ?? 0) <= columns;
}

function withoutEmptyColumns(table: Table): Table {
  const kept = table.columns.map((_, index) => index === 0 || table.rows.some((row) => (row[index] ?? '') !== ''));
  const keep = <T>(list: readonly T[]): T[] => list.filter((_, index) => kept[index] === true);
  return { ...table, columns: keep(table.columns), rows: table.rows.map(keep) };
}

function naturalWidths({ columns, rows }: Table): number[] {
  return columns.map(({ title }, index) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? '')), widthOf(title)),
  );
}

function totalWidth(widths: readonly number[], indent: number): number {
  return widths.reduce((sum, width) => sum + width, indent + GAP * (widths.length - 1));
}

/** Takes one cell at a time from the widest column; undefined where every column is as narrow as it may be. */
function fittingWidths(table: Table, columns: number): number[] | undefined {
  const natural = naturalWidths(table);
  const floors = natural.map((width, index) =>
    Math.min(width, Math.max(NARROWEST, widthOf(table.columns[index]?.title ?? ''))),
  );
  const widths = natural.map((width) => Math.min(width, columns));
  for (let excess = totalWidth(widths, table.indent ?? 0) - columns; excess > 0; excess -= 1) {
    const widest = widestShrinkable(widths, floors);
    if (widest === undefined) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function widestShrinkable(widths: readonly number[], floors: readonly number[]): number | undefined {
  let found: number | undefined;
  for (const [index, width] of widths.entries()) {
    if (width <= (floors[index] ?? 0)) continue;
    if (found === undefined || width > (widths[found] ?? 0)) found = index;
  }
  return found;
}

function aligned(table: Table, widths: readonly number[], view: View): string[] {
  const paint = paintFor(view);
  const titles = table.columns.map(({ title }) => paint.dim(title));
  return [titles, ...table.rows].flatMap((row) => alignedRow(row, widths, table));
}

function alignedRow(row: readonly string[], widths: readonly number[], table: Table): string[] {
  const cells = widths.map((width, index) => wrap(row[index] ?? '', { columns: width, breakWords: true }));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const parts = cells.map((lines, index) =>
      padTo(lines[line] ?? '', widths[index] ?? 0, table.columns[index]?.align ?? 'left'),
    );
    return (' '.repeat(table.indent ?? 0) + parts.join(' '.repeat(GAP))).trimEnd();
  });
}

function stacked(table: Table, view: View): string[] {
  const paint = paintFor(view);
  const indent = ' '.repeat(table.indent ?? 0);
  return table.rows.flatMap((row) => {
    const heading = wrap(row[0] ?? '', { columns: view.columns, first: indent, breakWords: true });
    const fields = table.columns.slice(1).flatMap(({ title }, index) => {
      const value = row[index + 1] ?? '';
      const first = `${indent}  ${paint.dim(`${title.trim()}:`)} `;
      return value === '' ? [] : wrap(value, { columns: view.columns, first, rest: `${indent}    `, breakWords: true });
    });
    return [...heading, ...fields];
  });
}
