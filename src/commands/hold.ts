import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { HoldDocument } from '../documents/kinds/hold.ts';
import { planHold } from '../registry/plan-hold.ts';
import { propose, type Proposed } from './proposals.ts';
import type { HoldOutput } from '../report/output-schemas.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { resolveReference } from './references.ts';
import { withSession } from './session.ts';
import { writtenJson, writtenText } from './written.ts';

export function holdCommand(host: Host): CommandUnknownOpts {
  return new Command('hold')
    .summary('bar a version from promotion')
    .description(
      'Bars a version from promotion until somebody releases it. It keeps serving where it serves; mreg rollback takes it out.',
    )
    .argument('<reference>', 'a version: fraud_detector@v7')
    .addHelpText('after', '\nExample:\n  mreg hold fraud_detector@v7 -m "scores drift on weekends"')
    .action(async (reference, _options, command) => {
      host.code = await change(host.outside, commonFlags(command), { reference, action: 'hold' });
    });
}

export function releaseCommand(host: Host): CommandUnknownOpts {
  return new Command('release')
    .summary('free a held version')
    .description('Frees a held version, with the signatures that the policies ask for.')
    .argument('<reference>', 'a version: fraud_detector@v7')
    .addHelpText('after', '\nExample:\n  mreg release fraud_detector@v7 -m "fixed upstream, measured again"')
    .action(async (reference, _options, command) => {
      host.code = await change(host.outside, commonFlags(command), { reference, action: 'release' });
    });
}

interface Change {
  readonly reference: string;
  readonly action: HoldDocument['spec']['action'];
}

async function change(outside: Outside, flags: CommonFlags, asked: Change): Promise<number> {
  const { reference, action } = asked;
  const reason = flags.message;
  if (reason === undefined)
    throw new MregError('usage', `mreg ${action} needs a reason`, { hint: `mreg ${action} ${reference} -m <why>` });
  return withSession(outside, flags, async (session) => {
    let about = { model: '', version: '', path: '' };
    // A release may need the signatures of several people; a hold never does.
    const done = await propose(session, async (fresh, author) => {
      const { model, version, facts } = await resolveReference(fresh.view, reference);
      if ((facts.held !== undefined) === (action === 'hold')) throw nothingToDo(`${model}@${version}`, action);
      const now = outside.now();
      const plan = await planHold(fresh.view, { model, candidate: facts, action, reason, by: author.principal, now });
      const path = plan.signatures[0]?.path ?? '';
      about = { model, version, path };
      return { plan, path, name: `${action}-${model.replace('/', '.')}-${version}` };
    });
    tellChanged(outside, flags, { ...about, action, reason, done });
    return done.state === 'landed' ? 0 : 5;
  });
}

function tellChanged(
  outside: Outside,
  flags: CommonFlags,
  told: {
    readonly model: string;
    readonly version: string;
    readonly path: string;
    readonly action: Change['action'];
    readonly reason: string;
    readonly done: Proposed;
  },
): void {
  const { model, version, path, action, reason, done } = told;
  const { state, missing, branch } = done;
  print(outside, flags, {
    json: { ...writtenJson({ model, version }, done), action, path, reason, state, missing } satisfies HoldOutput,
    text: (_view, paint) => {
      if (state === 'landed') {
        const verb = action === 'hold' ? paint.yellow('held') : paint.green('released');
        return `${verb} ${model}@${version}: ${reason}\n  ${writtenText(done)}`;
      }
      return [
        `${paint.yellow('filed:')} ${action} ${model}@${version}: ${reason}`,
        `  ${writtenText(done)}`,
        ...missing.map((text) => `  still needs ${text}`),
        '',
        'next, by the others:',
        `  mreg trust sign ${branch.replace(/^propose\//, '')}`,
      ].join('\n');
    },
  });
}

function nothingToDo(reference: string, action: Change['action']): MregError {
  const state = action === 'hold' ? 'is held already' : 'carries no hold';
  return new MregError('refused', `${reference} ${state}`, { hint: `mreg show ${reference}` });
}
