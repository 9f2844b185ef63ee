import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { visible } from '../report/escape.ts';
import { acceptHistoryCommand } from './accept-history.ts';
import { commonFlags, type Host } from './declare.ts';
import { print } from './flags.ts';
import { signProposal, withdrawProposal } from './proposals.ts';
import { withSession } from './session.ts';
import { tellProposed } from './tell-proposed.ts';
import { addCommand, removeCommand } from './trust-principals.ts';
import { rotateCommand } from './trust-rotate.ts';
import { setCommand } from './trust-set.ts';
import { showTrust } from './trust-show.ts';

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
