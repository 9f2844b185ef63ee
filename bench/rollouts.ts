import { renderTable } from '../src/report/table.ts';
import { clicksOf, CLICKS, exceeds, exceedsPlainly, LOOKS, noticesSplit, timesIn } from './rollout-runs.ts';

/** How often something happened in simulated rollouts, and how often it may or must. */
export interface ShareRow {
  readonly what: string;
  readonly share: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

type Way = keyof typeof LOOKS;

const NAIVE: Way = 'naive: a z-test each minute, for harm or gain';
const HARM: Way = 'e-process for harm, α = 0.05';
const MEANS: Way = 'confidence sequence for harm, α = 0.05';
const FIXED: Way = 'fixed test at the end, for harm or gain';
const REGISTERED: Way = 'four registered looks, for a gain';

/** Returns how often rollouts are stopped with and without harm, by simulation with fixed seeds. */
export function simulateRollouts(runs: number): readonly ShareRow[] {
  const share = (seed: number, happens: Parameters<typeof timesIn>[2]) => timesIn(runs, seed, happens) / runs;
  const clicks = (way: Way, change: number, minutes: number) =>
    share(1, (chance) => LOOKS[way](clicksOf(chance, change, minutes)));
  const day = CLICKS.minutes;
  return [
    { what: `no effect, 24 h, stopped by ${NAIVE}`, share: clicks(NAIVE, 0, day), atLeast: 0.4 },
    { what: `no effect, 24 h, stopped by ${HARM}`, share: clicks(HARM, 0, day), atMost: 0.05 },
    { what: `no effect, 24 h, stopped by ${MEANS}`, share: clicks(MEANS, 0, day), atMost: 0.05 },
    { what: `no effect, 24 h, told by ${FIXED}`, share: clicks(FIXED, 0, day), atMost: 0.07 },
    { what: `no effect, 24 h, won at ${REGISTERED}`, share: clicks(REGISTERED, 0, day), atMost: 0.04 },
    { what: `10 % fewer clicks, found within 3 h by ${HARM}`, share: clicks(HARM, -0.1, 180), atLeast: 0.99 },
    { what: `10 % fewer clicks, found within 3 h by ${MEANS}`, share: clicks(MEANS, -0.1, 180) },
    { what: `1.5 % more clicks, 24 h, won at ${REGISTERED}`, share: clicks(REGISTERED, 0.015, day) },
    {
      what: 'p95: 5 % above (the bound), 1 h, e-process α = 0.01',
      share: share(2, (by) => exceeds(by, 0.05, 60)),
      atMost: 0.01,
    },
    { what: 'p95: 6 % above, found within 1 h by the e-process', share: share(3, (by) => exceeds(by, 0.06, 60)) },
    {
      what: 'p95: 8 % above, found within 10 min by the e-process',
      share: share(4, (by) => exceeds(by, 0.08, 10)),
      atLeast: 0.99,
    },
    { what: 'p95: 6 % above, 1 h, plain rule for 5 m', share: share(3, (by) => exceedsPlainly(by, 0.06, 60)) },
    { what: 'p95: 8 % above, 1 h, plain rule for 5 m', share: share(4, (by) => exceedsPlainly(by, 0.08, 60)) },
    {
      what: 'split as declared, 24 h, taken for another',
      share: share(5, (by) => noticesSplit(by, 0.1)),
      atMost: 0.005,
    },
    {
      what: 'split of 11 % where 10 % is declared, noticed',
      share: share(6, (by) => noticesSplit(by, 0.11)),
      atLeast: 0.99,
    },
  ];
}

/** Tells whether something happened more often than it may, or less often than it must. */
export function isBeyond({ share, atMost = 1, atLeast = 0 }: ShareRow): boolean {
  return share > atMost || share < atLeast;
}

/** Returns the result as a table for people. */
export function renderShares(rows: readonly ShareRow[]): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [{ title: 'what' }, right('share'), right('bound'), { title: '' }];
  const view = { columns: 160, colour: false, unicode: true, now: new Date() };
  return renderTable({ columns, rows: rows.map(cellsOf) }, view).join('\n');
}

function cellsOf(row: ShareRow): readonly string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const most = row.atMost === undefined ? '' : `≤ ${percent(row.atMost)}`;
  const bound = row.atLeast === undefined ? most : `≥ ${percent(row.atLeast)}`;
  return [row.what, percent(row.share), bound, bound === '' ? '' : isBeyond(row) ? 'MISSED' : 'ok'];
}
