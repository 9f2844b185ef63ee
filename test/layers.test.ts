import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const load = createRequire(import.meta.url);
const { forbidden, options } = load('../.dependency-cruiser.cjs') as {
  forbidden: readonly (IForbiddenRuleType & { name: string; comment: string })[];
  options: ICruiseOptions;
};
const { CORE, OUTSIDE } = load('../.ci/rooms.cjs') as Record<'CORE' | 'OUTSIDE', readonly string[]>;

/** A rule, and a file whose one import breaks it. */
type Breach = readonly [rule: string, file: string, imported: string];

const BREACHES: readonly Breach[] = [
  ...CORE.slice(0, -1).map((room): Breach => [`order-${room}`, `src/${room}/early.ts`, '../rollout/a.ts']),
  ['order-documents', 'src/documents/second.ts', '../signing/a.ts'],
  ['order-gates', 'src/gates/second.ts', '../registry/a.ts'],
  ...OUTSIDE.map((room): Breach => [
    `apart-${room}`,
    `src/${room}/near.ts`,
    `../${room === 'git' ? 'keys' : 'git'}/a.ts`,
  ]),
  ['core-knows-no-outside', 'src/registry/reads.ts', '../git/a.ts'],
  ['core-knows-no-outside', 'src/measure/reads.ts', '../report/a.ts'],
  ['report-is-pure', 'src/report/asks.ts', '../git/a.ts'],
  ['report-is-pure', 'src/report/walks.ts', '../doors/a.ts'],
  ['outside-knows-no-shell', 'src/git/prints.ts', '../report/a.ts'],
  ['doors-know-no-commands', 'src/doors/calls.ts', '../commands/a.ts'],
  ['commands-know-no-main', 'src/commands/calls.ts', '../main.ts'],
  ['no-circle', 'src/registry/left.ts', './right.ts'],
  ['known-rooms', 'src/utils/drawer.ts', '../documents/a.ts'],
  ['pure-rooms-no-builtins', 'src/registry/files.ts', 'node:fs'],
  ['pure-rooms-no-builtins', 'src/report/process.ts', 'node:process'],
  ['pure-rooms-no-builtins', 'src/gates/bare.ts', 'fs/promises'],
  ['pure-rooms-data-libraries', 'src/trust/git.ts', 'isomorphic-git'],
  ['commander-in-commands', 'src/doors/flags.ts', 'commander'],
  ['src-knows-no-tests', 'src/commands/fake.ts', '../../test/a.ts'],
  ['declared-packages', 'src/commands/develops.ts', 'fast-check'],
  ['resolvable', 'src/commands/typo.ts', './nowhere.ts'],
];

const LAWFUL: readonly (readonly [file: string, imported: string])[] = [
  ['src/registry/judges.ts', '../gates/a.ts'],
  ['src/signing/hashes.ts', 'node:crypto'],
  ['src/documents/parses.ts', 'yaml'],
  ['src/git/port.ts', '../registry/a.ts'],
  ['src/git/spawns.ts', 'node:child_process'],
  ['src/report/tells.ts', '../registry/a.ts'],
  ['src/doors/opens.ts', '../git/a.ts'],
  ['src/doors/reports.ts', '../report/a.ts'],
  ['src/commands/promote.ts', '../doors/a.ts'],
  ['src/commands/flags.ts', 'commander'],
  ['src/main.ts', './commands/promote.ts'],
];

describe('the rules of layers', () => {
  let folder: string;
  let found: readonly (readonly [rule: string, file: string])[];

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'mreg-layers-'));
    symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
    for (const name of ['package.json', 'tsconfig.json']) symlinkSync(path.resolve(name), path.join(folder, name));
    const targets = ['test/a.ts', ...rooms().map((room) => `src/${room}/a.ts`)];
    for (const file of targets) write(folder, file, 'export const a = 1;\n');
    write(folder, 'src/registry/right.ts', "export * as it from './left.ts';\n");
    for (const [, file, imported] of BREACHES) write(folder, file, `export * as it from '${imported}';\n`);
    for (const [file, imported] of LAWFUL) write(folder, file, `export * as it from '${imported}';\n`);
    found = await breachesIn(folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(BREACHES)('%s refuses %s importing %s', (rule, file) => {
    expect(found).toContainEqual([rule, file]);
  });

  it.each(LAWFUL)('let %s import %s', (file) => {
    expect(found.filter(([, from]) => from === file)).toEqual([]);
  });

  it('are each broken by one of these examples', () => {
    const broken = new Set(BREACHES.map(([rule]) => rule));
    expect([...broken].toSorted()).toEqual(forbidden.map((rule) => rule.name).toSorted());
  });

  it('each say where the code should go instead', () => {
    for (const rule of forbidden) expect(rule.comment, rule.name).toMatch(/^.{60,}\.$/s);
  });
});

function rooms(): readonly string[] {
  return [...CORE, ...OUTSIDE, 'report', 'doors', 'commands'];
}

function write(root: string, file: string, text: string): void {
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

async function breachesIn(root: string): Promise<readonly (readonly [string, string])[]> {
  const { output } = await cruise(['src'], {
    ...options,
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: [...forbidden] },
  });
  return (output as ICruiseResult).summary.violations.map(({ rule, from }) => [rule.name, from] as const);
}
