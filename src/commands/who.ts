import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { approvalGates, whyExcluded } from '../gates/approvers.ts';
import { requiredText } from '../gates/approvals.ts';
import type { GateInput } from '../gates/input.ts';
import { readVersionFacts } from '../registry/models.ts';
import { transitionsInto } from '../registry/facts.ts';
import type { RegistryView } from '../registry/view.ts';
import type { WhoOutput } from '../report/output-schemas.ts';
import { renderWho } from '../report/who.ts';
import { personOf, rolesOf } from '../trust/trust.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { toOption } from './plan-options.ts';
import { stageBefore } from './references.ts';
import { openRequests, requestNamed, type OpenRequest } from './requests.ts';
import { withSession, type Session } from './session.ts';

export function whoCommand(host: Host): CommandUnknownOpts {
  return new Command('who')
    .summary('who may approve a promotion')
    .description(
      'Lists the people who may approve promotions of a model into a stage: their roles, their names on forges, whether they did, and whose approval would not count and why. Looks at what is here and asks no server.',
    )
    .argument('<reference>', 'a model, or one version of it: fraud_detector, fraud_detector@v7')
    .addOption(toOption)
    .addHelpText('after', '\nExample:\n  mreg who fraud_detector --to prod')
    .action(async (reference, options, command) => {
      host.code = await who(host.outside, { ...commonFlags(command), ...options }, reference);
    });
}

interface WhoFlags extends CommonFlags {
  readonly to: string;
}

async function who(outside: Outside, flags: WhoFlags, reference: string): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const asked = await requestNamed(session, reference, flags.to);
    stageBefore(session.view, flags.to);
    const requests = await openRequests(session, asked);
    // Of several requests none is meant more than another: who may approve is told without what one of them excludes.
    const request = requests.length === 1 ? requests[0] : undefined;
    const answer = await whoMayApprove(session, { ...asked, request });
    print(outside, flags, { json: answer, text: (view) => renderWho(answer, view) });
    return 0;
  });
}

interface About {
  readonly model: string;
  readonly stage: string;
  readonly version: string | undefined;
  readonly request: OpenRequest | undefined;
}

async function whoMayApprove({ view }: Session, about: About): Promise<WhoOutput> {
  const { model, stage, request } = about;
  const version = request?.promotion.body.spec.version ?? about.version;
  const gates = approvalGates(view.root.body, stage, transitionsInto(view, model, stage));
  const facts = await peopleOf(view, { ...about, version });
  const approved = new Set(request?.approvals.map(({ principal }) => principal));
  const people = view.root.body.spec.principals.map(({ id, forges = {}, owner }) => {
    const roles = rolesOf(view.trust, id, model);
    const candidate = { principal: id, person: personOf(view.trust, id), roles };
    const excluded = whyExcluded(gates, facts, candidate) ?? null;
    return {
      principal: id,
      owner: owner ?? null,
      roles: [...roles],
      forges: { ...forges },
      approved: approved.has(id),
      excluded,
    };
  });
  return {
    ...{ model, stage, version: version ?? null },
    requestedBy: request?.promotion.body.spec.requestedBy ?? null,
    branch: request?.branch ?? null,
    gates: gates.map((gate) => ({ id: gate.id, required: requiredText(gate), roles: Object.keys(gate.roles ?? {}) })),
    people,
  };
}

/** Nobody: who has not asked yet, and who registered a version that is not named, excludes no one. */
const NOBODY = { principal: '', person: '' };

async function peopleOf(
  view: RegistryView,
  { model, version, request }: About,
): Promise<Pick<GateInput, 'requester' | 'registrar'>> {
  const who = (principal: string | undefined): GateInput['requester'] =>
    principal === undefined ? NOBODY : { principal, person: personOf(view.trust, principal) };
  const facts = version === undefined ? undefined : await readVersionFacts(view.snapshot, model, version);
  return {
    requester: who(request?.promotion.body.spec.requestedBy),
    registrar: who(facts?.version.body.spec.registeredBy),
  };
}
