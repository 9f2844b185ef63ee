import { element, type Content, type Markup } from './markup.ts';

/** A cell: text, or a number with all of its digits behind the words. */
export type Cell = string | { readonly words: string; readonly value?: number | undefined; readonly why?: string };

/** A table of a page; columns named in `numeric` are aligned at the right. */
export interface TableFacts {
  readonly caption: string;
  readonly titles: readonly string[];
  /** How many columns, from the left, are names. */
  readonly names: number;
  readonly rows: readonly (readonly Cell[])[];
}

/** Returns a table that scrolls within itself where it is wider than the page, also by the keyboard. */
export function tableOf({ caption, titles, names, rows }: TableFacts): Markup {
  const alignment = (column: number): string | undefined => (column < names ? undefined : 'number');
  const head = titles.map((title, column) => element('th', { scope: 'col', class: alignment(column) }, title));
  const body = rows.map((cells) =>
    element(
      'tr',
      {},
      cells.map((cell, column) =>
        column === 0
          ? element('th', { scope: 'row' }, cellOf(cell))
          : element('td', { class: alignment(column) }, cellOf(cell)),
      ),
    ),
  );
  const table = element(
    'table',
    {},
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, head)),
    element('tbody', {}, body),
  );
  return element('div', { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: 0 }, table);
}

/** Returns a table that is shown on demand, without a script. */
export function foldedTable(facts: TableFacts): Markup {
  return element('details', {}, element('summary', {}, 'The numbers'), tableOf(facts));
}

function cellOf(cell: Cell): Content {
  if (typeof cell === 'string') return cell;
  if (cell.value === undefined) return element('span', { class: 'unknown', title: cell.why }, cell.words);
  return element('data', { value: cell.value, title: cell.value }, cell.words);
}
