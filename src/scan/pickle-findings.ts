import type { ScanFinding } from './finding.ts';
import { isHarmless } from './pickle-allowed.ts';
import type { PickleReport } from './pickle.ts';

const MOST_NAMED = 8;

/** Returns what is unsafe about a file of pickles: imports that nobody has called harmless, and what cannot be read. */
export function pickleFindings(path: string, { globals, runs, fault }: PickleReport): readonly ScanFinding[] {
  const at = { category: 'pickle', severity: 'critical', path } as const;
  const odd = globals.filter((name) => !isHarmless(name)).map((name) => name.replace(' ', '.'));
  const calls = runs.length === 0 ? '' : ` and calls what it imports (${runs.join(', ')})`;
  const named = `${odd.slice(0, MOST_NAMED).join(', ')}${odd.length > MOST_NAMED ? ` and ${String(odd.length - MOST_NAMED)} more` : ''}`;
  return [
    ...(odd.length === 0 ? [] : [{ ...at, rule: 'unsafe-pickle', message: `loading it imports ${named}${calls}` }]),
    ...(fault === undefined
      ? []
      : [{ ...at, rule: 'malformed-pickle', message: `the pickle cannot be read to its end: ${fault}` }]),
  ];
}
