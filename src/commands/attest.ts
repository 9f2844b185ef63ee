import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { promotionPath } from '../documents/paths.ts';
import { readApprovals } from '../registry/approvals.ts';
import { promotionSummary } from '../registry/promotion-summary.ts';
import { mustRead } from '../registry/read-file.ts';
import { attestationFlags, giveAttestation, type AttestationFlags } from './attestation.ts';
import { commonFlags, type Host } from './declare.ts';
import type { Outside } from './outside.ts';
import { withSession, type Session } from './session.ts';
import { resolveVouched } from './vouched.ts';

/** Declares `mreg attest` and what is below it. */
export function attestCommand(host: Host): CommandUnknownOpts {
  return new Command('attest')
    .summary('sign verdicts for policy engines outside')
    .description('Says what was decided here in formats that others read.')
    .addCommand(promotionCommand(host));
}

function promotionCommand(host: Host): CommandUnknownOpts {
  const command = new Command('promotion')
    .summary('sign that a promotion passed its gates')
    .description(
      'Verifies the promotion that a stage stands on, down to the version, and signs the verdict as a SLSA verification summary (in-toto).',
    )
    .argument('<model>', 'a model: fraud_detector, risk/fraud_detector')
    .requiredOption('--stage <stage>', 'the stage: prod')
    .addHelpText('after', '\nExample:\n  mreg attest promotion fraud_detector --stage prod --out prod.vsa.json');
  for (const option of attestationFlags()) command.addOption(option);
  return command.action(async (model, { stage }, self) => {
    host.code = await attestPromotion(host.outside, commonFlags(self), { model, stage });
  });
}

async function attestPromotion(
  outside: Outside,
  flags: AttestationFlags,
  { model, stage }: { readonly model: string; readonly stage: string },
): Promise<number> {
  return withSession(outside, flags, async (session) => {
    await resolveVouched(session, `${model}@${stage}`);
    const { snapshot, trust, id: registry } = session.view;
    const promotion = await mustRead(snapshot, 'Promotion', promotionPath(model, stage));
    if (promotion === undefined) throw notPromoted(model, stage);
    const { facts } = await resolveVouched(session, `${model}@${promotion.body.spec.version}`);
    const { approvals } = await readApprovals({ snapshot, trust, registry }, promotion, { model, stage });
    const verified = {
      promotion,
      version: facts.version,
      approvedBy: approvals.map(({ principal }) => principal),
      commit: session.tip,
    };
    return giveAttestation(session, flags, { statement: promotionSummary(verified, by(session)) });
  });
}

function by({ outside }: Session): Parameters<typeof promotionSummary>[1] {
  return { verifier: outside.version, now: outside.now() };
}

function notPromoted(model: string, stage: string): MregError {
  return new MregError('unknown-version', `${model} came into ${stage} by registering, not by a promotion`, {
    hint: `name a stage that versions are promoted to: mreg status ${model}`,
  });
}
