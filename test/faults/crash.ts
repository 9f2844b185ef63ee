import { createHash } from 'node:crypto';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../support/git.ts';
import type { TestRegistry } from '../support/registry.ts';
import type { Variant } from '../support/threat-index.ts';
import {
  EVERY_FAULT,
  FAULT_KINDS,
  LOG,
  operationsOf,
  runStruck,
  tellCount,
  type Asked,
  type Fault,
  type FaultKind,
  type Struck,
} from './fault.ts';
import type { FaultRow } from './threats.ts';

/** A command that is struck, and the registry that it is struck in. */
export interface CrashTrial extends Asked {
  readonly name: string;
  /** `hook`: the server's hook is struck that judges its push; the command itself when absent. */
  readonly as?: 'hook';
  /** Makes the registry with its server in `home`, as it stands before the command. */
  prepare(home: string): Promise<TestRegistry>;
  /** Expects of the registry what the command was to bring about. */
  expectDone(registry: TestRegistry): void;
}

/** One kind of fault at every operation of one command. */
interface CrashVariant extends Variant<FaultRow> {
  readonly kind: FaultKind;
  readonly trial: CrashTrial;
}

const SAID: Readonly<Record<FaultKind, string>> = {
  die: 'killed before an operation',
  torn: 'killed half-way through an operation',
  ENOSPC: 'the disk is full from an operation on',
  EIO: 'an operation fails with EIO, or git is killed',
  EMFILE: 'an operation finds no file handle left',
  EROFS: 'the file system is read-only from an operation on',
};

/** Returns what is tried with a command: each kind of fault. */
export function crashVariants(trial: CrashTrial): readonly CrashVariant[] {
  return FAULT_KINDS.map((kind) => ({
    row: kind === 'die' || kind === 'torn' ? 'killed' : 'disk',
    variant: `${nameOf(trial)}, ${SAID[kind]}`,
    code: 'done',
    kind,
    trial,
  }));
}

const TIMEOUT_MS = EVERY_FAULT ? 7_200_000 : 300_000;

function nameOf({ name, as }: CrashTrial): string {
  return as === undefined ? `mreg ${name}` : `the hook that judges mreg ${name}`;
}

/** Makes a test of each variant: after the fault the state is the old or the new one, and the command run again is done. */
export function strikeAll(tried: readonly CrashVariant[]): void {
  const [{ trial } = { trial: undefined }] = tried;
  if (trial === undefined) throw new Error('nothing is tried');
  const ground = makeGround(trial);
  describe(nameOf(trial), () => {
    it.each(tried.map((each) => [each.variant, each] as const))('%s', { timeout: TIMEOUT_MS }, async (_, { kind }) => {
      const endings: string[] = [];
      for (const at of operationsFor(kind, ground.operations())) endings.push(await strikeOnce(ground, { kind, at }));
      const bad = endings.filter((ending) => !isEnding(ending));
      tellCount(`${nameOf(trial)}, ${kind}: ${countsOf(endings)}, ${String(bad.length)} bad states`);
      expect(endings.length).toBeGreaterThan(0);
      expect(bad.join('\n\n')).toBe('');
    });
  });
}

interface Ground {
  readonly trial: CrashTrial;
  /** Puts everything back where it was before the command. */
  restore(): Before;
  operations(): readonly string[];
  /** The digests of states that were found good: most operations only look, and leave what the one before left. */
  readonly good: Set<string>;
}

/** What stood there before. */
interface Before {
  readonly registry: TestRegistry;
  readonly tip: string;
  readonly status: string;
}

/** Paths are absolute in a registry's configuration, so every copy takes the place of the one before. */
function makeGround(trial: CrashTrial): Ground {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'mreg-fault-')));
  const [place, kept] = [join(home, 'place'), join(home, 'kept')];
  let before: Before | undefined;
  let operations: readonly string[] = [];
  const restore = (): Before => {
    rmSync(place, { recursive: true, force: true });
    cpSync(kept, place, { recursive: true });
    if (before === undefined) throw new Error('the registry was not prepared');
    return before;
  };
  beforeAll(async () => {
    mkdirSync(place);
    const registry = await trial.prepare(place);
    leaveUsersFiles(registry);
    before = { registry, tip: tipOf(registry.server), status: statusOf(registry) };
    renameSync(place, kept);
    operations = operationsOf(restore().registry, trial, trial.as);
  }, TIMEOUT_MS);
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });
  return { trial, restore, operations: () => operations, good: new Set() };
}

/** Somebody works here: a file of their own, one that is changed, one that is staged. */
function leaveUsersFiles(registry: TestRegistry): void {
  registry.write('notes.txt', 'mine');
  registry.write('staged.txt', 'mine, staged');
  registry.git('add', 'staged.txt');
  registry.write('staged.txt', 'mine, changed since');
}

function statusOf(registry: TestRegistry): string {
  return registry.git('status', '--porcelain');
}

function tipOf(repository: string): string {
  return git(repository, ['rev-parse', 'refs/heads/main']);
}

/** The hook has hardly more operations than these. */
const FEW = 12;

