import type { StandingFreeze } from '../gates/input.ts';
import { shown } from './escape.ts';
import type { FreezeListOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { instantOf } from './quantity.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** Returns what is frozen, a paragraph a freeze: what, until when, by whom and why. Nothing where nothing is. */
export function freezeLines(freezes: readonly StandingFreeze[], view: View): string[] {
  const paint = paintFor(view);
  const lines = freezes.flatMap((freeze) => {
    const first = `  ${paint.bold(String(freeze.number))}  `;
    return wrap(shown(freezeSentence(freeze), view), { columns: view.columns, first, rest: '     ' });
  });
  return lines.length === 0 ? [] : [paint.yellow('frozen:'), ...lines];
}

/** Returns a freeze in words: `prod of all models until 2026-12-27 00:00 UTC, by olga: holidays`. */
function freezeSentence(freeze: Omit<StandingFreeze, 'number' | 'path'>): string {
  const { until, by, reason } = freeze;
  const end = until === undefined ? 'until somebody lifts it' : `until ${instantOf(until)} UTC`;
  return `${scopeOf(freeze)} ${end}, by ${by}: ${reason}`;
}

/** Returns what a freeze is about: `prod of fraud_detector, risk/*`. */
export function scopeOf({ stages, models }: Pick<StandingFreeze, 'stages' | 'models'>): string {
  return `${stages.join(', ')} of ${models.includes('*') ? 'all models' : models.join(', ')}`;
}

/** Returns freezes as `--json` prints them. */
export function freezesJson(freezes: readonly StandingFreeze[]): FreezeListOutput['freezes'] {
  return freezes.map(({ number, path, stages, models, until, reason, by }) => {
    return { number, path, stages: [...stages], models: [...models], until: until ?? null, reason, by };
  });
}
