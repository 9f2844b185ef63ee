import type { HoldDocument } from '../../documents/kinds/hold.ts';
import type { PolicyDocument } from '../../documents/kinds/policy.ts';
import { holdPath, versionPath } from '../../documents/paths.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { fillRoles } from '../../gates/role-matching.ts';
import { personOf, rolesOf } from '../../trust/trust.ts';
import { approvalSigner } from '../approval-signer.ts';
import { newestHold, readNewestHold } from '../models.ts';
import { readStored } from '../read-file.ts';
import { entriesAt } from '../snapshot.ts';
import { policiesFor } from '../view.ts';
import {
  readSigned,
  refusing,
  requireRole,
  requireSigner,
  type Finding,
  type RuleContext,
  type Signed,
} from './rule.ts';

/** Roles that may bar a version. */
export const HOLD_ROLES: readonly string[] = ['oncall', 'owner', 'controller', 'evaluator'];

/** What frees a version where no policy says it: one owner. */
const DEFAULT_RELEASE = { roles: { owner: 1 }, total: 1 };

/** Where a hold stands. */
export interface HoldAddress {
  readonly model: string;
  readonly version: string;
  readonly sequence: number;
}

/** A hold by somebody who may stop a version, or a release with the signatures that the policies demand. */
export async function judgeHold(context: RuleContext, at: HoldAddress): Promise<Finding> {
  const { model, version } = at;
  const path = holdPath(model, version, at.sequence);
  const signed = await readSigned(context, 'Hold', path);
  if (!signed.ok) return refusing(...signed.refusals);
  const { action, by } = signed.value.body.spec;
  const refusals = [
    ...(await checkSequence(context, at, path)),
    ...requireSigner(path, { field: 'spec.by', value: by }, signed.value.signer),
    ...(await checkSubject(context, at, signed.value)),
    ...(action === 'hold'
      ? [
          ...requireRole(context.view, signed.value, { roles: HOLD_ROLES, model }),
          ...(await checkNoApprovals(context, path)),
        ]
      : await checkRelease(context, at, signed.value)),
  ];
  return { refusals, changes: [{ action, model, version, by, detail: signed.value.body.spec.reason }] };
}

async function checkSequence(context: RuleContext, at: HoldAddress, path: string): Promise<readonly Refusal[]> {
  const next = (await newestHold(context.view.snapshot, at.model, at.version)) + 1;
  if (at.sequence === next) return [];
  const hint = 'fetch and try again: holds are numbered without gaps, one a commit';
  return [{ code: 'sequence', path, expected: `number ${String(next)}`, found: String(at.sequence), hint }];
}

async function checkSubject(
  context: RuleContext,
  at: HoldAddress,
  { path, body }: Signed<HoldDocument>,
): Promise<readonly Refusal[]> {
  const reading = await readStored(context.view.snapshot, 'ModelVersion', versionPath(at.model, at.version));
  const digest = reading.ok ? reading.value?.body.spec.artifact.digest : undefined;
  if (body.spec.subject === digest) return [];
  const expected = `subject ${digest ?? 'of an existing version'}`;
  return [{ code: 'subject', path, expected, found: body.spec.subject, hint: 'mreg hold <model>@<version>' }];
}

/** A hold needs nobody's approval, so nobody would look at what stands there. */
async function checkNoApprovals(context: RuleContext, path: string): Promise<readonly Refusal[]> {
  const entries = await entriesAt(context.after, `${path}.approvals`);
  return entries.map(({ name }) => ({
    code: 'ungoverned-shape',
    path: `${path}.approvals/${name}`,
    expected: 'no approvals of a hold',
    found: 'one',
    hint: 'take it out of the commit: a hold counts with its own signature alone',
  }));
}

async function checkRelease(
  context: RuleContext,
  at: HoldAddress,
  signed: Signed<HoldDocument>,
): Promise<readonly Refusal[]> {
  const current = await readNewestHold(context.view.snapshot, at.model, at.version);
  const held = current?.body.spec.action === 'hold';
  const signers = await releaseSigners(context, signed);
  const needs = releaseNeeds(policiesFor(context.view, at.model));
  return [
    ...(held ? [] : [nothingHeld(signed.path)]),
    ...signers.refusals,
    ...needs.flatMap((need) => checkNeed(context, { at, signed, principals: signers.principals, need })),
  ];
}

type ReleaseNeed = NonNullable<PolicyDocument['spec']['holds']>['release'];

/** Returns what every policy demands for a release; together they all apply. */
function releaseNeeds(policies: readonly { readonly body: PolicyDocument }[]): readonly ReleaseNeed[] {
  const asked = policies.flatMap(({ body }) => (body.spec.holds === undefined ? [] : [body.spec.holds.release]));
  return asked.length === 0 ? [DEFAULT_RELEASE] : asked;
}

async function releaseSigners(
  context: RuleContext,
  signed: Signed<HoldDocument>,
): Promise<{ readonly principals: readonly string[]; readonly refusals: readonly Refusal[] }> {
  const directory = `${signed.path}.approvals`;
  const principals = [signed.signer];
  const refusals: Refusal[] = [];
  for (const { name } of await entriesAt(context.after, directory)) {
    const from = { snapshot: context.after, trust: context.view.trust };
    const approval = await approvalSigner(from, signed, `${directory}/${name}`);
    if (approval.ok) principals.push(approval.principal);
    else refusals.push(approval.refusal);
  }
  return { principals, refusals };
}

function checkNeed(
  context: RuleContext,
  asked: {
    readonly at: HoldAddress;
    readonly signed: Signed<HoldDocument>;
    readonly principals: readonly string[];
    readonly need: ReleaseNeed;
  },
): readonly Refusal[] {
  const { at, need, signed } = asked;
  const people = peopleWithRoles(context, at.model, asked.principals);
  const roles = Object.entries(need.roles ?? {}).sort();
  const places = roles.flatMap(([role, count]) => Array.from({ length: count }, () => role));
  const { unfilled } = fillRoles(places, [...people.values()]);
  if (unfilled.length === 0 && people.size >= need.total) return [];
  const wanted = roles.map(([role, count]) => `${String(count)} ${role}`).join(', ');
  const expected = `signatures of ${String(need.total)} people${wanted === '' ? '' : ` (${wanted})`}`;
  const found = `${String(people.size)} (${[...people.keys()].join(', ') || 'nobody with a role'})`;
  const hint = `mreg release ${at.model}@${at.version}, by those who are missing`;
  return [{ code: 'threshold', path: signed.path, expected, found, hint }];
}

/** People are counted, not signatures: two keys of one person, or her bot, are one. */
function peopleWithRoles(
  context: RuleContext,
  model: string,
  principals: readonly string[],
): ReadonlyMap<string, { readonly roles: ReadonlySet<string> }> {
  const { trust } = context.view;
  const people = new Map<string, { readonly roles: ReadonlySet<string> }>();
  for (const id of principals) {
    const person = personOf(trust, id);
    const roles = new Set([...(people.get(person)?.roles ?? []), ...rolesOf(trust, id, model)]);
    if (roles.size > 0) people.set(person, { roles });
  }
  return people;
}

function nothingHeld(path: string): Refusal {
  return {
    code: 'sequence',
    path,
    expected: 'a version under hold',
    found: 'none to release',
    hint: 'mreg show <ref>',
  };
}
