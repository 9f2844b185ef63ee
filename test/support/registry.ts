import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import { writeSignedCommit } from '../../src/commands/carry-out.ts';
import { run } from '../../src/commands/run.ts';
import { signedEdits } from '../../src/commands/signing.ts';
import type { Digest } from '../../src/documents/digest.ts';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import { readDocument } from '../../src/documents/read-document.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import { planInit, type Genesis } from '../../src/registry/plan-governance.ts';
import { emptySnapshot } from '../../src/registry/snapshot.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import { registryIdOf } from '../../src/trust/registry-id.ts';
import { git, GIT_ENV, temporaryDirectory } from './git.ts';
import { BUNDLE, testOutside } from './outside.ts';
import { makePerson, signingAs, type Person } from './people.ts';

/** What a command came to. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How one command is run; every field is optional. */
export interface Call {
  /** Whose key signs; the first person's when absent. */
  readonly as?: Person;
  /** Where; the registry's own checkout when absent. */
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** Clock of a command that runs in this process. */
  readonly now?: () => Date;
  readonly answers?: readonly string[];
  /** Whether progress is drawn by a command that runs in this process, and the user's Ctrl-C. */
  readonly terminal?: boolean;
  readonly interrupted?: AbortSignal;
}

/** A registry in a directory of its own, with the people who hold keys to it. */
export interface TestRegistry {
  /** Holds everything below; removed when the test is over. */
  readonly home: string;
  /** The checkout. */
  readonly directory: string;
  /** A bare server beside it, when it was asked for: hook installed, root pinned, first commit pushed. */
  readonly server: string;
  readonly env: NodeJS.ProcessEnv;
  /** Digest of the first trust root. */
  readonly root: Digest;
  readonly people: readonly Person[];
  /** The person called `name`: the part of the id before the @. */
  person(name: string): Person;
  /** Runs a command in this process: fast, and with the coverage and clock of the test. */
  mreg(args: readonly string[], call?: Call): Promise<Outcome>;
  /** Runs the bundle as a process of its own: slower, as users do. */
  mregProcess(args: readonly string[], call?: Call): Outcome;
  /** Runs stock git in the checkout; throws when it fails. */
  readonly git: (...args: readonly string[]) => string;
  /** Runs stock git and returns how it ended; `as` signs commits. */
  tryGit(args: readonly string[], call?: Call): Outcome;
  /** Writes a file of the checkout, parents included. */
  write(path: string, content: string): void;
  read(path: string): string;
}

/** Roles and everything else that a test may want other than usual. */
export interface TeamOptions {
  /** Roles by the name of the person; all roles for `ann` alone when absent. */
  readonly people?: Readonly<Record<string, readonly string[]>>;
  /** A pack's name, or rules of the test's own. */
  readonly policy?: string | PolicyDocument['spec'];
  readonly thresholds?: TrustRootDocument['spec']['thresholds'];
  readonly floors?: TrustRootDocument['spec']['floors'];
  readonly commits?: 'signed' | 'any';
  readonly stages?: readonly string[];
  /** With a bare server, made by `mreg init --server`, as its remote. */
  readonly server?: boolean;
  readonly expires?: string;
  readonly branch?: string;
  /** URL of the one store; a folder beside the checkout when absent. */
  readonly store?: string;
  /** A directory to make it in, which the caller removes; a new one, removed with the test, when absent. */
  readonly home?: string;
}

export const ALL_ROLES: readonly string[] = [
  ...['root', 'policy', 'registrar', 'evaluator', 'promoter', 'owner', 'reviewer', 'oncall', 'controller'],
];

/** Makes a single-user registry (`ann@example.org`, every role, policy pack solo); with `server: true` also a server. */
export function makeRegistry(options: TeamOptions = {}): Promise<TestRegistry> {
  return makeTeam({ people: { ann: ALL_ROLES }, ...options });
}

/** Makes a registry of several people: everybody `<name>@example.org`, with the roles given. */
export async function makeTeam(options: TeamOptions): Promise<TestRegistry> {
  const home = options.home ?? temporaryDirectory('mreg-registry');
  const env = environmentIn(home);
  const people = await Promise.all(
    Object.keys(options.people ?? { ann: ALL_ROLES }).map((name) => makePerson(home, `${name}@example.org`)),
  );
  const directory = join(home, 'registry');
  git(home, ['init', '--quiet', `--initial-branch=${options.branch ?? 'main'}`, directory], { env });
  const root = await commitFirst({ directory, env, people, options, home });
  const registry = registryIn({ home, env, people, directory, root });
  if (options.server === true) await addServer(registry);
  return registry;
}

