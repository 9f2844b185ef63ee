import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outside } from '../../src/commands/outside.ts';
import { buildProgram } from '../../src/commands/program.ts';
import { EXIT_OF, type ErrorCode } from '../../src/documents/error.ts';
import { errorOutput } from '../../src/report/output-of-looking.ts';
import type { ErrorOutput } from '../../src/report/output-schemas.ts';
import { CALLED_BY_PROGRAMS, NEEDS_MEASURED, COMMAND_LINES, nameOf, type CommandLine } from './command-lines.ts';
import { copyWorld, makeTemplate, PASSPHRASE, runIn, type Conditions, type Result, type World } from './worlds.ts';
import type { Template } from './worlds.ts';

const isError = new Ajv2020({ strict: true, allowUnionTypes: true }).compile<ErrorOutput>(errorOutput);
const PROGRAM = await buildProgram({ outside: { version: '0', columns: 80 } as Outside, code: 0 });
/** A scenario runs dozens of commands, each as its own little world. */
const TIMEOUT_MS = 120_000;

/** The models that command lines name. */
const MODEL = /^(?:fraud|score|swap|idle)(?=@|$)/;

let template: Template;
beforeAll(async () => {
  template = await makeTemplate();
}, TIMEOUT_MS);
afterAll(() => {
  template.remove();
});

/** What a command is expected to fail with, and how it is run. */
interface Failing {
  readonly codes: readonly ErrorCode[];
  readonly conditions?: Conditions;
}

/** Returns what is wrong with how a command failed: nothing, when it said one clear thing and changed nothing. */
async function faultsOf(world: World, line: CommandLine, { codes, conditions }: Failing): Promise<readonly string[]> {
  const faults: string[] = [];
  // People and programs are answered by the same few lines of code: programs are asked for every command, people for some.
  if (COMMAND_LINES.findIndex(({ words }) => words[0] === line.words[0]) % 2 === 0) {
    const text = await runIn(world, line, conditions);
    faults.push(...faultsOfText(text, codes), ...faultsOfAny(text, world));
  }
  const json = await runIn(world, { ...line, words: [...line.words, '--json'] }, conditions);
  faults.push(...faultsOfJson(json, codes), ...faultsOfAny(json, world));
  return [...new Set(faults)].map((fault) => `mreg ${nameOf(line)}: ${fault}`);
}

