import type { Digest } from '../../documents/digest.ts';
import type { TrustRootDocument } from '../../documents/kinds/trust-root.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { checkTrustRoot } from '../../trust/check-root.ts';
import { registryIdOf } from '../../trust/registry-id.ts';
import { trustOf } from '../../trust/trust.ts';
import { readStored } from '../read-file.ts';
import { subjectsOf } from '../subjects.ts';
import { checkAllowedSigners, checkFloors, checkFresh, checkStages, checkSuccession, removed } from './governance.ts';
import { checkSignatures, rootRule } from './quorum.ts';
import { refusing, type Finding, type RuleContext } from './rule.ts';

/** Judges the first commit of a registry: everything signed under the root that it brings, and that root is the pinned one. */
export async function judgeGenesis(context: Omit<RuleContext, 'view'>): Promise<Finding> {
  const { after } = context;
  const root = await readStored(after, 'TrustRoot', 'trust/root.yaml');
  const settings = await readStored(after, 'Registry', 'mreg.yaml');
  if (!root.ok) return refusing(...root.refusals);
  if (!settings.ok) return refusing(...settings.refusals);
  if (root.value === undefined) return refusing(removed('trust/root.yaml', 'mreg init'));
  if (settings.value === undefined) return refusing(removed('mreg.yaml', 'mreg init'));
  const first = root.value.body;
  const { name, version, previous, stages } = settings.value.body.spec;
  const refusals = [
    ...checkPin(context, root.value.digest),
    ...checkTrustRoot(first),
    ...checkFloors(first, stages),
    ...checkSuccession('trust/root.yaml', first.spec, undefined),
    ...checkSuccession('mreg.yaml', { version, previous }, undefined),
    ...checkFresh(first, context.now),
    ...checkId(first, registryIdOf(name, first)),
    ...(await checkAllowedSigners(after, first)),
    ...(await checkFirstSignatures(context, first, stages)),
  ];
  return { refusals, changes: [{ action: 'init', detail: name }] };
}

/** Attack: another registry, or this one under keys of a stranger, pushed to an empty server. */
function checkPin(context: Omit<RuleContext, 'view'>, digest: Digest): readonly Refusal[] {
  const pinned = context.pinnedRoot;
  if (pinned === undefined || pinned === digest) return [];
  const hint = 'push the registry that this server was set up for, or pin its root with git config mreg.root';
  return [
    { code: 'root-not-pinned', path: 'trust/root.yaml', expected: `the pinned root ${pinned}`, found: digest, hint },
  ];
}

function checkId(root: TrustRootDocument, id: string): readonly Refusal[] {
  if (root.metadata.registry === id) return [];
  const hint = 'make the registry with mreg init';
  return [
    {
      code: 'wrong-registry',
      path: 'trust/root.yaml',
      expected: `registry ${id}`,
      found: root.metadata.registry,
      hint,
    },
  ];
}

async function checkFirstSignatures(
  context: Omit<RuleContext, 'view'>,
  root: TrustRootDocument,
  stages: readonly string[],
): Promise<readonly Refusal[]> {
  const from = { snapshot: context.after, trust: trustOf(root), registry: root.metadata.registry };
  const policyRule = { role: 'policy', threshold: root.spec.thresholds.policy };
  const found = [
    ...(await checkSignatures({ ...from, rule: rootRule(root) }, 'TrustRoot', 'trust/root.yaml')),
    ...(await checkSignatures({ ...from, rule: rootRule(root) }, 'Registry', 'mreg.yaml')),
  ];
  for (const { kind, path } of subjectsOf(context.changes)) {
    if (kind === 'settings' || kind === 'trust') continue;
    if (kind !== 'policy') {
      found.push(contentInGenesis(path));
      continue;
    }
    const policy = await readStored(context.after, 'Policy', path);
    if (policy.ok && policy.value !== undefined) {
      found.push(...checkSuccession(path, policy.value.body.metadata, undefined));
      found.push(...checkStages(path, policy.value.body, stages));
    }
    found.push(...(await checkSignatures({ ...from, rule: policyRule }, 'Policy', path)));
  }
  return found;
}

function contentInGenesis(path: string): Refusal {
  const hint = 'start the registry in a commit of its own, then register';
  return { code: 'mixed-change', path, expected: 'a first commit without models', found: 'registry content', hint };
}
