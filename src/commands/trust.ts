import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import { checkPrincipal } from '../documents/names.ts';
import { readPublicKey } from '../keys/key-files.ts';
import { timeText } from '../registry/draft.ts';
import { planTrust } from '../registry/plan-governance.ts';
import { fingerprintOf, formatPublicKey, parsePublicKey } from '../signing/public-key.ts';
import { withoutPrincipal, withPrincipal, withRotatedKey } from '../trust/edit-root.ts';
import { acceptHistoryCommand } from './accept-history.ts';
import { collect, commonFlags, wholeNumber, type Host } from './declare.ts';
import { visible } from '../report/escape.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { propose, signProposal, withdrawProposal, type Proposed } from './proposals.ts';
import { withSession, type Session } from './session.ts';
import type { Author } from './signing.ts';
import { showTrust } from './trust-show.ts';
import { writtenText } from './written.ts';

type Spec = TrustRootDocument['spec'];

export function trustCommand(host: Host): CommandUnknownOpts {
  return new Command('trust')
    .summary('who may do what')
    .description(
      'The trust root: principals, their keys and roles, thresholds and floors. Every change is a new version of trust/root.yaml, signed by the thresholds of the old root and of the new.',
    )
    .addCommand(showCommand(host))
    .addCommand(addCommand(host))
    .addCommand(removeCommand(host))
    .addCommand(rotateCommand(host))
    .addCommand(setCommand(host))
    .addCommand(signCommand(host))
    .addCommand(withdrawCommand(host))
    .addCommand(acceptHistoryCommand(host));
}

function showCommand(host: Host): CommandUnknownOpts {
  return new Command('show')
    .summary('principals, keys, roles, thresholds')
    .description('Shows the trust root in force.')
    .action(async (_options, command) => {
      host.code = await showTrust(host.outside, commonFlags(command));
    });
}

function addCommand(host: Host): CommandUnknownOpts {
  return new Command('add')
    .summary('trust a principal, or give one a key or roles')
    .description('Adds a principal; for one that exists, adds a key, roles or an owner.')
    .argument('<principal>', 'who: an id, usually an e-mail address')
    .option('--public-key <key>', 'a public key line, or a file that holds one')
    .option(
      '--role <role>',
      'registrar, evaluator, promoter, owner, reviewer, oncall, controller, policy, root, forge …; repeat it',
      collect,
    )
    .option('--models <glob>', 'the models that the roles are for (default: *); repeat it', collect)
    .option('--owner <principal>', 'the person behind a bot: approvals of the bot count as theirs')
    .option('--forge <name=login>', 'what they are called on a forge, such as github=bob; repeat it', collect)
    .addHelpText(
      'after',
      '\nExample:\n  mreg trust add bob@acme.example --public-key bob.pub --role reviewer --models "risk/*"',
    )
    .action(async (principal, options, command) => {
      const flags = { ...commonFlags(command), ...options };
      host.code = await changeTrust(host.outside, flags, async () => {
        const key =
          flags.publicKey === undefined
            ? undefined
            : formatPublicKey(await readPublicKey(flags.publicKey, host.outside));
        requireId(principal);
        const addition = {
          id: principal,
          key,
          owner: flags.owner,
          roles: flags.role ?? [],
          models: flags.models ?? ['*'],
          forges: flags.forge === undefined ? undefined : Object.fromEntries(flags.forge.map(parseForge)),
        };
        return { edit: (spec) => withPrincipal(spec, addition), why: `add ${principal}` };
      });
    });
}

function parseForge(text: string): readonly [name: string, login: string] {
  const [, name, login] = /^([a-z0-9][a-z0-9.-]{0,60})=([^\s=]{1,100})$/.exec(text) ?? [];
  if (name !== undefined && login !== undefined) return [name, login];
  throw new MregError('usage', `--forge "${text}" is no name=login`, { hint: '--forge github=bob' });
}

