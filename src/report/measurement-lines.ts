import type { Figure, Measurement, Part } from '../measure/measurement.ts';
import { shown } from './escape.ts';
import { labelledLines, textOf } from './lines.ts';
import type { MeasurementOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { symbolsOf } from './symbols.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';

/** Parts that are told on a terminal; JSON and the page have all of them. */
const MOST_PARTS = 30;

/** Where a measurement was attached. */
export type Attached = MeasurementOutput['attached'];

/** Returns a measurement as `--json` prints it. */
export function measurementJson(measurement: Measurement, attached: Attached): MeasurementOutput {
  const { kind, command, inputs, figures, partedBy, parts, plots, bounds, notes } = measurement;
  return {
    kind,
    ok: bounds.every(({ holds }) => holds),
    command,
    inputs: inputs.map(({ role, source, digest, files, sizeBytes, rows }) => {
      return { role, source, digest: digest ?? null, files, size: sizeBytes, rows };
    }),
    figures: figures.map(figureJson),
    partedBy: partedBy ?? null,
    parts: parts.map(({ name, count, figures: each }) => ({ name, count, figures: each.map(figureJson) })),
    plots: [...plots],
    bounds: bounds.map((bound) => ({ ...bound })),
    notes: [...notes],
    attached,
  };
}

function figureJson({ name, outcome, n, m, interval }: Figure): MeasurementOutput['figures'][number] {
  return {
    name,
    value: outcome.kind === 'measured' ? outcome.value : null,
    reason: outcome.kind === 'inconclusive' ? outcome.reason : null,
    n,
    m: m ?? null,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
  };
}

/** Returns a measurement in lines: what of, each number with its sample size, the parts, and whether the bounds hold. */
export function renderMeasurement(measurement: Measurement, view: View): string {
  const { bold } = paintFor(view);
  const { inputs, figures, notes } = measurement;
  const sources = inputs.map(({ role, source, rows, digest }): [string, string] => {
    const proof = digest === undefined ? 'no digest: a database answered' : digest.slice(0, 'sha256:'.length + 12);
    return [role, `${shown(source, view)}, ${String(rows)} rows, ${proof}`];
  });
  return textOf(
    [bold(measurement.kind), ...labelledLines(sources, view)],
    figureTable(figures, view),
    partTable(measurement, view),
    notes.map((note) => shown(note, view)),
    boundLines(measurement, view),
  );
}

function figureTable(figures: readonly Figure[], view: View): string[] {
  const columns = [
    { title: 'metric' },
    { title: 'value', align: 'right' as const },
    { title: '95 %', expendable: true },
    { title: 'rows', align: 'right' as const },
    { title: '' },
  ];
  const { yellow } = paintFor(view);
  const rows = figures.map((figure) => {
    const { name, outcome, interval, n, m } = figure;
    const span = interval === undefined ? '' : `${short(interval.low)} to ${short(interval.high)}`;
    const why = outcome.kind === 'inconclusive' ? yellow(`inconclusive: ${shown(outcome.reason, view)}`) : '';
    return [name, valueOf(figure, view), span, m === undefined ? String(n) : `${String(n)} / ${String(m)}`, why];
  });
  return figures.length === 0 ? [] : renderTable({ columns, rows }, view);
}

function partTable({ parts, partedBy }: Measurement, view: View): string[] {
  const names = [...new Set(parts.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [{ title: shown(partedBy ?? '', view) }, right('rows'), ...names.map(right)];
  const rows = parts.slice(0, MOST_PARTS).map((part) => {
    const cells = names.map((name) => cellOf(part, name, view));
    return [shown(part.name, view), String(part.count), ...cells];
  });
  if (rows.length === 0) return [];
  const left = parts.length - rows.length;
  return [...renderTable({ columns, rows }, view), ...(left === 0 ? [] : [`and ${String(left)} more (--json)`])];
}

function cellOf({ figures }: Part, name: string, view: View): string {
  const figure = figures.find((each) => each.name === name);
  return figure === undefined ? '' : valueOf(figure, view);
}

function valueOf({ outcome }: Figure, view: View): string {
  return outcome.kind === 'measured' ? short(outcome.value) : symbolsOf(view).dash;
}

function boundLines({ bounds, figures }: Measurement, view: View): string[] {
  const { green, red } = paintFor(view);
  const { pass, fail } = symbolsOf(view);
  return bounds.map(({ metric, rule, limit, holds }) => {
    const found = figures.find(({ name }) => name === metric)?.outcome;
    const is = found?.kind === 'measured' ? `is ${short(found.value)}` : 'is inconclusive';
    const line = `${holds ? pass : fail} ${metric} ${is}, asked for ${rule} ${String(limit)}`;
    return holds ? green(line) : red(line);
  });
}

/** Four digits that count: enough for people, who find all of them in the JSON. */
function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}
