import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { StandingFreeze } from '../gates/input.ts';
import { timeText } from '../registry/draft.ts';
import { planFreeze, type FreezeWish } from '../registry/plan-freeze.ts';
import { scopeOf } from '../report/freezes.ts';
import type { FreezeOutput } from '../report/output-schemas.ts';
import { submit } from './carry-out.ts';
import { collect, commonFlags, wholeNumber, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import { freezesNow, listFreezes } from './freeze-list.ts';
import { parseDeadline } from './moment.ts';
import type { Outside } from './outside.ts';
import { requireModel, stageBefore } from './references.ts';
import { synchronised } from './remote.ts';
import { withSession, type Session } from './session.ts';
import { authorOf } from './signing.ts';
import { writtenText, type Written } from './written.ts';

interface FreezeFlags extends CommonFlags {
  readonly stage?: readonly string[] | undefined;
  readonly until?: string | undefined;
  readonly list?: boolean | undefined;
}

export function freezeCommand(host: Host): CommandUnknownOpts {
  return new Command('freeze')
    .summary('keep models from moving forward into a stage')
    .description(
      'Keeps models from being promoted into a stage, and rollouts there from going on, until a time or until mreg unfreeze. Rollbacks and pauses are never frozen. Names models or globs (quoted: "risk/*"); without any, all models are frozen, after a question.',
    )
    .argument('[model...]', 'models or globs: fraud_detector, "risk/*"')
    .option('--stage <stage>', 'the stage to freeze; repeat it for several', collect)
    .option(
      '--until <time>',
      'when it ends by itself: 2026-12-27T08:00:00Z, 2026-12-26 (the end of that day, UTC), or 12h, 3d (from now)',
    )
    .option('--list', 'show what is frozen, and change nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  mreg freeze --stage prod --until 2026-12-27 -m "holidays" --yes\n  mreg freeze fraud_detector "risk/*" --stage prod -m "audit under way"\n  mreg freeze --list',
    )
    .action(async (models, options, command) => {
      const flags: FreezeFlags = { ...commonFlags(command), ...options };
      host.code =
        flags.list === true ? await listFreezes(host.outside, flags) : await freeze(host.outside, flags, models);
    });
}

export function unfreezeCommand(host: Host): CommandUnknownOpts {
  return new Command('unfreeze')
    .summary('lift a freeze')
    .description('Lifts a freeze before its time, or one that has none. Needs a role for everything that it froze.')
    .argument('<freeze>', 'its number, as mreg freeze --list shows it', wholeNumber)
    .addHelpText('after', '\nExample:\n  mreg unfreeze 3 -m "the audit is over"')
    .action(async (number, _options, command) => {
      host.code = await unfreeze(host.outside, commonFlags(command), number);
    });
}

async function freeze(outside: Outside, flags: FreezeFlags, named: readonly string[]): Promise<number> {
  const reason = requireReason(flags, 'freeze', '--stage <stage>');
  const { stage: stages = [] } = flags;
  if (stages.length === 0) {
    throw new MregError('usage', 'mreg freeze needs a stage', { hint: 'mreg freeze <model> --stage prod -m <why>' });
  }
  const models = named.length === 0 ? ['*'] : [...new Set(named)];
  const until = flags.until === undefined ? undefined : parseDeadline(flags.until, outside.now());
  const wish: FreezeWish = { action: 'freeze', stages: [...new Set(stages)], models, until };
  return withSession(outside, flags, async (opened) => {
    const session = await synchronised(opened);
    await requireKnown(session, wish);
    const twin = await twinOf(session, wish, reason);
    if (twin !== undefined) {
      tell(outside, flags, { freeze: twin, action: 'freeze', path: twin.path, reason, written: undefined });
      return 0;
    }
    await confirmAll(outside, flags, wish);
    const done = await submit(session, async (fresh, author) => {
      await requireKnown(fresh, wish);
      const now = outside.now();
      const planned = await planFreeze(fresh.view, wish, { reason, by: author.principal, now });
      return { plan: planned.plan, result: { ...planned, by: author.principal } };
    });
    const { number, path, by } = done.result;
    const made = { number, path, stages: wish.stages, models, reason, by, until: until && timeText(until) };
    tell(outside, flags, {
      freeze: made,
      action: 'freeze',
      path,
      reason,
      written: { ...done, branch: session.branch },
    });
    return 0;
  });
}

type Freezing = Extract<FreezeWish, { action: 'freeze' }>;

/** Run again after it was done (or after a lost answer), a freeze says so instead of standing twice. */
async function twinOf(session: Session, wish: Freezing, reason: string): Promise<StandingFreeze | undefined> {
  const { principal } = await authorOf(session);
  const same = (some: readonly string[], others: readonly string[]): boolean => some.join() === others.join();
  return (await freezesNow(session)).find(
    ({ stages, models, until, ...freeze }) =>
      same(stages, wish.stages) &&
      same(models, wish.models) &&
      (until === undefined) === (wish.until === undefined) &&
      freeze.reason === reason &&
      freeze.by === principal,
  );
}

/** A slip in a name would freeze nothing, and nobody would notice before the holidays are over. */
async function requireKnown({ view }: Session, { stages, models }: Freezing): Promise<void> {
  for (const stage of stages) stageBefore(view, stage);
  for (const model of models) {
    if (!model.includes('*')) await requireModel(view, model);
    else if (!/^[a-z0-9_*/-]{1,130}$/.test(model)) throw badGlob(model);
  }
}

function badGlob(glob: string): MregError {
  return new MregError('bad-reference', `expected a glob over model names, found ${JSON.stringify(glob)}`, {
    hint: 'lower-case letters, digits, - _ / and * for any characters: "risk/*"',
  });
}

/** Somebody who forgot to name the model would stop everybody. */
async function confirmAll(outside: Outside, flags: FreezeFlags, wish: Freezing): Promise<void> {
  if (!wish.models.includes('*') || flags.yes === true || flags.dryRun === true) return;
  if (outside.ask === undefined || flags.json === true) {
    throw new MregError('usage', `this freezes ${scopeOf(wish)}`, { hint: 'add --yes, or name the models' });
  }
  const said = await outside.ask({ text: `Freeze ${scopeOf(wish)}? [y/N] ` });
  if (said?.trim().toLowerCase().startsWith('y') === true) return;
  throw new MregError('refused', 'nothing was frozen', { hint: 'mreg freeze <model> --stage <stage> -m <why>' });
}

async function unfreeze(outside: Outside, flags: CommonFlags, wanted: number): Promise<number> {
  const reason = requireReason(flags, 'unfreeze', String(wanted));
  return withSession(outside, flags, async (session) => {
    const done = await submit(session, async (fresh, author) => {
      const lifts = (await freezesNow(fresh)).find(({ number }) => number === wanted);
      if (lifts === undefined) throw notFrozen(wanted);
      const made = { reason, by: author.principal, now: outside.now() };
      const planned = await planFreeze(fresh.view, { action: 'unfreeze', lifts }, made);
      return { plan: planned.plan, result: { path: planned.path, lifts } };
    });
    const { path, lifts } = done.result;
    const written = { ...done, branch: session.branch };
    tell(outside, flags, { freeze: lifts, action: 'unfreeze', path, reason, written });
    return 0;
  });
}

function requireReason({ message }: CommonFlags, command: string, words: string): string {
  if (message !== undefined && message.trim() !== '') return message;
  throw new MregError('usage', `mreg ${command} needs a reason`, { hint: `mreg ${command} ${words} -m <why>` });
}

function notFrozen(number: number): MregError {
  return new MregError('refused', `no freeze ${String(number)} is in force`, { hint: 'mreg freeze --list' });
}

function tell(
  outside: Outside,
  flags: CommonFlags,
  told: {
    readonly freeze: StandingFreeze;
    readonly action: FreezeWish['action'];
    readonly path: string;
    readonly reason: string;
    /** Undefined where it stands already. */
    readonly written: Written | undefined;
  },
): void {
  const { action, path, reason, written } = told;
  const { number, stages, models, until } = told.freeze;
  print(outside, flags, {
    json: {
      ...{ action, number, path, stages: [...stages], models: [...models], until: until ?? null, reason },
      state: written === undefined ? 'already' : action === 'freeze' ? 'frozen' : 'lifted',
      ...{ commit: written?.commit ?? null, branch: written?.branch ?? null, pushed: written?.pushed ?? false },
      dryRun: written !== undefined && written.commit === undefined,
    } satisfies FreezeOutput,
    text: (_view, paint) => {
      const end = until === undefined ? '' : ` until ${until}`;
      const frozen = `${paint.yellow('frozen:')} ${scopeOf(told.freeze)}${end}`;
      const lifted = `${paint.green('lifted:')} freeze ${String(number)} of ${scopeOf(told.freeze)}`;
      const next = action === 'freeze' ? [`  to lift it: mreg unfreeze ${String(number)} -m <why>`] : [];
      const where = written === undefined ? `so already, by freeze ${String(number)}` : writtenText(written);
      return [`${action === 'freeze' ? frozen : lifted}: ${reason}`, `  ${where}`, ...next].join('\n');
    },
  });
}