function removeCommand(host: Host): CommandUnknownOpts {
  return new Command('remove')
    .summary('stop trusting a principal, a key or a role')
    .description(
      'Removes a principal with all its roles; or, with --public-key or --role, only that. What it signed before stays valid; from the next commit on it can sign nothing.',
    )
    .argument('<principal>', 'who')
    .option('--public-key <key>', 'only this key: a line, a file, or a fingerprint SHA256:…')
    .option('--role <role>', 'only this role; repeat it', collect)
    .option('--models <glob>', 'with --role: only where it was granted for this glob; repeat it', collect)
    .addHelpText('after', '\nExample:\n  mreg trust remove mallory@acme.example -m "left the company"')
    .action(async (principal, options, command) => {
      const flags = { ...commonFlags(command), ...options };
      host.code = await changeTrust(host.outside, flags, async ({ view }) => {
        const known = requirePrincipal(view.root.body.spec, principal);
        // Read as "everything for these models", it would take the principal out altogether.
        if (flags.models !== undefined && flags.role === undefined)
          throw new MregError('usage', '--models says where a role was granted', {
            hint: '--role <role> --models <glob>',
          });
        const key =
          flags.publicKey === undefined ? undefined : await ownedKey(host.outside, known.keys, flags.publicKey);
        if (key === undefined && flags.role === undefined) requireNoBots(view.root.body.spec, principal);
        return {
          edit: (spec) => withoutPrincipal(spec, { id: principal, key, roles: flags.role, models: flags.models }),
          why: removalText(principal, key, flags.role),
        };
      });
    });
}

/** A bot counts as its owner; whose approvals those of a bot without one would be, nobody could say. */
function requireNoBots(spec: Spec, id: string): void {
  const bots = spec.principals.filter(({ owner }) => owner === id).map((one) => one.id);
  const [first] = bots;
  if (first === undefined) return;
  throw new MregError('refused', `${id} is the owner of ${bots.join(', ')}`, {
    hint: `mreg trust remove ${first}, or give it another owner: mreg trust add ${first} --owner <principal>`,
  });
}

function removalText(id: string, key: string | undefined, roles: readonly string[] | undefined): string {
  if (key !== undefined) return `remove a key of ${id}`;
  return roles === undefined ? `remove ${id}` : `take ${roles.join(', ')} from ${id}`;
}

function rotateCommand(host: Host): CommandUnknownOpts {
  return new Command('rotate')
    .summary('replace a key, or renew the root')
    .description(
      'Replaces a key of a principal by a new one; without --public-key, publishes the root again with a later date of expiry. Replacing your own key of the role root needs the new key too: --new-key.',
    )
    .argument('[principal]', 'who (default: you)')
    .option('--old-key <key>', 'which key goes (default: the only one)')
    .option('--public-key <key>', 'the new public key: a line or a file')
    .option('--new-key <file>', 'the new private key, which signs the new root as well')
    .option('--expires <date>', 'the new date of expiry, such as 2027-12-31 (default: in a year)')
    .addHelpText(
      'after',
      '\nExamples:\n  mreg trust rotate --new-key ~/.ssh/id_new\n  mreg trust rotate --expires 2027-12-31',
    )
    .action(async (principal, options, command) => {
      const flags = { ...commonFlags(command), ...options };
      host.code = await changeTrust(host.outside, flags, (session, author) =>
        rotation(session, { author, principal, flags }),
      );
    });
}

interface RotateFlags extends CommonFlags {
  readonly oldKey?: string | undefined;
  readonly publicKey?: string | undefined;
  readonly newKey?: string | undefined;
  readonly expires?: string | undefined;
}

async function rotation(
  session: Session,
  asked: { readonly author: Author; readonly principal: string | undefined; readonly flags: RotateFlags },
): Promise<TrustEdit> {
  const { outside, view } = session;
  const { flags } = asked;
  const id = asked.principal ?? asked.author.principal;
  const known = requirePrincipal(view.root.body.spec, id);
  const expires = flags.expires === undefined ? inAYear(outside.now()) : dateOf(flags.expires);
  const replacement = flags.publicKey ?? flags.newKey;
  if (replacement === undefined)
    return { edit: (spec) => ({ ...spec, expires }), why: `renew until ${expires.slice(0, 10)}` };
  const fresh = formatPublicKey(await readPublicKey(replacement, outside));
  const old = await ownedKey(outside, known.keys, flags.oldKey);
  const signer =
    flags.newKey === undefined
      ? undefined
      : await outside.findSigner({ key: flags.newKey, gitConfig: () => Promise.resolve(undefined) });
  return {
    edit: (spec) => withRotatedKey(flags.expires === undefined ? spec : { ...spec, expires }, { id, old, new: fresh }),
    why: `rotate a key of ${id}`,
    second: signer === undefined ? undefined : { signer, principal: id },
  };
}