/**
 * Returns a function that gives each test its own copy of one registry, which is made when the first test asks. To be
 * called outside tests; the people are the same in all copies.
 */
export function template(make: (home: string) => Promise<TestRegistry>): () => Promise<TestRegistry> {
  const home = mkdtempSync(join(tmpdir(), 'mreg-template-'));
  let made: Promise<TestRegistry> | undefined;
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });
  return async () => copyOf(await (made ??= make(home)));
}

function copyOf(original: TestRegistry): TestRegistry {
  const home = temporaryDirectory('mreg-registry');
  cpSync(original.home, home, { recursive: true });
  const env = environmentIn(home);
  const { people, root } = original;
  const copy = registryIn({ home, env, people, root, directory: join(home, 'registry') });
  if (existsSync(copy.server)) copy.git('config', 'remote.origin.url', copy.server);
  return copy;
}

function environmentIn(home: string): NodeJS.ProcessEnv {
  const config = join(home, 'gitconfig');
  writeFileSync(config, '[user]\n\tname = Test\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n');
  return { ...GIT_ENV, HOME: home, XDG_DATA_HOME: join(home, 'data'), GIT_CONFIG_GLOBAL: config };
}

interface Beginning {
  readonly home: string;
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly people: readonly Person[];
  readonly options: TeamOptions;
}

/** The first commit, signed by everybody, so that any threshold is met. */
async function commitFirst(beginning: Beginning): Promise<Digest> {
  const { directory, env, people, options } = beginning;
  const [author] = people;
  if (author === undefined) throw new Error('a registry has somebody');
  const { plan, root } = planInit(genesisOf(beginning));
  const repository = await openRepository({ directory, env });
  try {
    const edits = new Map(await signedEdits(plan, author.signer, emptySnapshot(repository)));
    for (const other of people.slice(1)) await countersign(edits, plan.signatures, other);
    const { outside } = testOutside({ cwd: directory, home: beginning.home, env });
    const parts = { edits, plan, parents: [], base: undefined };
    const commit = await writeSignedCommit({ repository, outside }, parts, {
      signer: author.signer,
      principal: author.id,
    });
    const ref = `refs/heads/${options.branch ?? 'main'}`;
    await repository.moveRefs([{ ref, old: undefined, new: commit }], 'test: init');
    await repository.writeConfig('mreg.root', root);
  } finally {
    await repository.close();
  }
  git(directory, ['reset', '--quiet', '--hard', 'HEAD'], { env });
  return root;
}

async function countersign(
  edits: Map<string, Uint8Array | null>,
  wishes: readonly { readonly path: string; readonly namespace: string }[],
  person: Person,
): Promise<void> {
  for (const { path } of wishes) {
    const armour = await createSignature(person.signer, 'mreg.approval.v1', edits.get(path) ?? '');
    edits.set(`${path}.approvals/${person.id}.sig`, Buffer.from(armour));
  }
}

function genesisOf({ home, people, options }: Beginning): Genesis {
  const unnamed = firstRoot(people, options);
  const registry = registryIdOf('acme', unnamed);
  const apiVersion = 'mreg.dev/v1' as const;
  const settings = {
    name: 'acme',
    version: 1,
    previous: 'none',
    stages: [...(options.stages ?? ['dev', 'staging', 'prod'])],
    branch: options.branch ?? 'main',
    commits: options.commits ?? 'signed',
    stores: [{ name: 'default', url: options.store ?? pathToFileURL(join(home, 'store')).href }],
  };
  const { name, spec } = policyOf(options.policy ?? 'solo');
  return {
    settings: { apiVersion, kind: 'Registry', metadata: { registry }, spec: settings },
    root: { ...unnamed, metadata: { registry } },
    policies: [{ name, text: policyText(registry, name, spec) }],
  };
}

function policyText(registry: string, name: string, spec: PolicyDocument['spec']): string {
  const metadata = { registry, name, version: 1, previous: 'none' };
  return writeYaml({ apiVersion: 'mreg.dev/v1', kind: 'Policy', metadata, spec });
}

