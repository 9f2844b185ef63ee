import { findingsOf, type ScanResult } from '../scan/scan-result.ts';
import { shown } from './escape.ts';
import { textOf } from './lines.ts';
import type { ScanOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { count, sizeOf } from './quantity.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';

const MOST_ROWS = 100;

/** Returns a scan as `--json` prints it. */
export function scanJson(result: ScanResult, attached: ScanOutput['attached']): ScanOutput {
  const { source, digest, command, files, sizeBytes, counted, allowed, notes } = result;
  const flat = ({ line, fingerprint, ...rest }: (typeof counted)[number]): ScanOutput['results'][number] => {
    return { ...rest, line: line ?? null, fingerprint: fingerprint ?? null };
  };
  return {
    ok: counted.length === 0,
    source,
    digest: digest ?? null,
    command,
    files,
    size: sizeBytes,
    findings: findingsOf(result),
    results: counted.map(flat),
    allowed: allowed.map(({ reason, ...finding }) => ({ ...flat(finding), reason })),
    notes: [...notes],
    attached,
  };
}

/** Returns a scan in lines: the counts, each finding, what was allowed and why, and what was not looked for. */
export function renderScan(result: ScanResult, view: View): string {
  const { bold, green, red } = paintFor(view);
  const { source, files, sizeBytes, counted, allowed, notes, licences } = result;
  const { secrets, vulnerabilities, serialisation } = findingsOf(result);
  const known = vulnerabilities === undefined ? 'not looked for' : severities(vulnerabilities);
  const verdict = counted.length === 0 ? green('nothing found') : red(count(counted.length, 'finding'));
  const columns = [{ title: 'rule' }, { title: 'severity' }, { title: 'where' }, { title: 'what' }];
  const rows = counted.slice(0, MOST_ROWS).map(({ rule, severity, path, line, message, fingerprint }) => {
    const mark = fingerprint === undefined ? '' : ` [${shown(fingerprint, view)}]`;
    const where = `${shown(path, view)}${line === undefined ? '' : `:${String(line)}`}`;
    return [shown(rule, view), severity, where, `${shown(message, view)}${mark}`];
  });
  const left = counted.length - rows.length;
  return textOf(
    [
      `${bold('scan')} ${shown(source, view)}: ${count(files, 'file')}, ${sizeOf(sizeBytes)}: ${verdict}`,
      `  secrets          ${String(secrets)}`,
      `  pickles          ${String(serialisation?.pickle)}, unsafe ${String(serialisation?.unsafe)}`,
      `  vulnerabilities  ${known}`,
      `  licences         ${licences === undefined ? 'none named' : shown(licences.slice(0, 20).join(', '), view)}`,
    ],
    rows.length === 0 ? [] : renderTable({ columns, rows }, view),
    left === 0 ? [] : [`and ${String(left)} more (--json)`],
    allowed.map(({ rule, path, reason }) => `allowed: ${shown(`${rule} in ${path}: ${reason}`, view)}`),
    notes.map((note) => shown(note, view)),
  );
}

function severities(counts: Readonly<Record<string, number | undefined>>): string {
  return Object.entries(counts)
    .map(([name, number]) => `${name} ${String(number ?? 0)}`)
    .join(', ');
}