function setCommand(host: Host): CommandUnknownOpts {
  return new Command('set')
    .summary('set thresholds and floors')
    .description(
      'Sets how many must sign a new root or policy, and the least that any policy may demand of a promotion.',
    )
    .option('--root-threshold <n>', 'signatures for a new root', wholeNumber)
    .option('--policy-threshold <n>', 'signatures for a policy', wholeNumber)
    .option(
      '--floor <stage=n>',
      'approvals that a promotion into a stage needs at least, not the requester’s own; repeat it',
      collect,
    )
    .addHelpText('after', '\nExample:\n  mreg trust set --root-threshold 2 --floor prod=2')
    .action(async (options, command) => {
      const flags = { ...commonFlags(command), ...options };
      const floors = (flags.floor ?? []).map(parseFloor);
      host.code = await changeTrust(host.outside, flags, () =>
        Promise.resolve({ edit: (spec) => withSettings(spec, { ...flags, floors }), why: 'thresholds and floors' }),
      );
    });
}

function withSettings(
  spec: Spec,
  set: {
    readonly rootThreshold?: number | undefined;
    readonly policyThreshold?: number | undefined;
    readonly floors: NonNullable<Spec['floors']>;
  },
): Spec {
  const { root, policy } = spec.thresholds;
  const kept = (spec.floors ?? []).filter(({ to }) => !set.floors.some((floor) => floor.to === to));
  // What a floor asks for beside approvals stays: a gate type that the root demands must not vanish by the way.
  const changed = set.floors.map((floor) => ({ ...spec.floors?.find(({ to }) => to === floor.to), ...floor }));
  const floors = [...kept, ...changed];
  return {
    ...spec,
    thresholds: { root: set.rootThreshold ?? root, policy: set.policyThreshold ?? policy },
    ...(floors.length === 0 ? {} : { floors }),
  };
}

function parseFloor(text: string): NonNullable<Spec['floors']>[number] {
  const match = /^([a-z0-9][a-z0-9_-]*)=([1-9][0-9]?)$/.exec(text);
  if (match === null) throw new MregError('usage', `--floor "${text}" is no stage=number`, { hint: '--floor prod=2' });
  return { to: match[1] ?? '', approvals: Number(match[2]), requesterMayApprove: false };
}

function signCommand(host: Host): CommandUnknownOpts {
  return new Command('sign')
    .summary('sign a change that waits for more signatures')
    .description(
      'Signs a change of trust, policy or settings, or the release of a hold, that somebody proposed. When yours was the last signature missing, it lands.',
    )
    .argument('[change]', 'which one, when several wait: trust-v4, policy-standard-v2')
    .action(async (change, _options, command) => {
      const flags = commonFlags(command);
      host.code = await withSession(host.outside, flags, async (session) => {
        const done = await signProposal(session, change);
        return tellProposed(host.outside, flags, { done, what: done.proposal.subject });
      });
    });
}

function withdrawCommand(host: Host): CommandUnknownOpts {
  return new Command('withdraw')
    .summary('close a change that waits for signatures')
    .description(
      'Closes a change that somebody proposed without landing it: one that is outdated, or that nobody wants.',
    )
    .argument('[change]', 'which one, when several wait: trust-v4, policy-standard-v2')
    .action(async (change, _options, command) => {
      const flags = commonFlags(command);
      host.code = await withSession(host.outside, flags, async (session) => {
        const { proposal, branch, pushed } = await withdrawProposal(session, change);
        const dryRun = flags.dryRun === true;
        print(host.outside, flags, {
          json: { state: 'withdrawn', change: proposal.subject, commit: null, branch, pushed, missing: [], dryRun },
          text: (_view, paint) =>
            `${dryRun ? 'dry run: would withdraw' : paint.green('withdrawn:')} ${visible(proposal.subject)} (${branch})`,
        });
        return 0;
      });
    });
}

