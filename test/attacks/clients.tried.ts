import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { versionPath } from '../../src/documents/paths.ts';
import { registration } from '../support/moves.ts';
import { makePerson } from '../support/people.ts';
import { makeRegistry, mustSucceed, registerVersion, type Outcome, type TestRegistry } from '../support/registry.ts';
import type { CommandAttack, PushAttack } from './attack.ts';
import { rewritten } from './lies.ts';
import type { Scene } from './scene.ts';

/** A registry of one person with a server, and with one version: what a client works in. */
async function clientOf(scene: Scene): Promise<TestRegistry> {
  const home = mkdtempSync(join(scene.home, 'client-'));
  const registry = await makeRegistry({ home, server: true });
  await registerVersion(registry, 'fraud', { content: 'the weights' });
  return registry;
}

/** Writes a program that calls every signature good, and leaves a mark when it is asked. */
function fakeProgram({ home }: TestRegistry): { readonly program: string; readonly wasAsked: () => boolean } {
  const [program, mark] = [join(home, 'fake.sh'), join(home, 'asked')];
  writeFileSync(
    program,
    `#!/bin/sh\ntouch '${mark}'\necho 'Good "git" signature for ann@example.org with ED25519 key SHA256:x'\nexit 0\n`,
  );
  chmodSync(program, 0o755);
  return { program, wasAsked: () => existsSync(mark) };
}

/** Adds an unsigned hold to a registry by hand, in a commit that a stranger signed. */
async function forge(registry: TestRegistry): Promise<void> {
  const stranger = await makePerson(registry.home, 'mallory@example.org');
  mustSucceed(await registry.mreg(['hold', 'fraud@v1', '-m', 'why', '--no-push']));
  mustSucceed(registry.tryGit(['commit', '--quiet', '--amend', '--no-edit', '--no-verify'], { as: stranger }));
}

const PROGRAM: readonly CommandAttack[] = [
  {
    row: 'signature-program',
    variant: 'a program in a clone’s configuration, while its history is audited',
    code: 'unsigned-commit',
    run: async (scene) => {
      const registry = await clientOf(scene);
      const { program, wasAsked } = fakeProgram(registry);
      await forge(registry);
      for (const key of ['gpg.ssh.program', 'gpg.program']) registry.git('config', key, program);
      registry.git('config', 'gpg.ssh.allowedSignersFile', join(registry.directory, 'trust/allowed_signers'));
      expect(registry.tryGit(['verify-commit', 'HEAD'])).toMatchObject({ code: 0 });
      rmSync(join(registry.home, 'asked'));
      const { code, stdout, stderr } = registry.mregProcess(['audit']);
      expect(stdout + stderr).toContain('[unsigned-commit]');
      expect(code).toBe(4);
      expect(wasAsked()).toBe(false);
    },
  },
  {
    row: 'signature-program',
    variant: 'a program in the server’s configuration, while a push is judged',
    code: 'unsigned-commit',
    run: async (scene) => {
      const registry = await clientOf(scene);
      const { program, wasAsked } = fakeProgram(registry);
      await forge(registry);
      for (const key of ['gpg.ssh.program', 'gpg.program', 'core.fsmonitor', 'diff.external', 'core.sshCommand']) {
        registry.git('-C', registry.server, 'config', key, program);
      }
      const outcome = registry.tryGit(['push', 'origin', 'main']);
      expect(outcome.stderr).toContain('[unsigned-commit]');
      expect(outcome.code).toBe(1);
      expect(wasAsked()).toBe(false);
    },
  },
];

const CLEAR = '\u001b[2J\u001b[1;31mall is well\u009b0m\u202e';
/** What a terminal would act upon; tabs and line feeds are mreg's own. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

function expectTame({ stdout, stderr }: Outcome): void {
  expect(stdout + stderr).toContain('all is well');
  expect(stdout + stderr).not.toMatch(STEERING);
}

/** Commits files of the user's own under a message, signed as the registry asks. */
function noteWith(registry: TestRegistry, message: string, path = 'notes.txt'): void {
  registry.write(path, message);
  registry.git('add', '--all');
  mustSucceed(registry.tryGit(['commit', '--quiet', '--no-verify', '-m', message], { as: registry.person('ann') }));
}

