import type { DecisionDocument } from '../../documents/kinds/decision.ts';
import type { FreezeDocument } from '../../documents/kinds/freeze.ts';
import type { PromotionDocument } from '../../documents/kinds/promotion.ts';
import { FREEZES, freezePath } from '../../documents/paths.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { freezesOn, freezeText, hasEnded } from '../../gates/freeze.ts';
import type { StandingFreeze } from '../../gates/input.ts';
import { coversGlob } from '../../trust/trust.ts';
import { chainFaults, droppedBy } from '../freeze-chain.ts';
import { newestFreeze, readStandingFreezes } from '../freezes.ts';
import type { StageAddress } from '../stage-chain.ts';
import { readSigned, refusing, requireSigner, type Finding, type RuleContext, type Signed } from './rule.ts';

/** Roles that may freeze, and lift a freeze, of models that they are granted for. */
export const FREEZE_ROLES: readonly string[] = ['oncall', 'owner', 'policy'];

const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** A freeze, or the end of one, by somebody who answers for every model that it is about. */
export async function judgeFreeze(context: RuleContext, sequence: number): Promise<Finding> {
  const path = freezePath(sequence);
  const signed = await readSigned(context, 'Freeze', path);
  if (!signed.ok) return refusing(...signed.refusals);
  const { spec } = signed.value.body;
  const standing = await readStandingFreezes(context.view.snapshot);
  const lifted = standing.find(({ number }) => number === spec.lifts);
  const refusals = [
    ...(await checkSequence(context, signed.value)),
    ...requireSigner(path, { field: 'spec.by', value: spec.by }, signed.value.signer),
    ...checkRoles(context, signed.value, lifted?.models ?? spec.models ?? []),
    ...checkTimes(context, signed.value, lifted),
    ...checkStages(context, signed.value),
    ...checkChain(context, signed.value, standing),
  ];
  const detail = spec.action === 'freeze' ? freezeWords(spec) : `freeze ${String(spec.lifts)}: ${spec.reason}`;
  return { refusals, changes: [{ action: spec.action, by: spec.by, detail }] };
}

function freezeWords({ stages = [], models = [], until, reason }: FreezeDocument['spec']): string {
  const end = until === undefined ? '' : ` until ${until}`;
  return `${stages.join(', ')} of ${models.join(', ')}${end}: ${reason}`;
}

async function checkSequence(
  { view }: RuleContext,
  { path, body }: Signed<FreezeDocument>,
): Promise<readonly Refusal[]> {
  const next = (await newestFreeze(view.snapshot)) + 1;
  const { sequence } = body.metadata;
  if (sequence === next) return [];
  const hint = 'fetch and try again: freezes are numbered without gaps, one a commit';
  return [{ code: 'sequence', path, expected: `number ${String(next)}`, found: String(sequence), hint }];
}

/** Attack: an owner of one model freezes all, or lifts what others froze. */
function checkRoles(
  { view }: RuleContext,
  { path, signer }: Signed<FreezeDocument>,
  models: readonly string[],
): readonly Refusal[] {
  const others = models.filter((glob) => !coversGlob(view.trust, signer, { roles: FREEZE_ROLES, glob }));
  if (others.length === 0) return [];
  const expected = `a signature by an ${FREEZE_ROLES.join(' or ')} of all of ${others.join(', ')}`;
  const hint = 'mreg trust show; ask somebody with the role, or freeze only the models that are yours';
  return [{ code: 'not-authorised', path, expected, found: `one by ${signer}, who is none`, hint }];
}

function checkTimes(
  { now }: RuleContext,
  { path, body }: Signed<FreezeDocument>,
  lifted: StandingFreeze | undefined,
): readonly Refusal[] {
  const { at, until } = body.spec;
  const clock = `${now.toISOString()} (clock of this machine)`;
  const early = new Date(at).getTime() > now.getTime() + CLOCK_SKEW_MS;
  const over = lifted !== undefined && hasEnded(lifted, now);
  return [
    ...(early ? [untimely(path, 'clock', { expected: `at not after ${clock}`, found: at })] : []),
    ...(hasEnded({ until }, now)
      ? [untimely(path, 'expired', { expected: `until after ${clock}`, found: String(until) })]
      : []),
    ...(over
      ? [untimely(path, 'expired', { expected: 'a freeze in force', found: `one that ended ${String(lifted.until)}` })]
      : []),
  ];
}

function untimely(
  path: string,
  code: 'clock' | 'expired',
  said: { readonly expected: string; readonly found: string },
): Refusal {
  return { code, path, ...said, hint: 'mreg freeze --list; set both clocks right (NTP)' };
}

/** Registration moves the first stage, and nothing else does: it cannot be frozen. */
function checkStages({ view }: RuleContext, { path, body }: Signed<FreezeDocument>): readonly Refusal[] {
  const known = view.settings.body.spec.stages.slice(1);
  const unknown = (body.spec.stages ?? []).filter((stage) => !known.includes(stage));
  if (unknown.length === 0) return [];
  const expected = `stages of mreg.yaml after the first: ${known.join(', ')}`;
  return [{ code: 'stage-order', path, expected, found: unknown.join(', '), hint: 'correct the name' }];
}

function checkChain(
  { now }: RuleContext,
  { path, body }: Signed<FreezeDocument>,
  standing: readonly StandingFreeze[],
): readonly Refusal[] {
  const hint = 'fetch and try again: what stands follows from what stood before';
  const faults = chainFaults(standing, body);
  if (faults.length > 0) return faults.map((fault) => ({ code: 'chain', path, ...fault, hint }));
  const dropped = droppedBy(body, standing).filter((freeze) => !hasEnded(freeze, now));
  return dropped.map(({ number, until }) => {
    const expected = `standing: ${String(number)}, until ${String(until)} by the clock of this machine`;
    return untimely(path, 'clock', { expected, found: 'left out' });
  });
}

/** Returns a refusal for every freeze that comes along with a move forward: the one would hide in the shade of the other. */
export function checkNoFreezeAlong({ changes }: RuleContext, path: string): readonly Refusal[] {
  const along = changes.filter((change) => change.path.startsWith(`${FREEZES}/`)).map((change) => change.path);
  if (along.length === 0) return [];
  const expected = 'a move forward without a freeze, or the end of one, in its commit';
  return [{ code: 'mixed-change', path, expected, found: along.join(', '), hint: 'split it into several commits' }];
}

/** What gives a version more traffic; to pause and to go back are never frozen. */
const FORWARD: readonly DecisionDocument['spec']['action'][] = ['advance', 'complete', 'resume'];

/** Returns refusals for a rollout that goes on in a frozen stage. In force is what the parent holds. */
export async function checkNotFrozen(
  context: RuleContext,
  at: StageAddress,
  step: {
    readonly path: string;
    readonly action: DecisionDocument['spec']['action'];
    readonly promotion: PromotionDocument;
  },
): Promise<readonly Refusal[]> {
  if (!FORWARD.includes(step.action)) return [];
  const along = checkNoFreezeAlong(context, step.path);
  if (step.promotion.spec.breakGlass !== undefined) return along;
  const freezes = freezesOn(await readStandingFreezes(context.view.snapshot), { ...at, now: context.now });
  const refusals = freezes.map((freeze): Refusal => {
    const hint = `mreg unfreeze ${String(freeze.number)} -m <why>; a rollout may pause and go back all the same`;
    const expected = `${at.stage} of ${at.model} not frozen`;
    return { code: 'frozen', path: step.path, expected, found: freezeText(freeze), hint };
  });
  return [...along, ...refusals];
}