function firstRoot(people: readonly Person[], options: TeamOptions): TrustRootDocument {
  const granted = Object.entries(options.people ?? { ann: ALL_ROLES }).map(([name, roles]) => ({ name, roles }));
  const roles = [...new Set(granted.flatMap((person) => person.roles))];
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'TrustRoot',
    metadata: { registry: '' },
    spec: {
      version: 1,
      previous: 'none',
      expires: options.expires ?? '2099-01-01T00:00:00Z',
      nonce: randomBytes(16).toString('hex'),
      principals: people.map(({ id, publicLine }) => ({ id, keys: [publicLine] })),
      roles: roles.map((role) => ({
        role,
        principals: granted.filter((person) => person.roles.includes(role)).map(({ name }) => `${name}@example.org`),
        models: ['*'],
      })),
      thresholds: options.thresholds ?? { root: 1, policy: 1 },
      ...(options.floors === undefined ? {} : { floors: options.floors }),
    },
  };
}

function policyOf(policy: string | PolicyDocument['spec']): {
  readonly name: string;
  readonly spec: PolicyDocument['spec'];
} {
  if (typeof policy !== 'string') return { name: 'default', spec: policy };
  const path = `policies/${policy}.yaml`;
  const reading = readDocument('Policy', { path, bytes: readFileSync(path) });
  if (!reading.ok) throw new Error(`${path} cannot be read`);
  return { name: policy, spec: { ...reading.value.spec, models: ['*'] } };
}

interface Parts {
  readonly home: string;
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly people: readonly Person[];
  readonly root: Digest;
}

function registryIn({ home, directory, env, people, root }: Parts): TestRegistry {
  const person = (name: string): Person => {
    const found = people.find(({ id }) => id === `${name}@example.org`);
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found;
  };
  const keyOf = (call: Call): string => (call.as ?? people[0])?.keyFile ?? '';
  return {
    home,
    directory,
    server: join(home, 'server.git'),
    env,
    root,
    people,
    person,
    mreg: async (args, call = {}) => {
      const { outside, printed } = testOutside({
        ...call,
        cwd: call.cwd ?? directory,
        home,
        env: { ...env, MREG_KEY: keyOf(call), ...call.env },
      });
      return { code: await run(outside, args), ...printed };
    },
    mregProcess: (args, call = {}) => {
      const settings = { cwd: call.cwd ?? directory, env: { ...env, MREG_KEY: keyOf(call), ...call.env } };
      return outcomeOf(process.execPath, [BUNDLE, ...args], { ...settings, input: call.stdin ?? '' });
    },
    git: (...args) => git(directory, args, { env }),
    tryGit: (args, call = {}) => {
      const flags = call.as === undefined ? [] : signingAs(call.as);
      const settings = { cwd: call.cwd ?? directory, env: { ...env, ...call.env }, input: call.stdin ?? '' };
      return outcomeOf('git', [...flags, ...args], settings);
    },
    write: (path, content) => {
      const target = join(directory, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content);
    },
    read: (path) => readFileSync(join(directory, path), 'utf8'),
  };
}

function outcomeOf(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly input: string },
): Outcome {
  const { status, stdout, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8' });
  return { code: status ?? -1, stdout, stderr };
}

/** Makes the server as a user would and pushes the registry to it. */
async function addServer(registry: TestRegistry): Promise<void> {
  const made = await registry.mreg(['init', '--server', registry.server]);
  if (made.code !== 0) throw new Error(`init --server failed: ${made.stderr}`);
  registry.git('remote', 'add', 'origin', registry.server);
  registry.git('push', '--quiet', '-u', 'origin', 'main');
}

/** Registers `<model>@v<n>` from a small file; returns the reference. Throws when it is refused. */
export async function registerVersion(
  registry: TestRegistry,
  model: string,
  options: {
    readonly metrics?: Readonly<Record<string, number>>;
    readonly content?: string;
    readonly call?: Call;
  } = {},
): Promise<string> {
  const unique = randomBytes(4).toString('hex');
  const file = join(registry.home, `${unique}.onnx`);
  writeFileSync(file, options.content ?? unique);
  const metrics = join(registry.home, `${unique}.json`);
  writeFileSync(metrics, JSON.stringify(options.metrics ?? { auc: 0.9 }));
  const words = ['register', model, file, '--metrics', metrics, '--json'];
  const { reference } = JSON.parse(mustSucceed(await registry.mreg(words, options.call)).stdout) as {
    reference: string;
  };
  return reference;
}

/** Returns the outcome of a command that was meant to succeed; throws what it said when it did not. */
export function mustSucceed(outcome: Outcome): Outcome {
  if (outcome.code === 0) return outcome;
  throw new Error(`exit ${String(outcome.code)}\n${outcome.stdout}\n${outcome.stderr}`);
}
