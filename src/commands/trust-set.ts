import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import { changeTrust } from './change-trust.ts';
import { collect, commonFlags, wholeNumber, type Host } from './declare.ts';

type Spec = TrustRootDocument['spec'];

/** Returns `mreg trust set`. */
export function setCommand(host: Host): CommandUnknownOpts {
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
