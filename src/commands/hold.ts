import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { HoldDocument } from '../documents/kinds/hold.ts';
import { planHold } from '../registry/plan-hold.ts';
import { submit } from './carry-out.ts';
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

async function change(
  outside: Outside,
  flags: CommonFlags,
  asked: { readonly reference: string; readonly action: HoldDocument['spec']['action'] },
): Promise<number> {
  const { reference, action } = asked;
  const reason = flags.message;
  if (reason === undefined)
    throw new MregError('usage', `mreg ${action} needs a reason`, { hint: `mreg ${action} ${reference} -m <why>` });
  return withSession(outside, flags, async (session) => {
    const done = await submit(session, async (fresh, author) => {
      const { model, version, facts } = await resolveReference(fresh.view, reference);
      if ((facts.held !== undefined) === (action === 'hold')) throw nothingToDo(`${model}@${version}`, action);
      const plan = await planHold(fresh.view, {
        model,
        candidate: facts,
        action,
        reason,
        by: author.principal,
        now: outside.now(),
      });
      const path = plan.signatures[0]?.path ?? '';
      return { plan, result: { model, version, path } };
    });
    const { model, version, path } = done.result;
    const written = { commit: done.commit, pushed: done.pushed, branch: session.branch };
    print(outside, flags, {
      json: { ...writtenJson({ model, version }, written), action, path, reason },
      text: (_view, paint) =>
        `${action === 'hold' ? paint.yellow('held') : paint.green('released')} ${model}@${version}: ${reason}\n  ${writtenText(written)}`,
    });
    return 0;
  });
}

function nothingToDo(reference: string, action: HoldDocument['spec']['action']): MregError {
  const state = action === 'hold' ? 'is held already' : 'carries no hold';
  return new MregError('refused', `${reference} ${state}`, { hint: `mreg show ${reference}` });
}