const TERMINAL: readonly CommandAttack[] = (
  [
    [
      'a commit message that the server repeats',
      'ungoverned-shape',
      async (scene) => {
        const registry = await clientOf(scene);
        noteWith(registry, CLEAR, 'registry/notes.txt');
        expectTame(registry.tryGit(['push', 'origin', 'main']));
      },
    ],
    [
      'a file name that the server repeats',
      'ungoverned-shape',
      async (scene) => {
        const registry = await clientOf(scene);
        noteWith(registry, 'Add', `registry/${CLEAR}`);
        expectTame(registry.tryGit(['push', 'origin', 'main']));
      },
    ],
    [
      'the reason of a hold',
      'done',
      async (scene) => {
        const registry = await clientOf(scene);
        mustSucceed(registry.mregProcess(['hold', 'fraud@v1', '-m', CLEAR]));
        expectTame(mustSucceed(registry.mregProcess(['show', 'fraud@v1'])));
      },
    ],
    [
      'a name on the command line that an error repeats',
      'bad-reference',
      async (scene) => {
        expectTame((await clientOf(scene)).mregProcess(['show', CLEAR]));
      },
    ],
  ] as const satisfies readonly (readonly [string, string, CommandAttack['run']])[]
).map(([variant, code, run]) => ({ row: 'terminal', variant, code, run }));

