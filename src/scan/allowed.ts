import { globMatches } from '../documents/glob.ts';
import type { ScanFinding } from './finding.ts';

/** What somebody decided not to count, and why. */
export interface Allowance {
  readonly rule: string;
  readonly path: string;
  readonly reason: string;
}

/** A finding that does not count, and the reason that was given. */
export interface AllowedFinding extends ScanFinding {
  readonly reason: string;
}

/** Reads `rule:path reason`; undefined where a part is missing. `*` stands for anything in rule and path. */
export function parseAllowance(text: string): Allowance | undefined {
  const [, rule, path, reason] = /^([^\s:]+):(\S+)\s+#?\s*(\S.*)$/.exec(text.trim()) ?? [];
  if (rule === undefined || path === undefined || reason === undefined) return undefined;
  return { rule, path, reason: reason.trim() };
}

/** Returns the findings that count, and those that somebody allowed with the reason. */
export function partAllowed(
  findings: readonly ScanFinding[],
  allowances: readonly Allowance[],
): { readonly counted: readonly ScanFinding[]; readonly allowed: readonly AllowedFinding[] } {
  const reasonOf = (finding: ScanFinding): string | undefined =>
    allowances.find(({ rule, path }) => globMatches(rule, finding.rule) && globMatches(path, finding.path))?.reason;
  const counted = findings.filter((finding) => reasonOf(finding) === undefined);
  const allowed = findings.flatMap((finding) => {
    const reason = reasonOf(finding);
    return reason === undefined ? [] : [{ ...finding, reason }];
  });
  return { counted, allowed };
}
