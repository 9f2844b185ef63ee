import { resolve } from 'node:path';
import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { checkName, checkPrincipal } from '../documents/names.ts';
import { planInit } from '../registry/plan-governance.ts';
import { admit } from '../registry/admit.ts';
import { emptySnapshot, entryAt } from '../registry/snapshot.ts';
import type { Repository } from '../git/port.ts';
import { formatPublicKey } from '../signing/public-key.ts';
import type { Signer } from '../signing/signer.ts';
import { writeSignedCommit } from './carry-out.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { print } from './flags.ts';
import { firstDocuments } from './first-documents.ts';
import type { InitFlags } from './init-flags.ts';
import { initServer } from './init-server.ts';
import { madeOrGone } from './made-or-gone.ts';
import type { Outside } from './outside.ts';
import { writePin } from './pin.ts';
import { snapshotAt } from './session.ts';
import { signedEdits } from './signing.ts';

export function initCommand(host: Host): CommandUnknownOpts {
  return new Command('init')
    .summary('make a registry, or a server for one')
    .description(
      'Makes a registry in [dir] (here, by default) with you as its only principal; growing it to a team is a trust change, not a migration. With --server: makes a bare repository with the gates installed, ready to push to.',
    )
    .argument('[dir]', 'where to make it', '.')
    .option('--name <name>', 'name of the registry (default: the folder’s name)')
    .option('--stages <list>', 'stages in order', 'dev,staging,prod')
    .option(
      '--policy <pack[=models]>',
      'policy packs to start with: solo, standard or strict, for all models or some (standard=risk/*); repeat it (default: solo)',
      collect,
    )
    .option('--team <file>', 'start with a whole team: principals, roles, thresholds and floors (YAML or JSON)')
    .option('--as <principal>', 'your id, usually an e-mail address (default: git’s user.email)')
    .option('--store <url>', 'where artifacts go, such as file:///srv/models (default: a folder in your home)')
    .option('--branch <name>', 'the protected branch', 'main')
    .addOption(
      new Option('--commits <how>', 'must governed commits be signed?')
        .choices(['signed', 'any'] as const)
        .default('signed' as const),
    )
    .option('--server', 'make a bare repository with hooks instead')
    .option('--root <digest>', 'with --server: pin this first trust root')
    .option('--from <registry>', 'with --server: pin the root of this registry (default: the one you are in)')
    .addHelpText(
      'after',
      '\nExamples:\n  mreg init my-registry --policy standard\n  mreg init --server /srv/git/my-registry.git --from my-registry',
    )
    .action(async (directory, options, command) => {
      const flags = { ...commonFlags(command), ...options, policy: options.policy ?? ['solo'] };
      host.code = await (flags.server === true ? initServer : init)(host.outside, flags, directory);
    });
}

async function init(outside: Outside, flags: InitFlags, directory: string): Promise<number> {
  const place = resolve(outside.cwd, flags.C ?? '.', directory);
  const name = flags.name ?? nameFrom(place);
  const refused = checkName(name, 'a registry name');
  if (refused !== undefined)
    throw new MregError('usage', `"${name}" cannot name a registry`, { refusals: [refused], hint: '--name <name>' });
  if (flags.dryRun === true) return tellDryRun(outside, flags, { place, name });
  return madeOrGone(place, async () => {
    await outside.initRepository(place, { bare: false, branch: flags.branch });
    const repository = await outside.openRepository(place);
    try {
      return await initIn(repository, { outside, flags, name });
    } finally {
      await repository.close();
    }
  });
}

interface Asked {
  readonly outside: Outside;
  readonly flags: InitFlags;
  readonly name: string;
}

async function initIn(repository: Repository, { outside, flags, name }: Asked): Promise<number> {
  const parent = await requireFree(repository, flags.branch);
  const signer = await outside.findSigner({ key: flags.key, gitConfig: (key) => repository.readConfig(key) });
  const principal = await principalFrom(repository, flags.as);
  const genesis = await firstDocuments(outside, { name, principal, publicKey: formatPublicKey(signer.key), flags });
  const { plan, root } = planInit(genesis);
  const commit = await commitGenesis(repository, { outside, parent, plan, signer, principal });
  await refuseUnlessAdmitted(repository, { outside, parent, commit, root });
  await publishGenesis(repository, { flags, parent, commit });
  await writePin(repository, root);
  await repository.writeConfig('gpg.format', 'ssh');
  await repository.writeConfig('gpg.ssh.allowedSignersFile', 'trust/allowed_signers');
  tellMade(outside, flags, { repository, genesis, root, commit, principal });
  return 0;
}

async function requireFree(repository: Repository, branch: string): Promise<string | undefined> {
  const { ref, commit } = await repository.head();
  if (ref !== `refs/heads/${branch}`) {
    throw new MregError('usage', `${ref ?? 'a detached HEAD'} is checked out; the registry is to start on ${branch}`, {
      hint: `git switch -c ${branch}, or --branch <name>`,
    });
  }
  if (commit === undefined) return undefined;
  const snapshot = await snapshotAt(repository, commit);
  for (const path of ['mreg.yaml', 'trust', 'policies', 'registry']) {
    if ((await entryAt(snapshot, path)) === undefined) continue;
    throw new MregError('exists', `${path} is there already; a registry starts where nothing governed is`, {
      hint:
        path === 'mreg.yaml'
          ? 'this is a registry: mreg status'
          : 'rename the folder, or give the registry a repository of its own',
    });
  }
  return commit;
}

