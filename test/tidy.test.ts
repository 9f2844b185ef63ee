import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { Outside } from '../src/commands/outside.ts';
import { buildProgram } from '../src/commands/program.ts';
import { EXIT_OF } from '../src/documents/error.ts';
import { gateSchema } from '../src/documents/kinds/gate.ts';

const SOURCES = filesUnder('src').filter((file) => file.endsWith('.ts'));
const CODE = [...SOURCES, ...['test', 'bench', '.ci', 'hooks'].flatMap(filesUnder)];
const TEXTS = [
  ...CODE,
  ...['docs', 'policies', 'registry', 'trust'].flatMap(filesUnder),
  ...readdirSync('.').filter((name) => /\.(?:md|ts|js|cjs|json|yaml|txt)$/.test(name) && name !== 'package-lock.json'),
];

describe('file names', () => {
  it('are kebab-case, also those of folders', () => {
    const kebab = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/;
    expect(CODE.filter((file) => !file.split('/').every((part) => kebab.test(part)))).toEqual([]);
  });

  it('say what is inside: no drawers', () => {
    const drawer = /(?:^|[/.-])(?:utils?|helpers?|common|misc|manager|service|shared|stuff)(?:[/.-]|$)/;
    expect(CODE.filter((file) => drawer.test(file))).toEqual([]);
  });
});

describe('exported declarations', () => {
  it('each open with a sentence about what the caller gets', () => {
    expect(SOURCES.flatMap(undocumented)).toEqual([]);
  });

  it.each([
    ['export function f() {}', ['f']],
    ['/** returns */ export const a = 1;', ['a']],
    ['/** Returns the stage. */ export const a = 1, b = 2;', []],
    ['/** The stage */ export interface A {}', ['A']],
    ['/** The stage. Or none. */ export class A {}', []],
    ['export type { A } from "./a.ts"; export * from "./b.ts";', []],
    ['export type A = FromSchema<typeof aSchema>; export const aSchema = {};', []],
    ['function f() {}', []],
  ])('of %j lack one: %j', (text, names) => {
    expect(undocumentedIn('x.ts', text).map((line) => line.replace(/^.* /, ''))).toEqual(names);
  });
});

describe('the text', () => {
  // In pieces, so that this file does not find itself.
  const marker = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK', 'WI' + 'P'].join('|')})\\b`);
  const leftover = new RegExp(`\\.only\\(|\\bdebugger;|\\bconsole\\.log\\('(?:here|debug)`);
  const machine = new RegExp(['/wo' + 'rk/', 'farm' + '-bench', '/tmp/' + 'brief', '(?<!\\w)/ro' + 'ot/'].join('|'));

  it.each([
    ['markers for later', marker],
    ['leftovers of debugging', leftover],
    ['names of places outside the project', machine],
  ])('holds no %s', (_, pattern) => {
    expect(TEXTS.flatMap((file) => linesWith(file, pattern))).toEqual([]);
  });
});

describe('the documentation', () => {
  it('has a page for every gate type', () => {
    const types = gateSchema.oneOf.map((gate) => gate.properties.type.const);
    const pages = filesUnder('docs/gates').map((file) => path.basename(file, '.md'));
    expect(types.filter((type) => !pages.includes(type))).toEqual([]);
  });

  it('has every command', async () => {
    const outside = { version: '0.0.0', columns: 80 } as Outside;
    const commands = namesUnder(await buildProgram({ outside, code: 0 }), 'mreg');
    expect(commands.length).toBeGreaterThan(10);
    expect(commands.filter((name) => !read('docs/commands.md').includes(`\`${name}`))).toEqual([]);
  });

  it('explains every refusal code', () => {
    expect(refusalCodes().length).toBeGreaterThan(30);
    expect(refusalCodes().filter((code) => !read('docs/refusals.md').includes(`\`${code}\``))).toEqual([]);
  });

  it('explains every error code', () => {
    expect(Object.keys(EXIT_OF).filter((code) => !read('docs/refusals.md').includes(`\`${code}\``))).toEqual([]);
  });

  it('names every room in ARCHITECTURE.md', () => {
    const rooms = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rooms.map((room) => `${room.name}/`).filter((room) => !read('ARCHITECTURE.md').includes(room))).toEqual([]);
  });
});

/** The full names of a program's commands, of which groups (`mreg key`) are none themselves. */
function namesUnder(command: CommandUnknownOpts, name: string): readonly string[] {
  if (command.commands.length === 0) return [name];
  return command.commands.flatMap((child) => namesUnder(child, `${name} ${child.name()}`));
}

function filesUnder(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(path.relative('.', entry.parentPath), entry.name))
      .toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // not every folder need exist
    throw error;
  }
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

function linesWith(file: string, pattern: RegExp): readonly string[] {
  const lines = read(file).split('\n');
  return lines.flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []));
}

function undocumented(file: string): readonly string[] {
  return undocumentedIn(file, read(file));
}

function undocumentedIn(file: string, text: string): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  return source.statements
    .filter((statement) => isExported(statement) && !describesItself(statement) && !opensWithSentence(statement))
    .map((statement) => `${file}:${lineOf(source, statement)} ${nameOf(statement)}`);
}

function isExported(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false; // `export … from` has no modifiers: the origin is documented
  return ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

/**
 * Whether it describes itself: a piece of a schema or a type derived from one (docs/format.md explains them), or the
 * declaration of a command, whose `.description()` is its sentence.
 */
function describesItself(statement: ts.Statement): boolean {
  if (ts.isFunctionDeclaration(statement)) return /^[a-z]+Command$/i.test(nameOf(statement));
  if (ts.isTypeAliasDeclaration(statement)) return /\bFromSchema</.test(statement.type.getText());
  return ts.isVariableStatement(statement) && nameOf(statement).endsWith('Schema');
}

function opensWithSentence(statement: ts.Statement): boolean {
  const doc = ts.getJSDocCommentsAndTags(statement).find(ts.isJSDoc);
  const text = ts.getTextOfJSDocComment(doc?.comment) ?? '';
  return /^[A-Z0-9`'"<].*?[.:;?!](?:\s|$)/s.test(text);
}

function nameOf(statement: ts.Statement): string {
  const named = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement;
  return (named as { name?: ts.Node }).name?.getText() ?? '(no name)';
}

function lineOf(source: ts.SourceFile, statement: ts.Statement): number {
  return source.getLineAndCharacterOfPosition(statement.getStart()).line + 1;
}

/** The members of the union, which exists only as a type. */
function refusalCodes(): readonly string[] {
  const source = ts.createSourceFile('refusal.ts', read('src/documents/refusal.ts'), ts.ScriptTarget.ES2023, true);
  const union = source.statements.filter(ts.isTypeAliasDeclaration).find(({ name }) => name.text === 'RefusalCode');
  return [...(union?.getText() ?? '').matchAll(/\| '([a-z-]+)'/g)].flatMap(([, code]) => code ?? []);
}
