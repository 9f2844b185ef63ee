import { cpus } from 'node:os';
import { renderTable } from '../src/report/table.ts';
import type { Row } from './measurements.ts';
import { runCommand, spreadOf } from './timing.ts';

/** Tells whether the median of a line is beyond its bound. */
export function isMissed({ values, atMost }: Row): boolean {
  return atMost !== undefined && !(spreadOf(values).median <= atMost);
}

/** Returns the result as a table for people. */
export function renderRows(rows: readonly Row[]): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [{ title: 'what' }, ...['median', 'min', 'max', 'bound'].map(right), { title: '' }];
  const view = { columns: 160, colour: false, unicode: true, now: new Date() };
  return renderTable({ columns, rows: rows.map(cellsOf) }, view).join('\n');
}

function cellsOf(row: Row): readonly string[] {
  const { median, min, max } = spreadOf(row.values);
  const show = (value: number): string => quantity(value, row.unit);
  const bound = row.atMost === undefined ? '' : `≤ ${show(row.atMost)}`;
  return [row.what, show(median), show(min), show(max), bound, bound === '' ? '' : isMissed(row) ? 'MISSED' : 'ok'];
}

function quantity(value: number, unit: Row['unit']): string {
  if (unit === 'MiB') return `${value.toFixed(0)} MiB`;
  return unit === 'ms' ? `${value.toFixed(value < 100 ? 1 : 0)} ms` : `${value.toFixed(2)} ×`;
}

/** Returns what was measured on, in one line. */
export function describeMachine(): string {
  const [first] = cpus();
  const git = runCommand({ words: ['git', '--version'], cwd: '.', env: process.env }).trim();
  return `${String(cpus().length)} cores (${first?.model.trim() ?? 'unknown'}), node ${process.versions.node}, ${git}`;
}
