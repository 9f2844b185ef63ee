import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../src/commands/run.ts';
import { digestOf } from '../../src/documents/digest.ts';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import { git, temporaryDirectory } from '../support/git.ts';
import { storedVersion, writeFiles } from '../support/mlflow.ts';
import { testOutside } from '../support/outside.ts';
import { makePerson } from '../support/people.ts';
import { ALL_ROLES, makeTeam, mustSucceed, registerVersion, type TestRegistry } from '../support/registry.ts';
import type { CommandLine } from './command-lines.ts';

export const PASSPHRASE = 'correct horse battery staple';

/** A registry in which every command of COMMAND_LINES works; tests work on copies of its checkout. */
export interface Template {
  readonly registry: TestRegistry;
  /** What `{name}` stands for in a command line. */
  readonly files: Readonly<Record<string, string>>;
  /** A key that nobody trusts. */
  readonly strangerKey: string;
  /** Ann's key, encrypted with PASSPHRASE. */
  readonly protectedKey: string;
  /** Texts that no output may hold. */
  readonly secrets: readonly string[];
  remove(): void;
}

const POLICY: PolicyDocument['spec'] = {
  models: ['*'],
  metrics: { auc: { min: 0, max: 1, better: 'higher' } },
  holds: { release: { total: 1 } },
  transitions: [
    { from: 'dev', to: 'staging', gates: [{ id: 'artifact', type: 'artifact' }] },
    {
      from: 'staging',
      to: 'prod',
      gates: [{ id: 'approvals', type: 'approvals', roles: { reviewer: 1 }, total: 1, requesterMayApprove: false }],
      rollback: { target: 'last-stable', roles: ['oncall'] },
    },
  ],
};

/** Makes the registry that all worlds are copies of. */
export async function makeTemplate(): Promise<Template> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'mreg-bad-input-')));
  const registry = await makeTeam({
    home,
    people: { ann: ALL_ROLES, bob: ['policy', 'reviewer'], carol: ['policy'] },
    thresholds: { root: 1, policy: 2 },
    policy: POLICY,
  });
  const files = await writeFilesOf(registry);
  await fill(registry, files);
  pack(registry);
  const stranger = await makePerson(home, 'mallory@example.org');
  const protectedKey = await protect(registry);
  const secrets = [
    PASSPHRASE,
    ...[registry.person('ann').keyFile, stranger.keyFile, protectedKey].flatMap((file) => secretLines(file)),
  ];
  const remove = (): void => {
    rmSync(home, { recursive: true, force: true });
  };
  return { registry, files, strangerKey: stranger.keyFile, protectedKey, secrets, remove };
}

/** Three versions of fraud, the second in staging and asked for prod; one held version; rollouts; a policy that waits for bob. */
async function fill(registry: TestRegistry, files: Readonly<Record<string, string>>): Promise<void> {
  const features = ['--features', files['features'] ?? ''];
  for (const version of ['v1', 'v2', 'v3']) {
    const bytes = join(registry.home, `${version}.bin`);
    writeFileSync(bytes, version);
    const metrics = ['--metrics', files['metrics'] ?? ''];
    mustSucceed(await registry.mreg(['register', 'fraud', bytes, ...metrics, ...features]));
    if (version !== 'v3') mustSucceed(await registry.mreg(['promote', `fraud@${version}`, '--to', 'staging']));
  }
  await registerVersion(registry, 'score');
  for (const model of ['swap', 'idle']) await startRollout(registry, model);
  mustSucceed(await registry.mreg(['rollout', 'pause', 'idle', '--stage', 'staging']));
  mustSucceed(await registry.mreg(['hold', 'score@v1', '-m', 'wrong']));
  mustSucceed(await registry.mreg(['freeze', 'score', '--stage', 'prod', '-m', 'wrong']));
  mustWait(await registry.mreg(['promote', 'fraud@v2', '--to', 'prod']));
  mustWait(await registry.mreg(['policy', 'set', 'more', files['policy'] ?? '']));
}

/** Two versions in staging, the newer one with a tenth of the traffic. */
async function startRollout(registry: TestRegistry, model: string): Promise<void> {
  const plan = ['--strategy', 'canary', '--step', '10:0s', '--step', '100'];
  for (const flags of [[], plan]) {
    const version = await registerVersion(registry, model);
    mustSucceed(await registry.mreg(['promote', version, '--to', 'staging', ...flags]));
  }
}

/** Few files are quick to copy, and to compare. */
function pack(registry: TestRegistry): void {
  registry.git('repack', '-a', '-d', '--quiet');
  registry.git('pack-refs', '--all');
  rmSync(join(registry.directory, '.git', 'hooks'), { recursive: true, force: true });
}

function mustWait(outcome: Awaited<ReturnType<TestRegistry['mreg']>>): void {
  if (outcome.code !== 5) throw new Error(`exit ${String(outcome.code)}\n${outcome.stdout}\n${outcome.stderr}`);
}