/** A sample: the places where something is written or started, once for every kind in turn; few of the many looks. */
function operationsFor(kind: FaultKind, operations: readonly string[]): readonly number[] {
  const all = operations.map((_, index) => index + 1);
  if (EVERY_FAULT) return all;
  const turn = FAULT_KINDS.indexOf(kind);
  if (all.length <= FEW) return all.filter((at) => at % 3 === turn % 3);
  const places = all.filter((at) => wordOf(operations[at - 1]) !== wordOf(operations[at - 2]));
  const writes = places.filter(
    (at) => !/^(?:lstat|stat|readFile|handle\.stat|handle\.read)$/.test(wordOf(operations[at - 1])),
  );
  const looks = places.filter((at) => !writes.includes(at));
  return [
    ...writes.filter(isTurn(turn, 6 * FAULT_KINDS.length)),
    ...looks.filter(isTurn(turn, 10 * FAULT_KINDS.length)),
  ];
}

function isTurn(turn: number, turns: number): (value: number, index: number) => boolean {
  return (_, index) => index % turns === turn;
}

function wordOf(operation = ''): string {
  return operation.split(' ')[1] ?? '';
}

/** `unreached`: the command was over before, as when git's index needed no second look. */
const ENDINGS = ['killed', 'failed', 'succeeded', 'unreached'] as const;
type Ending = (typeof ENDINGS)[number];

function isEnding(text: string): text is Ending {
  return ENDINGS.some((ending) => ending === text);
}

function countsOf(endings: readonly string[]): string {
  const count = (name: string): string => `${String(endings.filter((ending) => ending === name).length)} ${name}`;
  return [`${String(endings.length)} struck`, ...ENDINGS.map(count)].join(', ');
}

/** Returns how the command ended, or what was wrong afterwards: all bad states are told, not the first. */
async function strikeOnce(ground: Ground, fault: Fault): Promise<string> {
  try {
    return await strike(ground, fault);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Strikes once and expects: a clear end, sound repositories, the old state or the new; and the same again gets there. */
async function strike(ground: Ground, fault: Fault): Promise<Ending> {
  const { trial } = ground;
  const before = ground.restore();
  const { registry } = before;
  const struck = runStruck(registry, trial, { ...fault, as: trial.as ?? 'command' });
  const where = `${fault.kind} at ${struck.met.trim() || String(fault.at)}\n${struck.stderr}`;
  const ending = endingOf(struck);
  // What breaks in the hook is, to the command, a push that was refused.
  const codes = trial.as === 'hook' ? [1, 3] : [3];
  if (ending === 'failed') expect(codes, `${where}\nexit ${String(struck.code)}`).toContain(struck.code);
  expect(struck.stderr, `${where}\nis no bug`).not.toMatch(/^\s+at |\[bug\]/m);
  const state = digestOfFolder(registry.home);
  if (ground.good.has(state)) return ending;
  expectSound(before, where);
  const again = await registry.mreg(trial.words, { as: registry.person(trial.by) });
  expect(again.code, `${where}\nthe same command again:\n${again.stderr}${again.stdout}`).toBe(0);
  await expectNew(before, trial, where);
  ground.good.add(state);
  return ending;
}

/** Returns a digest of every path below a folder, with its mode and bytes. */
function digestOfFolder(folder: string): string {
  const hash = createHash('sha256');
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (path === LOG) continue;
    const [full, stat] = [join(folder, path), lstatSync(join(folder, path))];
    const bytes = stat.isSymbolicLink() ? readlinkSync(full) : stat.isFile() ? readFileSync(full) : '';
    hash.update(JSON.stringify([path, stat.mode, bytes.length])).update(bytes);
  }
  return hash.digest('hex');
}

function endingOf({ code, signal, met }: Struck): Ending {
  if (signal === 'SIGKILL' || code === 137) return 'killed';
  if (code === 0) return met === '' ? 'unreached' : 'succeeded';
  return 'failed';
}

/** Whatever happened, git finds nothing wrong, and a branch is where it was or one whole step on. */
function expectSound({ registry, tip }: Before, where: string): void {
  for (const repository of [registry.server, registry.directory]) {
    expect(git(repository, ['fsck', '--strict', '--full', '--no-dangling']), where).toBe('');
    const steps = git(repository, ['rev-list', '--first-parent', `${tip}..refs/heads/main`]);
    expect(steps.split('\n').length, `${where}\nat most one step`).toBe(1);
    expect(() => git(repository, ['merge-base', '--is-ancestor', tip, 'refs/heads/main'])).not.toThrow();
  }
}

async function expectNew({ registry, tip, status }: Before, trial: CrashTrial, where: string): Promise<void> {
  const there = tipOf(registry.server);
  expect(git(registry.server, ['rev-list', '--first-parent', `${tip}..${there}`]), where).toBe(there);
  expect(tipOf(registry.directory), where).toBe(there);
  expect(statusOf(registry), `${where}\nthe files are those of the branch, the user's as they were`).toBe(status);
  expect(registry.read('staged.txt')).toBe('mine, changed since');
  trial.expectDone(registry);
  const verified = await registry.mreg(['verify']);
  expect(verified.code, `${where}\n${verified.stdout}${verified.stderr}`).toBe(0);
}