/** Paths of the stored bytes. */
function storedFiles({ home }: TestRegistry): readonly string[] {
  const root = join(home, 'store', 'v1', 'blobs');
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Pulls a version after something happened to what is stored. */
function pulled(damage: (file: string) => void): CommandAttack['run'] {
  return async (scene) => {
    const registry = await clientOf(scene);
    const [file = ''] = storedFiles(registry).filter((name) => readFileSync(name, 'utf8') === 'the weights');
    chmodSync(file, 0o644);
    damage(file);
    const target = join(registry.home, 'pulled');
    const { code, stderr } = registry.mregProcess(['artifact', 'pull', 'fraud@v1', '--out', target]);
    expect(stderr).toContain('error [integrity]');
    expect(code).toBe(4);
    expect(existsSync(target)).toBe(false);
  };
}

const BYTES: readonly CommandAttack[] = (
  [
    [
      'stored bytes that were changed',
      pulled((file) => {
        writeFileSync(file, 'the weighty');
      }),
    ],
    [
      'stored bytes that were cut',
      pulled((file) => {
        truncateSync(file, 5);
      }),
    ],
    [
      'stored bytes with more behind them',
      pulled((file) => {
        writeFileSync(file, 'the weights!');
      }),
    ],
    [
      'stored bytes that are gone',
      pulled((file) => {
        rmSync(file);
      }),
    ],
  ] as const
).map(([variant, run]) => ({ row: 'artifact-bytes', variant, code: 'integrity', run }));

const VERSION = versionPath('fraud', 'v3');

/** A version whose bytes are said to lie elsewhere than in a configured store. */
function versionAt(uri: (digest: string) => string): PushAttack['make'] {
  return async ({ world, story, then }) => {
    const plan = await registration(world, story.second, { now: then, auc: 0.97 });
    const text = String(plan.edits.get(VERSION));
    const [, line = '', digest = ''] = /^( *uri: .*@(sha256:[0-9a-f]{64}).*)$/m.exec(text) ?? [];
    const lie = rewritten(plan, VERSION, [line, line.replace(/uri: .*/, `uri: "${uri(digest)}"`)]);
    return { base: story.second, tip: await world.carryOut(story.second, lie, { by: 'reg' }) };
  };
}

const ELSEWHERE: readonly PushAttack[] = (
  [
    ['a file of the machine', (digest) => `file:///etc/passwd@${digest}`],
    ['a way out of the store', (digest) => `file:///srv/models/../../etc@${digest}`],
    ['an address inside the network', (digest) => `http://169.254.169.254/latest@${digest}`],
    ['a store that nobody configured', (digest) => `oci://ghcr.io/mallory/fraud@${digest}`],
    ['a command in place of an address', (digest) => `ext::sh -c touch@${digest}`],
    ['the store with a name and password before it', (digest) => `file://x:y@/srv/models@${digest}`],
    ['the digest of other bytes', () => `file:///srv/models@sha256:${'0'.repeat(64)}`],
  ] as const satisfies readonly (readonly [string, (digest: string) => string])[]
).map(([variant, uri]) => ({
  row: 'artifact-bytes',
  variant,
  code: ['artifact', 'chain'],
  about: VERSION,
  make: versionAt(uri),
}));

/** Runs a command whose words or settings hold a command of the attacker, which must not run. */
function injected(
  attempt: (registry: TestRegistry, command: string) => Outcome,
  codes: readonly number[],
): CommandAttack['run'] {
  return async (scene) => {
    const registry = await clientOf(scene);
    const mark = join(registry.home, 'injected');
    const outcome = attempt(registry, `touch ${mark}`);
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
    expect(codes, outcome.stderr).toContain(outcome.code);
    expect(existsSync(mark)).toBe(false);
  };
}

const INJECTED: readonly CommandAttack[] = (
  [
    [
      'a reference that git would take for an option',
      'usage',
      injected((registry, command) => registry.mregProcess(['verify', '--', `--upload-pack=${command}`]), [1, 2, 3]),
    ],
    [
      'a version that git would take for an option',
      'bad-reference',
      injected((registry, command) => registry.mregProcess(['show', `--output=${command}`]), [2]),
    ],
    [
      'a version behind the end of options',
      'bad-reference',
      injected((registry, command) => registry.mregProcess(['show', '--', `--output=${command}`]), [2]),
    ],
    [
      'a model that is a command',
      'usage',
      injected(
        (registry, command) => registry.mregProcess(['register', `$(${command})`, registry.person('ann').keyFile]),
        [2],
      ),
    ],
    [
      'a remote whose address is a command',
      'network',
      injected(
        (registry, command) => {
          registry.git('config', 'protocol.ext.allow', 'always');
          registry.git('config', 'remote.origin.url', `ext::sh -c ${command.replaceAll(' ', '% ')}`);
          return registry.mregProcess(['promote', 'fraud@v1', '--to', 'staging']);
        },
        [3],
      ),
    ],
    [
      'a remote whose name is an option',
      'network',
      injected(
        (registry, command) => {
          registry.git('config', `remote.--upload-pack=${command}.url`, registry.server);
          registry.git('config', 'branch.main.remote', `--upload-pack=${command}`);
          return registry.mregProcess(['promote', 'fraud@v1', '--to', 'staging']);
        },
        [0, 2, 3],
      ),
    ],
    [
      'a store that is a command',
      'usage',
      injected(
        (registry, command) =>
          registry.mregProcess([
            'artifact',
            'push',
            registry.person('ann').keyFile,
            '--store',
            `ext::sh -c ${command}`,
          ]),
        [2, 3],
      ),
    ],
    [
      'a branch of the server whose name is a command',
      'done',
      injected(
        (registry, command) => {
          registry.git(
            'push',
            '--quiet',
            'origin',
            `main:refs/heads/promote/fraud/prod/$(${command.replaceAll(' ', '$IFS')})`,
          );
          registry.git('fetch', '--quiet', 'origin');
          return registry.mregProcess(['status']);
        },
        [0],
      ),
    ],
  ] as const satisfies readonly (readonly [string, string, CommandAttack['run']])[]
).map(([variant, code, run]) => ({ row: 'option-injection', variant, code, run }));

/** Attacks on whoever runs mreg: by configuration, by what a terminal shows, by stored bytes, by words. */
export const TRIED: readonly (PushAttack | CommandAttack)[] = [
  ...PROGRAM,
  ...TERMINAL,
  ...BYTES,
  ...ELSEWHERE,
  ...INJECTED,
];
