import { shown } from './escape.ts';
import { textOf } from './lines.ts';
import type { DiffOutput } from './output-schemas.ts';
import { paintFor, type Brush } from './paint.ts';
import { shortDigest, sizeOf } from './quantity.ts';
import { symbolsOf } from './symbols.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';

/** Returns two versions side by side: metrics first, then files, lineage and features; what is equal is left out. */
export function renderVersionDiff(diff: DiffOutput, view: View): string {
  const { bold } = paintFor(view);
  const { arrow } = symbolsOf(view);
  return textOf(
    [`${bold(shown(diff.model, view))}  ${shown(diff.left, view)} ${arrow} ${shown(diff.right, view)}`],
    section('metrics', metricLines(diff, view), view),
    section('artifact', artifactLines(diff, view), view),
    section('lineage', lineageLines(diff, view), view),
    section('features', featureLines(diff, view), view),
    isSame(diff) ? ['Nothing differs.'] : [],
  );
}

function section(title: string, lines: readonly string[], view: View): string[] {
  return lines.length === 0 ? [] : [paintFor(view).dim(title), ...lines];
}

function isSame({ artifact, lineage, metrics, features }: DiffOutput): boolean {
  return (
    artifact.same && lineage.length + features.length === 0 && metrics.every(({ direction }) => direction === 'same')
  );
}

function metricLines({ metrics, left, right }: DiffOutput, view: View): string[] {
  if (metrics.length === 0) return [];
  return renderTable(
    {
      indent: 2,
      columns: [
        { title: 'metric' },
        { title: shown(left, view), align: 'right' },
        { title: shown(right, view), align: 'right' },
        { title: 'change', align: 'right' },
        { title: 'trend' },
        { title: 'from', expendable: true },
      ],
      rows: metrics.map((metric) => [
        shown(metric.metric, view),
        missingAsDash(metric.left, view),
        missingAsDash(metric.right, view),
        shown(metric.delta ?? '', view),
        directionCell(metric, view),
        shown(metric.kind, view),
      ]),
    },
    view,
  );
}

/** The arrow tells where the number went, the word whether that is good. */
function directionCell({ direction, delta }: DiffOutput['metrics'][number], view: View): string {
  const paint = paintFor(view);
  const { up, down } = symbolsOf(view);
  if (direction === 'same') return paint.dim('same');
  if (delta === null) return '';
  const arrow = delta.startsWith('-') ? down : up;
  if (direction === 'unknown') return arrow;
  return (direction === 'better' ? paint.green : paint.red)(`${arrow} ${direction}`);
}

function artifactLines({ artifact }: DiffOutput, view: View): string[] {
  const { arrow } = symbolsOf(view);
  if (artifact.same) return [];
  const digests = `  ${shortDigest(artifact.left)} ${arrow} ${shortDigest(artifact.right)}`;
  const { left = '', right = '' } = artifact.formats ?? {};
  const formats = left === right ? [] : [`  ${left || 'no known format'} ${arrow} ${right || 'no known format'}`];
  if (artifact.files === null) return [`${digests}  (too many files to list here)`, ...formats];
  const rows = artifact.files.map(({ path, change, leftSize, rightSize }) => [
    shown(path, view),
    changeCell(change, view),
    [leftSize, rightSize].flatMap((size) => (size === null ? [] : [sizeOf(size)])).join(` ${arrow} `),
  ]);
  return [
    digests,
    ...formats,
    ...renderTable({ indent: 2, columns: [{ title: 'file' }, { title: 'change' }, { title: 'size' }], rows }, view),
  ];
}

function lineageLines({ lineage, left, right }: DiffOutput, view: View): string[] {
  if (lineage.length === 0) return [];
  const rows = lineage.map((fact) => [
    shown(fact.field, view),
    missingAsDash(shortened(fact.left), view),
    missingAsDash(shortened(fact.right), view),
  ]);
  const columns = ['fact', left, right].map((title) => ({ title: shown(title, view) }));
  return renderTable({ indent: 2, columns, rows }, view);
}

function featureLines({ features, left, right }: DiffOutput, view: View): string[] {
  if (features.length === 0) return [];
  const rows = features.map((feature) => [
    shown(`${feature.side === 'inputs' ? 'input' : 'output'} ${feature.name}`, view),
    changeCell(feature.change, view),
    missingAsDash(feature.left, view),
    missingAsDash(feature.right, view),
  ]);
  const columns = ['feature', 'change', left, right].map((title) => ({ title: shown(title, view) }));
  return renderTable({ indent: 2, columns, rows }, view);
}

function changeCell(change: 'added' | 'removed' | 'changed', view: View): string {
  const paint = paintFor(view);
  const brushes: Readonly<Record<typeof change, Brush>> = {
    added: paint.green,
    removed: paint.red,
    changed: paint.yellow,
  };
  return brushes[change](change);
}

function missingAsDash(text: string | null, view: View): string {
  return text === null ? paintFor(view).dim(symbolsOf(view).dash) : shown(text, view);
}

/** Digests in full fill the screen and are compared by machines, not by people. */
function shortened(text: string | null): string | null {
  return text?.replace(/\b(?:sha256:)?([0-9a-f]{12})[0-9a-f]{28,52}\b/g, '$1') ?? null;
}