function faultsOfText({ code, stdout, stderr }: Result, codes: readonly ErrorCode[]): readonly string[] {
  const said = codes.find((one) => stderr.includes(one === 'refused' ? 'refused:' : `error [${one}]:`));
  const heads = stderr.match(/^(?:error \[|refused:|waiting:)/gm) ?? [];
  return [
    ...(stdout === '' ? [] : [`printed on stdout: ${stdout}`]),
    ...(said === undefined ? [`expected ${codes.join(' or ')}, found exit ${String(code)}: ${stderr}`] : []),
    ...(said !== undefined && code !== EXIT_OF[said] ? [`exit ${String(code)} with ${said}`] : []),
    ...(heads.length === 1 ? [] : [`${String(heads.length)} errors: ${stderr}`]),
    ...(/^(?:hint:|next:)/m.test(stderr) ? [] : [`no hint: ${stderr}`]),
  ];
}

function faultsOfJson({ code, stdout, stderr }: Result, codes: readonly ErrorCode[]): readonly string[] {
  const answer = parsed(stdout);
  if (!isError(answer)) return [`--json printed no error document: ${stdout}${stderr}`];
  const { error } = answer;
  const said = codes.find((one) => one === error.code);
  return [
    ...(said === undefined ? [`--json: expected ${codes.join(' or ')}, found ${error.code}: ${error.message}`] : []),
    ...(said !== undefined && code !== EXIT_OF[said] ? [`--json: exit ${String(code)} with ${said}`] : []),
    ...(error.hint === null || error.hint === '' ? [`--json: no hint: ${error.message}`] : []),
    ...(stderr === '' ? [] : [`--json: printed on stderr: ${stderr}`]),
  ];
}

function faultsOfAny({ stdout, stderr, changed }: Result, world: World): readonly string[] {
  const printed = stdout + stderr;
  return [
    ...(changed.length === 0 ? [] : [`changed ${changed.join(', ')}`]),
    ...(/\n\s+at .*:\d+:\d+/.test(printed) ? [`printed a stack trace: ${printed}`] : []),
    ...(world.template.secrets.some((secret) => printed.includes(secret)) ? ['printed a secret'] : []),
  ];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Runs lines one after another in one world (none changes it) and expects each to fail with one of `codes`. */
async function expectErrors(world: World, lines: readonly CommandLine[], expected: Failing): Promise<void> {
  expect(lines.length).toBeGreaterThan(0);
  const faults: string[] = [];
  for (const line of lines) faults.push(...(await faultsOf(world, line, expected)));
  expect(faults).toEqual([]);
}

/** Returns the lines that `change` makes another word list of. */
function changedLines(change: (words: readonly string[]) => readonly string[]): readonly CommandLine[] {
  return COMMAND_LINES.flatMap((line) => {
    const words = change(line.words);
    return words.join(' ') === line.words.join(' ') ? [] : [{ ...line, words }];
  });
}

const mapWords =
  (change: (word: string, before: string | undefined) => string) =>
  (words: readonly string[]): readonly string[] =>
    words.map((word, index) => change(word, words[index - 1]));

const withoutFlag =
  (flag: string) =>
  (words: readonly string[]): readonly string[] =>
    words.filter((word, index) => word !== flag && words[index - 1] !== flag);

/** Returns the command that the words name and how many words that takes. */
function commandOf(words: readonly string[]): { readonly command: CommandUnknownOpts; readonly depth: number } {
  let command: CommandUnknownOpts = PROGRAM;
  let depth = 0;
  for (const word of words) {
    const child: CommandUnknownOpts | undefined = command.commands.find((one) => one.name() === word);
    if (child === undefined) break;
    command = child;
    depth += 1;
  }
  return { command, depth };
}

describe('the table of command lines', () => {
  it('has every command', () => {
    const leaves = (command: CommandUnknownOpts, path: string): readonly string[] =>
      command.commands.length === 0
        ? [path]
        : command.commands.flatMap((child) => leaves(child, `${path} ${child.name()}`.trim()));
    const known = COMMAND_LINES.map(({ words }) => words.slice(0, commandOf(words).depth).join(' '));
    const missing = leaves(PROGRAM, '').filter(
      (name) => ![...known, ...CALLED_BY_PROGRAMS, ...NEEDS_MEASURED].includes(name),
    );
    expect(missing, 'add them to command-lines.ts').toEqual([]);
  });

  it.each(COMMAND_LINES.map((line) => [nameOf(line), line] as const))(
    'works, offline and beside the user’s own changes, with: mreg %s',
    async (_name, line) => {
      const world = copyWorld(template);
      world.write('deploy/mine.yaml', 'mine: true\n');
      world.write('README.md', 'staged\n');
      world.git('add', 'README.md');
      world.write('README.md', 'not staged\n');
      const words = line.plain === true ? line.words : [...line.words, '--json'];
      const { code, stdout, stderr } = await runIn(world, { ...line, words });
      expect([code, stderr], stdout).toEqual([line.exit ?? 0, '']);
      if (line.plain !== true) expect(parsed(stdout)).toBeTypeOf('object');
      expect(world.git('status', '--porcelain')).toBe('AM README.md\n?? deploy/');
      expect([world.read('README.md'), world.read('deploy/mine.yaml')]).toEqual(['not staged\n', 'mine: true\n']);
      expect(world.git('show', ':README.md')).toBe('staged');
    },
  );
});

describe('every command, given', () => {
  const bothWays = { timeout: TIMEOUT_MS };

  it('a model that is not there', bothWays, async () => {
    const lines = changedLines(mapWords((word) => word.replace(MODEL, 'fruad')));
    // What is new may be registered, and what policies would apply to it is worth asking before.
    const existing = lines.filter(({ words }) => words[0] !== 'register' && words[0] !== 'policy');
    await expectErrors(copyWorld(template), existing, { codes: ['unknown-model', 'bad-reference'] });
  });

  it('a version that is not there', bothWays, async () => {
    const lines = changedLines(mapWords((word) => word.replace(/@v[1-9]$/, '@v99')));
    await expectErrors(copyWorld(template), lines, { codes: ['unknown-version', 'unknown-request'] });
  });

  it('a stage that is not there', bothWays, async () => {
    const lines = changedLines(
      mapWords((word, before) =>
        before === '--to' || before === '--stage' ? 'nowhere' : word.replace('@staging', '@nowhere'),
      ),
    );
    await expectErrors(copyWorld(template), lines, { codes: ['unknown-stage'] });
  });

  it.each(['Fraud Detector\u202e', '../fraud'])('the model %j', bothWays, async (model) => {
    const lines = changedLines(mapWords((word) => word.replace(MODEL, () => model)));
    await expectErrors(copyWorld(template), lines, { codes: ['bad-reference'] });
  });

  it.each(['@../prod', '@v0'])('a reference that ends in %j', bothWays, async (end) => {
    const lines = changedLines(mapWords((word) => word.replace(/^(?:fraud|score)@.*$/, `fraud${end}`)));
    await expectErrors(copyWorld(template), lines, { codes: ['bad-reference', 'unknown-stage'] });
  });

  it('too few arguments', bothWays, async () => {
    const lines = COMMAND_LINES.flatMap((line) => {
      const { command, depth } = commandOf(line.words);
      const last = depth + command.registeredArguments.filter(({ required }) => required).length - 1;
      return last < depth ? [] : [{ ...line, words: line.words.filter((_, index) => index !== last) }];
    });
    await expectErrors(copyWorld(template), lines, { codes: ['usage'] });
  });

  it.each(['--to', '--kind', '-o', '-m'])('no %s where it is needed', bothWays, async (flag) => {
    await expectErrors(copyWorld(template), changedLines(withoutFlag(flag)), { codes: ['usage'] });
  });

  it('no --stage where it is needed', bothWays, async () => {
    const lines = changedLines(withoutFlag('--stage')).filter(({ words }) =>
      commandOf(words).command.options.some(({ long, mandatory }) => long === '--stage' && mandatory),
    );
    await expectErrors(copyWorld(template), lines, { codes: ['usage'] });
  });

  it('a flag that nobody knows', bothWays, async () => {
    const lines = changedLines((words) => [...words, '--frobnicate']);
    await expectErrors(copyWorld(template), lines, { codes: ['usage'] });
  });

  it('more arguments than it takes', bothWays, async () => {
    // A freeze takes as many models as are named.
    const lines = changedLines((words) => [...words, 'one', 'two', 'three']).filter(
      ({ words }) => words[0] !== 'freeze',
    );
    await expectErrors(copyWorld(template), lines, { codes: ['usage'] });
  });
});

describe('every file that a command reads', () => {
  const DATA = ['metrics', 'features', 'lineage', 'plan', 'policy', 'team'];

  /** Runs every command that reads one of `names`, with another file in its place. */
  async function expectRefused(names: readonly string[], file: string, codes: readonly ErrorCode[]): Promise<void> {
    const world = copyWorld(template);
    for (const name of names) {
      const lines = COMMAND_LINES.filter(({ words }) => words.includes(`{${name}}`));
      await expectErrors(world, lines, { codes, conditions: { files: { [name]: file } } });
    }
  }

  function fileHolding(name: string, content: string | Uint8Array): string {
    const file = join(template.registry.home, name);
    writeFileSync(file, content);
    return file;
  }

  it('is missed when it is not there', { timeout: TIMEOUT_MS }, async () => {
    await expectRefused([...DATA, 'bytes', 'lockfile'], join(template.registry.home, 'nothing'), ['bad-file']);
  });

  it('is refused when it is a folder', { timeout: TIMEOUT_MS }, async () => {
    await expectRefused([...DATA, 'lockfile'], template.registry.home, ['unreadable']);
  });

  it.each([
    ['is binary', Buffer.from([0, 255, 254, 7, 27, 91, 51, 49, 109, 200, 201])],
    ['holds something else', '[1, {"a": [2]}]'],
    ['is empty', ''],
    ['is a bomb for parsers', `a: ${'['.repeat(200_000)}`],
  ])('is refused when it %s', { timeout: TIMEOUT_MS }, async (_what, content) => {
    await expectRefused(DATA, fileHolding('bad.yaml', content), ['bad-file']);
  });

  it('is refused when it is no public key', { timeout: TIMEOUT_MS }, async () => {
    await expectRefused(['public'], join(template.registry.home, 'nothing'), ['no-key']);
    await expectRefused(['public'], template.registry.home, ['no-key']);
    await expectRefused(['public'], template.files['metrics'] ?? '', ['bad-key']);
  });
});

describe('every command that signs, given', () => {
  const bothWays = { timeout: TIMEOUT_MS };
  const signing = COMMAND_LINES.filter(({ signs }) => signs === true);
  const inRegistry = signing.filter(({ standsAlone }) => standsAlone !== true);

  it('a key that nobody trusts', bothWays, async () => {
    const conditions = { env: { MREG_KEY: template.strangerKey } };
    await expectErrors(copyWorld(template), inRegistry, { codes: ['not-trusted'], conditions });
  });

  it('a key file that is not there', bothWays, async () => {
    const conditions = { env: { MREG_KEY: join(template.registry.home, 'nothing') } };
    await expectErrors(copyWorld(template), signing, { codes: ['no-key'], conditions });
  });

  it('a key file that is none', bothWays, async () => {
    const conditions = { env: { MREG_KEY: template.files['metrics'] } };
    await expectErrors(copyWorld(template), signing, { codes: ['bad-key'], conditions });
  });

  it('a protected key, and nobody to ask for its passphrase', bothWays, async () => {
    const conditions = { env: { MREG_KEY: template.protectedKey } };
    await expectErrors(copyWorld(template), signing, { codes: ['no-key'], conditions });
  });

  it('a protected key with another passphrase', bothWays, async () => {
    const conditions = { env: { MREG_KEY: template.protectedKey, MREG_PASSPHRASE: `${PASSPHRASE}?` } };
    // Trying a passphrase is slow, and meant to be: one command stands for all.
    await expectErrors(copyWorld(template), signing.slice(-1), { codes: ['wrong-passphrase'], conditions });
  });

  it('no key at all', bothWays, async () => {
    await expectErrors(copyWorld(template), signing, { codes: ['no-key'], conditions: { env: { MREG_KEY: '' } } });
  });

  it('the text of a private key where a file is meant', bothWays, async () => {
    const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${template.secrets.join('\n')}\n`;
    const lines = signing.map((line) => ({ ...line, words: [...line.words, '--key', text] }));
    await expectErrors(copyWorld(template), lines, { codes: ['bad-key'] });
  });
});

describe('every command that needs a registry, where', () => {
  const bothWays = { timeout: TIMEOUT_MS };
  const lines = COMMAND_LINES.filter(({ standsAlone, diagnoses }) => standsAlone !== true && diagnoses !== true);

  it('git is not installed', bothWays, async () => {
    const conditions = { env: { PATH: '/nonexistent' } };
    const inits = COMMAND_LINES.filter(({ words }) => words[0] === 'init');
    const world = copyWorld(template);
    await expectErrors(world, lines, { codes: ['no-git'], conditions });
    for (const line of inits) expect((await runIn(world, line, conditions)).stderr).toContain('error [no-git]:');
  });

  it('the directory does not exist', bothWays, async () => {
    const away = lines.map((line) => ({ ...line, words: [...line.words, '-C', 'nowhere'] }));
    await expectErrors(copyWorld(template), away, { codes: ['not-a-registry'] });
  });

  it('the directory is in no repository', bothWays, async () => {
    const world = copyWorld(template);
    rmSync(join(world.directory, '.git'), { recursive: true });
    await expectErrors(world, lines, { codes: ['not-a-registry'] });
  });

  it('the repository is empty', bothWays, async () => {
    const world = copyWorld(template);
    rmSync(join(world.directory, '.git'), { recursive: true });
    world.git('init', '--quiet', '--initial-branch=main');
    await expectErrors(world, lines, { codes: ['not-a-registry'] });
  });

  it('the repository is no registry', bothWays, async () => {
    const world = copyWorld(template);
    world.git('rm', '-r', '--quiet', 'mreg.yaml', 'trust', 'registry', 'policies', 'mreg.yaml.sig');
    world.git('commit', '--quiet', '--no-verify', '-m', 'code only');
    await expectErrors(world, lines, { codes: ['not-a-registry'] });
  });

  it('the registry is half there', bothWays, async () => {
    const world = copyWorld(template);
    world.git('rm', '-r', '--quiet', 'trust');
    world.git('commit', '--quiet', '--no-verify', '-m', 'oops');
    await expectErrors(world, lines, { codes: ['integrity'] });
  });

  it.each(['mreg.yaml', 'trust/root.yaml'])('%s is of a later format', bothWays, async (path) => {
    const world = copyWorld(template);
    world.write(path, world.read(path).replace('mreg.dev/v1', 'mreg.dev/v2'));
    world.git('commit', '--quiet', '--no-verify', '-am', 'upgrade');
    await expectErrors(world, lines, { codes: ['newer-format'] });
  });

  it('mreg.yaml is garbage', bothWays, async () => {
    const world = copyWorld(template);
    world.write('mreg.yaml', Buffer.from([0, 255, 254, 7, 27, 91]));
    world.git('commit', '--quiet', '--no-verify', '-am', 'oops');
    await expectErrors(world, lines, { codes: ['integrity'] });
  });
});

describe('every command that rests on a pointer', () => {
  it('refuses one that was edited by hand and committed', { timeout: TIMEOUT_MS }, async () => {
    const world = copyWorld(template);
    const path = 'registry/fraud/stages/staging/stage.yaml';
    world.write(
      path,
      world
        .read(path)
        .replace('kustomize', 'kustomise')
        .replace(/movedBy: .*/, 'movedBy: "eve@example.org"'),
    );
    world.git('commit', '--quiet', '--no-verify', '-am', 'by hand');
    const lines = COMMAND_LINES.filter(({ restsOnStaging }) => restsOnStaging === true);
    await expectErrors(world, lines, { codes: ['integrity'] });
  });
});

describe('every command that writes', () => {
  const bothWays = { timeout: TIMEOUT_MS };
  const moving = COMMAND_LINES.filter(({ writes }) => writes !== undefined);
  const asking = COMMAND_LINES.filter(({ asksServer }) => asksServer === true);
  const signing = COMMAND_LINES.filter(
    ({ signs, standsAlone, asksServer }) => signs === true && standsAlone !== true && asksServer === true,
  );

  it('stops before the user’s own changes in the files that it would write', bothWays, async () => {
    const faults: string[] = [];
    for (const line of moving) {
      const world = copyWorld(template);
      world.write(line.writes ?? '', 'mine\n');
      faults.push(...(await faultsOf(world, line, { codes: ['dirty-worktree'] })));
    }
    expect(faults).toEqual([]);
  });

  it('says that HEAD is detached', bothWays, async () => {
    const world = copyWorld(template);
    world.git('switch', '--quiet', '--detach');
    await expectErrors(world, signing, { codes: ['detached-head'] });
  });

  it('says that the remote cannot be reached', bothWays, async () => {
    const world = copyWorld(template);
    world.git('remote', 'add', 'origin', join(template.registry.home, 'gone.git'));
    await expectErrors(world, asking, { codes: ['network'] });
  });

  it(
    'works on with --no-push, or when it only looks, where HEAD is detached and the remote is gone',
    bothWays,
    async () => {
      const world = copyWorld(template);
      world.git('remote', 'add', 'origin', join(template.registry.home, 'gone.git'));
      const written = COMMAND_LINES.find(({ words }) => words[0] === 'hold');
      expect((await runIn(world, { words: [...(written?.words ?? []), '--no-push'] })).code).toBe(0);
      world.git('switch', '--quiet', '--detach');
      for (const line of COMMAND_LINES) {
        if (line.signs === true || line.asksServer === true || line.diagnoses === true) continue;
        const { code, stderr } = await runIn(world, line);
        expect(code, `mreg ${nameOf(line)}: ${stderr}`).toBe(line.exit ?? 0);
      }
    },
  );

  it('says that the local branch and that of the remote have parted', bothWays, async () => {
    const world = copyWorld(template);
    const server = join(world.directory, '..', 'server.git');
    world.git('clone', '--quiet', '--bare', world.directory, server);
    world.git('remote', 'add', 'origin', server);
    const other = copyWorld(template);
    other.git('commit', '--quiet', '--no-verify', '--allow-empty', '-m', 'theirs');
    other.git('push', '--quiet', server, 'main');
    world.git('commit', '--quiet', '--no-verify', '--allow-empty', '-m', 'ours');
    const lines = asking.filter(({ signs }) => signs === true);
    await expectErrors(world, lines, { codes: ['remote-ahead'] });
  });
});

describe('every command that reads or fills a store', () => {
  it('says that the store is no folder', { timeout: TIMEOUT_MS }, async () => {
    const world = copyWorld(template);
    // The store of these worlds is configured by an absolute path: it is put aside and back again.
    const store = join(template.registry.home, 'store');
    const aside = join(template.registry.home, 'store-aside');
    const { renameSync } = await import('node:fs');
    renameSync(store, aside);
    try {
      writeFileSync(store, 'a file');
      const lines = COMMAND_LINES.filter(({ readsStore }) => readsStore === true);
      await expectErrors(world, lines, { codes: ['unreadable', 'disk'] });
    } finally {
      rmSync(store);
      renameSync(aside, store);
    }
  });

  it('leaves a folder alone that is in the way', async () => {
    const world = copyWorld(template);
    const taken = join(world.directory, '..', 'taken');
    mkdirSync(taken);
    writeFileSync(join(taken, 'mine'), 'mine');
    const lines = COMMAND_LINES.filter(({ words }) => words.includes('{new}') && words.includes('-o'));
    await expectErrors(world, lines, { codes: ['exists'], conditions: { files: { new: taken } } });
  });
});
