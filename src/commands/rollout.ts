import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Host } from './declare.ts';
import { startCommand } from './promote.ts';
import { abortCommand } from './rollout-abort.ts';
import { moveCommands } from './rollout-move.ts';
import { planCommand } from './rollout-plan.ts';
import { runCommand } from './rollout-run.ts';
import { statusCommand } from './rollout-status.ts';

/** `mreg rollout`: traffic moved to a version step by step, by hand or by a controller. */
export function rolloutCommand(host: Host): CommandUnknownOpts {
  const rollout = new Command('rollout')
    .summary('move traffic to a promoted version, step by step')
    .description(
      'Moves traffic to a version along its approved plan: by hand, or by a controller that measures. The way back is mreg rollout abort; no step can be skipped or taken before its hold is over.',
    );
  const before = [planCommand(host), startCommand(host), statusCommand(host)];
  for (const command of [...before, ...moveCommands(host), abortCommand(host), runCommand(host)]) {
    rollout.addCommand(command);
  }
  return rollout;
}