async function writeFilesOf(registry: TestRegistry): Promise<Readonly<Record<string, string>>> {
  const ann = registry.person('ann');
  const dan = await makePerson(registry.home, 'dan@example.org');
  const team = {
    principals: [{ id: ann.id, keys: [ann.publicLine] }],
    roles: ALL_ROLES.map((role) => ({ role, principals: [ann.id], models: ['*'] })),
  };
  const contents = {
    metrics: { auc: 0.9 },
    features: { inputs: [{ name: 'amount', type: 'double', required: true }], outputs: [] },
    lineage: { parameters: { rate: 0.1 } },
    lockfile: { packages: [] },
    plan: { strategy: 'immediate' },
    policy: { models: ['*'], transitions: [{ from: 'dev', to: 'staging', gates: [] }] },
    team,
    bytes: { weights: [1, 2, 3] },
  };
  const made = Object.entries(contents).map(([name, content]) => {
    const file = join(registry.home, `${name}.json`);
    writeFileSync(file, JSON.stringify(content));
    return [name, file];
  });
  const rows = join(registry.home, 'rows.csv');
  const lines = Array.from(
    { length: 600 },
    (_, row) => `${String((row % 100) / 100)},${String(row % 2)},s${String(row % 3)}`,
  );
  writeFileSync(rows, ['p,y,s', ...lines, ''].join('\n'));
  return { ...Object.fromEntries(made), ...writeForeign(registry), rows, public: `${dan.keyFile}.pub` };
}

/** Other registries to import from: MLflow's file store, and a repository with a tag of GTO. */
function writeForeign({ home, env }: TestRegistry): { readonly mlruns: string; readonly gto: string } {
  const [mlruns, gto] = [join(home, 'mlruns'), join(home, 'gto')];
  writeFiles(mlruns, storedVersion('imported', { number: 1, run: 'aa11' }));
  writeFiles(gto, { 'artifacts.yaml': 'tagged:\n  path: model.bin\n', 'model.bin': 'weights' });
  for (const words of [
    ['init', '--quiet'],
    ['add', '.'],
    ['commit', '--quiet', '-m', 'x'],
    ['tag', 'tagged@v1.0.0'],
  ])
    git(gto, words, { env });
  return { mlruns, gto };
}

async function protect(registry: TestRegistry): Promise<string> {
  const file = join(registry.home, 'protected.key');
  const call = { env: { MREG_PASSPHRASE: PASSPHRASE } };
  mustSucceed(await registry.mreg(['key', 'generate', '--out', file], call));
  return file;
}

/** The lines of a private key that give it away. */
function secretLines(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('-----'))
    .slice(1);
}

/** A copy of the template's checkout, for a test to spoil. */
export interface World {
  readonly template: Template;
  readonly directory: string;
  /** Runs stock git here. */
  git(...args: readonly string[]): string;
  write(path: string, content: string | Uint8Array): void;
  read(path: string): string;
}

/** Copies the checkout into a directory of its own, removed with the test. */
export function copyWorld(template: Template): World {
  const directory = join(temporaryDirectory('mreg-world'), 'registry');
  cpSync(template.registry.directory, directory, { recursive: true });
  return {
    template,
    directory,
    git: (...args) => git(directory, args, { env: template.registry.env }),
    write: (path, content) => {
      mkdirSync(join(directory, path, '..'), { recursive: true });
      writeFileSync(join(directory, path), content);
    },
    read: (path) => readFileSync(join(directory, path), 'utf8'),
  };
}

/** How one command line is run; what is absent is as usual. */
export interface Conditions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** What a command line came to, and whether it left everything as it was. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Files that differ from before: of the checkout, the index, the refs. */
  readonly changed: readonly string[];
}

/** Runs a command line in a world, in this process. */
export async function runIn(world: World, line: CommandLine, conditions: Conditions = {}): Promise<Result> {
  const { registry, files } = world.template;
  const known: Readonly<Record<string, string>> = { ...files, new: freePath(world), ...conditions.files };
  const words = line.words.map((word) => word.replace(/^\{(.*)\}$/, (_, name: string) => known[name] ?? word));
  const { outside, printed } = testOutside({
    cwd: conditions.cwd ?? world.directory,
    home: registry.home,
    env: { ...registry.env, MREG_KEY: registry.person(line.as ?? 'ann').keyFile, ...conditions.env },
  });
  const before = stateOf(world.directory);
  const code = await run(outside, words);
  return { code, ...printed, changed: differences(before, stateOf(world.directory)) };
}

let freePaths = 0;

/** Returns a path beside the checkout that nothing uses yet. */
function freePath({ directory }: World): string {
  freePaths += 1;
  return join(dirname(directory), `new-${String(freePaths)}`);
}

type State = ReadonlyMap<string, string>;

/** What a failed command may leave: objects that nothing names, and what was fetched and is remembered of the server. */
const FREE: ReadonlySet<string> = new Set([
  '.git/objects',
  '.git/logs',
  '.git/refs/remotes',
  '.git/refs/mreg',
  '.git/mreg',
]);

/** Digests of all that a command must not change: the checkout, index, HEAD, refs, configuration, and the names beside it. */
function stateOf(directory: string): State {
  const state = new Map(readdirSync(dirname(directory)).map((name) => [`../${name}`, '']));
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(directory, folder), { withFileTypes: true })) {
      const name = join(folder, entry.name);
      if (entry.isDirectory() && !FREE.has(name)) folders.push(name);
      if (entry.isFile()) state.set(name, digestOf(readFileSync(join(directory, name))));
    }
  }
  return state;
}

function differences(before: State, after: State): readonly string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}
