import { versionPath } from '../../documents/paths.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { nextStage } from '../next-stage.ts';
import { previousOf } from '../stage-chain.ts';
import { readSigned, refusing, requireRole, requireSigner, type Finding, type RuleContext } from './rule.ts';
import { checkStageBody } from './stage-body.ts';
import { checkStanding } from './stage-folder.ts';
import type { ForwardMove } from './forward-move.ts';

/** The first stage moves with the version that registration adds, signed by the registrar, with no promotion. */
export async function judgeFirstStage(context: RuleContext, { at, current, next }: ForwardMove): Promise<Finding> {
  const [first] = context.view.settings.body.spec.stages;
  if (at.stage !== first) return refusing(needsPromotion(next.path, at.stage));
  const { version, movedBy, movedAt, base } = next.body.spec;
  const path = versionPath(at.model, version);
  const registered = await readSigned(context, 'ModelVersion', path);
  if (!registered.ok) return refusing(...registered.refusals);
  const expected = nextStage({
    registry: context.view.id,
    ...at,
    version: registered.value.body,
    plan: { strategy: 'immediate' },
    promotion: 'none',
    current: current?.stage,
    previous: previousOf(current),
    base,
    movedBy,
    movedAt,
  });
  return refusing(
    ...(context.changes.some((change) => change.path === path) ? [] : [notRegistered(next.path, version)]),
    ...requireRole(context.view, next, { roles: ['registrar'], model: at.model }),
    ...requireSigner(next.path, { field: 'spec.movedBy', value: movedBy }, next.signer),
    ...checkStageBody(next, expected),
    ...(await checkStanding(context, at)),
  );
}

function needsPromotion(path: string, stage: string): Refusal {
  const hint = `mreg promote <model>@<version> --to ${stage}`;
  return { code: 'stage-order', path, expected: `a promotion into ${stage}`, found: 'promotion: none', hint };
}

function notRegistered(path: string, version: string): Refusal {
  const hint = 'mreg register makes the version and moves the first stage in one commit';
  const expected = 'a version that this same commit registers';
  return { code: 'stage-order', path, expected, found: version, hint };
}
