import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { expectGolden } from '../report/golden.ts';
import { threatsIn, triedIn, type Threat, type TriedFile } from '../support/threat-index.ts';

const PAGE = 'docs/security.md';
const INDEX = 'docs/security-index.json';
const LEAST = 150;

const threats = [...(await threatsIn('test/attacks')), ...(await threatsIn('test/faults'))];
const files = [...(await triedIn('test/attacks')), ...(await triedIn('test/faults'))];
const tried = files.flatMap((file) => file.tried.map((variant) => ({ ...variant, test: file.test })));

/** What is told of one threat: who tries it where, and what is said. */
interface Row {
  readonly threat: Threat;
  readonly variants: number;
  readonly codes: readonly string[];
  readonly tests: readonly string[];
}

function rowOf(threat: Threat): Row {
  const own = tried.filter(({ row }) => row === threat.id);
  const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
  return {
    threat,
    variants: own.length,
    codes: sorted(own.flatMap(({ code }) => code)),
    tests: sorted(own.map(({ test }) => test)),
  };
}

describe('the index of what is tried', () => {
  it('is the committed one', async () => {
    const rows = threats.map(({ id, area, threat, outcome }) => ({ id, area, threat, outcome }));
    const variants = tried.map(({ row, variant, code, test }) => ({ row, variant, codes: [code].flat(), test }));
    expectGolden(INDEX, await formatted(INDEX, JSON.stringify({ threats: rows, variants })));
  });

  it('has every threat, and no variant of another', () => {
    const rows = threats.map(rowOf);
    expect(rows.filter(({ variants }) => variants === 0).map(({ threat }) => threat.id)).toEqual([]);
    const known = new Set(threats.map(({ id }) => id));
    expect(tried.filter(({ row }) => !known.has(row))).toEqual([]);
    expect(known.size).toBe(threats.length);
  });

  it('names each variant of a threat once', () => {
    const names = tried.map(({ row, variant }) => `${row}: ${variant}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it(`holds ${String(LEAST)} variants or more`, () => {
    const attacks = tried.filter(({ test }) => test.startsWith('test/attacks/'));
    expect(attacks.length).toBeGreaterThanOrEqual(LEAST);
    // The count is asked for where the tests run; a reporter shows no value of a test that passes.
    process.stdout.write(
      `${String(attacks.length)} attacks on ${String(threats.length)} threats, ${String(tried.length)} variants with faults\n`,
    );
  });

  it('is the table of docs/security.md', async () => {
    const page = readFileSync(PAGE, 'utf8');
    const [before = '', after = ''] = page.split(/<!-- tried -->[^]*<!-- \/tried -->/);
    const text = `${before}<!-- tried -->\n\n${tablesOf(threats, files)}\n<!-- /tried -->${after}`;
    expectGolden(PAGE, await formatted(PAGE, text));
  });
});

function tablesOf(rows: readonly Threat[], from: readonly TriedFile[]): string {
  const areas = [...new Set(rows.map(({ area }) => area))];
  const total = from.reduce((sum, { tried: own }) => sum + own.length, 0);
  const tables = areas.map((area) => `### ${area}\n\n${tableOf(rows.filter((row) => row.area === area).map(rowOf))}`);
  return `${String(total)} variants of ${String(rows.length)} threats are tried.\n\n${tables.join('\n')}`;
}

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ threat, variants, codes, tests }) => {
    const places = tests.map((test) => `[${test.replace(/^.*\/|\.test\.ts$/g, '')}](../${test})`).join(', ');
    const cells = [
      threat.threat,
      threat.outcome,
      String(variants),
      codes.map((code) => `\`${code}\``).join(', '),
      places,
    ];
    return `| ${cells.join(' | ')} |\n`;
  });
  return `| threat | what happens | tried | answers | test |\n| --- | --- | --- | --- | --- |\n${lines.join('')}`;
}

/** Returns a text as the house formats such files, so that the committed one passes its checks. */
async function formatted(file: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