/** A change of the trust root, and a second signer where the new root needs one. */
interface TrustEdit {
  readonly edit: (spec: Spec) => Spec;
  readonly why: string;
  readonly second?: Author | undefined;
}

async function changeTrust(
  outside: Outside,
  flags: CommonFlags,
  decide: (session: Session, author: Author) => Promise<TrustEdit>,
): Promise<number> {
  return withSession(outside, flags, async (session) => {
    let what = '';
    const done = await propose(session, async (fresh, author) => {
      const { edit, why, second } = await decide(fresh, author);
      const before = fresh.view.root.body.spec;
      const spec = edit(before);
      if (JSON.stringify(spec) === JSON.stringify(before))
        throw new MregError('usage', 'that changes nothing in the trust root', { hint: 'mreg trust show' });
      const plan = await planTrust(fresh.view, {
        spec,
        why: flags.message === undefined ? why : `${why} (${flags.message})`,
      });
      what = plan.subject;
      return { plan, path: 'trust/root.yaml', name: `trust-v${String(before.version + 1)}`, second };
    });
    return tellProposed(outside, flags, { done, what });
  });
}

/** Prints what a proposed change came to; 0 when it landed, 5 while it waits for signatures. */
export function tellProposed(
  outside: Outside,
  flags: CommonFlags,
  outcome: { readonly done: Proposed; readonly what: string },
): number {
  const { done, what } = outcome;
  const { state, commit, branch, pushed, missing } = done;
  print(outside, flags, {
    json: { state, change: what, commit: commit ?? null, branch, pushed, missing, dryRun: commit === undefined },
    text: (_view, paint) =>
      state === 'landed'
        ? `${paint.green('done:')} ${what}\n  ${writtenText(done)}`
        : [
            `${paint.yellow('filed:')} ${what}`,
            `  ${writtenText(done)}`,
            ...missing.map((text) => `  still needs ${text}`),
            '',
            'next, by the others:',
            `  mreg trust sign ${branch.replace(/^propose\//, '')}`,
          ].join('\n'),
  });
  return state === 'landed' ? 0 : 5;
}

function requireId(id: string): void {
  const refused = checkPrincipal(id);
  if (refused !== undefined)
    throw new MregError('usage', `"${id}" cannot name a principal`, { refusals: [refused], hint: refused.hint });
}

function requirePrincipal(spec: Spec, id: string): Spec['principals'][number] {
  const known = spec.principals.find((one) => one.id === id);
  if (known !== undefined) return known;
  throw new MregError('unknown-principal', `no principal is called ${id}`, {
    hint: `mreg trust show; known: ${spec.principals.map((one) => one.id).join(', ')}`,
  });
}

async function ownedKey(outside: Outside, keys: readonly string[], named: string | undefined): Promise<string> {
  if (named === undefined) {
    const [only] = keys;
    if (only !== undefined && keys.length === 1) return only;
    throw new MregError('usage', `the principal has ${String(keys.length)} keys; name one`, {
      hint: '--old-key SHA256:…, as mreg trust show prints it',
    });
  }
  const wanted = named.startsWith('SHA256:')
    ? keys.find((line) => fingerprintOfLine(line) === named)
    : formatPublicKey(await readPublicKey(named, outside));
  if (wanted !== undefined && keys.includes(wanted)) return wanted;
  throw new MregError('unknown-principal', 'the principal has no such key', { hint: 'mreg trust show' });
}

function fingerprintOfLine(line: string): string | undefined {
  const key = parsePublicKey(line);
  return key.ok ? fingerprintOf(key.value) : undefined;
}

function inAYear(now: Date): string {
  return timeText(new Date(now.getTime() + 365 * 24 * 60 * 60 * 1000));
}

function dateOf(text: string): string {
  const date = new Date(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (!Number.isNaN(date.getTime())) return timeText(date);
  throw new MregError('usage', `--expires "${text}" is no date`, { hint: '--expires 2027-12-31' });
}