async function principalFrom(repository: Repository, asked: string | undefined): Promise<string> {
  const id = asked ?? (await repository.readConfig('user.email'))?.toLowerCase();
  if (id === undefined)
    throw new MregError('usage', 'who are you? git has no user.email', { hint: 'mreg init --as you@example.org' });
  const refused = checkPrincipal(id);
  if (refused === undefined) return id;
  throw new MregError('usage', `"${id}" cannot name a principal`, {
    refusals: [refused],
    hint: '--as you@example.org',
  });
}

async function commitGenesis(
  repository: Repository,
  made: {
    readonly outside: Outside;
    readonly parent: string | undefined;
    readonly plan: ReturnType<typeof planInit>['plan'];
    readonly signer: Signer;
    readonly principal: string;
  },
): Promise<string> {
  const { outside, parent, plan, signer, principal } = made;
  const before = parent === undefined ? emptySnapshot(repository) : await snapshotAt(repository, parent);
  const edits = await signedEdits(plan, signer, before);
  const parts = { edits, plan, parents: parent === undefined ? [] : [parent], base: before.tree };
  return writeSignedCommit({ repository, outside }, parts, { signer, principal });
}

async function refuseUnlessAdmitted(
  repository: Repository,
  made: {
    readonly outside: Outside;
    readonly parent: string | undefined;
    readonly commit: string;
    readonly root: Parameters<typeof writePin>[1];
  },
): Promise<void> {
  const { outside, parent, commit, root } = made;
  const before = parent === undefined ? emptySnapshot(repository) : await snapshotAt(repository, parent);
  const step = { before, after: await snapshotAt(repository, commit), commit: await repository.readCommit(commit) };
  const verdict = await admit(step, { source: repository, now: outside.now(), pinnedRoot: root });
  if (verdict.accepted) return;
  throw new MregError('refused', 'the registry could not start', { refusals: verdict.refusals });
}

async function publishGenesis(
  repository: Repository,
  made: { readonly flags: InitFlags; readonly parent: string | undefined; readonly commit: string },
): Promise<void> {
  const ref = `refs/heads/${made.flags.branch}`;
  const moved = await repository.moveRefs([{ ref, old: made.parent, new: made.commit }], 'mreg: init');
  if (moved === 'moved') throw new MregError('locked', `${ref} moved meanwhile`, { hint: 'run mreg init again' });
  const { tree } = await repository.readCommit(made.commit);
  const before = made.parent === undefined ? undefined : (await repository.readCommit(made.parent)).tree;
  const { changedFiles } = await import('../registry/changes.ts');
  const states = {
    before: { objects: repository, commit: made.parent, tree: before },
    after: { objects: repository, commit: made.commit, tree },
  };
  await repository.refreshWorktree(tree, await changedFiles(states), before);
}

function tellMade(
  outside: Outside,
  flags: InitFlags,
  made: {
    readonly repository: Repository;
    readonly genesis: Parameters<typeof planInit>[0];
    readonly root: string;
    readonly commit: string;
    readonly principal: string;
  },
): void {
  const { genesis, root, commit, principal } = made;
  const registry = genesis.root.metadata.registry;
  const stores = genesis.settings.spec.stores.map(({ url }) => url);
  print(outside, flags, {
    json: {
      registry,
      root,
      commit,
      principal,
      stages: genesis.settings.spec.stages,
      stores,
      directory: made.repository.workTree ?? null,
    },
    text: (_view, paint) =>
      [
        `${paint.green('made')} registry ${paint.bold(registry)}`,
        `  you        ${principal}${flags.team === undefined ? ', with every role' : ''}`,
        `  stages     ${genesis.settings.spec.stages.join(' → ')}`,
        `  policy     ${flags.policy.join(', ')}`,
        `  artifacts  ${stores.join(', ')}`,
        `  root       ${root} (pinned in git config mreg.root)`,
        '',
        'next:',
        '  mreg register <model> <path to the model file or folder>',
        '  mreg hooks install          check every git commit made here',
        '  mreg init --server <dir>    make a server that checks every push',
      ].join('\n'),
  });
}

function tellDryRun(
  outside: Outside,
  flags: InitFlags,
  made: { readonly place: string; readonly name: string },
): number {
  print(outside, flags, {
    json: { registry: made.name, directory: made.place, dryRun: true },
    text: () => `dry run: would make the registry ${made.name} in ${made.place}`,
  });
  return 0;
}

function nameFrom(place: string): string {
  const base = place.split('/').at(-1) ?? 'registry';
  return (
    base
      .toLowerCase()
      .replace(/\.git$/, '')
      .replace(/[^a-z0-9_-]+/g, '-')
      .replace(/^[-_]+|[-_]+$/g, '') || 'registry'
  );
}
