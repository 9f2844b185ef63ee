import type { FeatureDifference } from '../gates/feature-difference.ts';
import { shown } from './escape.ts';
import { textOf } from './lines.ts';
import type { SchemaDiffOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { symbolsOf } from './symbols.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';

/** What compatible is to mean. */
export type CompatibilityMode = 'backward' | 'forward' | 'full';

/** Two feature schemas of one model, compared. */
export interface SchemaComparison {
  readonly model: string;
  readonly left: string;
  readonly right: string;
  readonly mode: CompatibilityMode;
  readonly differences: readonly FeatureDifference[];
}

/** Returns a comparison of feature schemas as `mreg schema diff --json` prints it. */
export function schemaDiffJson({ model, left, right, mode, differences }: SchemaComparison): SchemaDiffOutput {
  const backward = differences.every((difference) => difference.backward);
  const forward = differences.every((difference) => difference.forward);
  const compatible = { backward, forward, full: backward && forward };
  return {
    model,
    left,
    right,
    mode,
    ok: compatible[mode],
    compatible,
    differences: differences.map(({ before, after, ...difference }) => ({
      ...difference,
      before: before ?? null,
      after: after ?? null,
    })),
  };
}

/** Returns a comparison of feature schemas in lines: what differs, whom it breaks, and whether that is compatible. */
export function renderSchemaDiff(diff: SchemaDiffOutput, view: View): string {
  const { bold, green, red } = paintFor(view);
  const { arrow, dash } = symbolsOf(view);
  const { backward, forward } = diff.compatible;
  const kinds = [...(backward ? ['backward'] : []), ...(forward ? ['forward'] : [])];
  const word = kinds.length === 2 ? 'fully' : (kinds[0] ?? 'neither backward nor forward');
  const rows = diff.differences.map((each) => [
    shown(`${each.side} ${each.name}`, view),
    shown(each.change, view),
    shown(each.before ?? dash, view),
    shown(each.after ?? dash, view),
    breaksCell(each),
  ]);
  const columns = ['feature', 'change', shown(diff.left, view), shown(diff.right, view), 'breaks'].map((title) => ({
    title,
  }));
  return textOf(
    [`${bold(shown(diff.model, view))}  ${shown(diff.left, view)} ${arrow} ${shown(diff.right, view)}`],
    rows.length === 0 ? ['The features are the same.'] : renderTable({ columns, rows }, view),
    [`${(diff.ok ? green : red)(`${word} compatible`)}, asked for ${diff.mode}`],
  );
}

function breaksCell({ backward, forward }: SchemaDiffOutput['differences'][number]): string {
  return [...(backward ? [] : ['backward']), ...(forward ? [] : ['forward'])].join(', ');
}
