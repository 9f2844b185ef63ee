import type { Severity } from './finding.ts';

const WEIGHTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
};
/** Privileges weigh more where the scope changes. */
const PRIVILEGES: Readonly<Record<string, readonly [unchanged: number, changed: number]>> = {
  N: [0.85, 0.85],
  L: [0.62, 0.68],
  H: [0.27, 0.5],
};

/** Returns the base score of a CVSS 3.0 or 3.1 vector, or undefined where it is none. */
export function cvssBaseScore(vector: string): number | undefined {
  if (!/^CVSS:3\.[01]\//.test(vector)) return undefined;
  const parts = new Map(vector.split('/').map((part) => [part.slice(0, part.indexOf(':')), part.split(':')[1] ?? '']));
  const weight = (name: string): number => WEIGHTS[name]?.[parts.get(name) ?? ''] ?? Number.NaN;
  const isChanged = parts.get('S') === 'C';
  const privileges = PRIVILEGES[parts.get('PR') ?? '']?.[isChanged ? 1 : 0] ?? Number.NaN;
  const base = 1 - (1 - weight('C')) * (1 - weight('I')) * (1 - weight('A'));
  const impact = isChanged ? 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 : 6.42 * base;
  const ease = 8.22 * weight('AV') * weight('AC') * privileges * weight('UI');
  if (Number.isNaN(impact + ease) || !/^[UC]$/.test(parts.get('S') ?? '')) return undefined;
  if (impact <= 0) return 0;
  return roundedUp(Math.min(10, isChanged ? 1.08 * (impact + ease) : impact + ease));
}

/** To one decimal, upwards, as the standard's appendix says: in whole numbers, so that 4.02 stays apart from 4.000001. */
function roundedUp(score: number): number {
  const whole = Math.round(score * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}

/** Returns the band that a score lies in. */
export function severityOfScore(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  return score >= 4 ? 'medium' : 'low';
}
