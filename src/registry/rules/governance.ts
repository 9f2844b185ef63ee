import type { Digest } from '../../documents/digest.ts';
import type { Gate } from '../../documents/kinds/gate.ts';
import type { PolicyDocument } from '../../documents/kinds/policy.ts';
import type { RegistryDocument } from '../../documents/kinds/registry.ts';
import type { TrustRootDocument } from '../../documents/kinds/trust-root.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { formatAllowedSigners } from '../../trust/allowed-signers.ts';
import { checkTrustRoot } from '../../trust/check-root.ts';
import { trustOf } from '../../trust/trust.ts';
import { readStored } from '../read-file.ts';
import { fileAt, type Snapshot } from '../snapshot.ts';
import { checkSignatures, rootRule } from './quorum.ts';
import { refusing, type Finding, type RuleContext } from './rule.ts';

/** Returns refusals unless the next version of a policy, mreg.yaml or the trust root follows the one in force, by number and digest. */
export function checkSuccession(
  path: string,
  next: { readonly version: number; readonly previous: string },
  current: { readonly version: number; readonly digest: Digest } | undefined,
): readonly Refusal[] {
  const version = (current?.version ?? 0) + 1;
  const previous = current?.digest ?? 'none';
  const refuse = (expected: string, found: string): Refusal => {
    // Attack: an old policy or root published again, its signatures still valid (CVE-2026-44544).
    const hint = 'fetch, and make the change again on what is in force now';
    return { code: 'chain', path, expected, found, hint };
  };
  return [
    ...(next.version === version ? [] : [refuse(`version ${String(version)}`, `version ${String(next.version)}`)]),
    ...(next.previous === previous ? [] : [refuse(`previous: ${previous}`, next.previous)]),
  ];
}

/** A policy added or changed: next version, signed by the policy threshold of the trust in force. */
export async function judgePolicy(context: RuleContext, name: string): Promise<Finding> {
  const { view, after } = context;
  const path = `policies/${name}.yaml`;
  const reading = await readStored(after, 'Policy', path);
  if (!reading.ok) return refusing(...reading.refusals);
  if (reading.value === undefined) return refusing(removed(path, 'publish a new version with transitions: []'));
  const current = view.policies.find((policy) => policy.path === path);
  const { metadata } = reading.value.body;
  const rule = { role: 'policy', threshold: view.root.body.spec.thresholds.policy };
  const refusals = [
    ...checkStages(path, reading.value.body, view.settings.body.spec.stages),
    ...checkSuccession(path, metadata, current && { version: current.body.metadata.version, digest: current.digest }),
    ...(await checkSignatures({ snapshot: after, trust: view.trust, registry: view.id, rule }, 'Policy', path)),
  ];
  return { refusals, changes: [{ action: 'policy', detail: `${name} version ${String(metadata.version)}` }] };
}

/** Returns a refusal for each stage of a policy that there is not: misspelt, it would look like an empty one, and a comparison with it be skipped. */
export function checkStages(path: string, { spec }: PolicyDocument, stages: readonly string[]): readonly Refusal[] {
  const named = spec.transitions.flatMap(({ from, to, gates }) => [from, to, ...gates.flatMap(stagesOf)]);
  const unknown = [...new Set(named)].filter((stage) => !stages.includes(stage));
  const expected = `stages of mreg.yaml: ${stages.join(', ')}`;
  return unknown.map((found) => ({ code: 'policy', path, expected, found, hint: 'correct the name in the policy' }));
}

function stagesOf(gate: Gate): readonly string[] {
  if (gate.type === 'schema') return [gate.against];
  if (gate.type === 'soak') return gate.stage === undefined ? [] : [gate.stage];
  return gate.type === 'metric' && gate.baseline !== undefined && 'stage' in gate.baseline ? [gate.baseline.stage] : [];
}

/** Judges mreg.yaml changed: next version, same registry, signed by the root threshold. */
export async function judgeSettings(context: RuleContext): Promise<Finding> {
  const { view, after } = context;
  const path = 'mreg.yaml';
  const reading = await readStored(after, 'Registry', path);
  if (!reading.ok) return refusing(...reading.refusals);
  if (reading.value === undefined) return refusing(removed(path, 'git checkout HEAD -- mreg.yaml'));
  const current = { version: view.settings.body.spec.version, digest: view.settings.digest };
  const rule = { role: 'root', threshold: view.root.body.spec.thresholds.root };
  const refusals = [
    ...checkKept(view.settings.body.spec, reading.value.body.spec),
    ...checkSuccession(path, reading.value.body.spec, current),
    ...(await checkSignatures({ snapshot: after, trust: view.trust, registry: view.id, rule }, 'Registry', path)),
  ];
  return { refusals, changes: [{ action: 'settings' }] };
}

type Settings = RegistryDocument['spec'];

/** Pointers stand in the stages, signatures name the registry, and the server guards the branch: these stay. */
function checkKept(before: Settings, after: Settings): readonly Refusal[] {
  const kept = after.stages.filter((stage) => before.stages.includes(stage));
  const rows = [
    ['name', before.name, after.name],
    ['branch', before.branch, after.branch],
    ['stages (new ones may be added)', before.stages.join(', '), kept.join(', ')],
  ] as const;
  const hint = 'start another registry where these must differ';
  return rows
    .filter(([, expected, found]) => expected !== found)
    .map(([field, expected, found]) => ({
      code: 'immutable',
      path: 'mreg.yaml',
      expected: `${field}: ${expected}`,
      found,
      hint,
    }));
}

/** A new trust root: next version, sound in itself, signed by the threshold of the old root and of the new. */
export async function judgeTrust(context: RuleContext): Promise<Finding> {
  const { view, after } = context;
  const path = 'trust/root.yaml';
  const reading = await readStored(after, 'TrustRoot', path);
  if (!reading.ok) return refusing(...reading.refusals);
  if (reading.value === undefined) return refusing(removed(path, 'git checkout HEAD -- trust'));
  const next = reading.value.body;
  const sound = [
    ...checkTrustRoot(next),
    ...checkFloors(next, view.settings.body.spec.stages),
    ...checkSuccession(path, next.spec, { version: view.root.body.spec.version, digest: view.root.digest }),
    ...checkFresh(next, context.now),
    ...(await checkAllowedSigners(after, next)),
  ];
  const { trust, root } = view;
  const of = { snapshot: after, registry: view.id };
  const newTrust = trustOf(next);
  const signatures = [
    ...(await checkSignatures({ ...of, trust, alongside: newTrust, rule: rootRule(root.body) }, 'TrustRoot', path)),
    ...(await checkSignatures({ ...of, trust: newTrust, alongside: trust, rule: rootRule(next) }, 'TrustRoot', path)),
  ];
  const changes = [{ action: 'trust' as const, detail: `version ${String(next.spec.version)}` }];
  return { refusals: [...sound, ...signatures], changes };
}

/** Returns a refusal for each floor of a stage that there is not: misspelt, it would hold nothing up. */
export function checkFloors({ spec }: TrustRootDocument, stages: readonly string[]): readonly Refusal[] {
  const unknown = (spec.floors ?? []).map(({ to }) => to).filter((stage) => !stages.includes(stage));
  const expected = `floors: stages of mreg.yaml: ${stages.join(', ')}`;
  const hint = 'correct the name, or add the stage to mreg.yaml first';
  return unknown.map((found) => ({ code: 'trust-rule', path: 'trust/root.yaml', expected, found, hint }));
}

/** Returns a refusal when a root has expired, or will be when it arrives, by the clock of this machine. */
export function checkFresh(root: TrustRootDocument, now: Date): readonly Refusal[] {
  if (new Date(root.spec.expires) > now) return [];
  const expected = `expires after ${now.toISOString()} (clock of this machine)`;
  return [
    {
      code: 'expired',
      path: 'trust/root.yaml',
      expected,
      found: root.spec.expires,
      hint: 'set a later date, or correct the clock',
    },
  ];
}

/** Returns a refusal unless trust/allowed_signers is what the root says, byte for byte. */
export async function checkAllowedSigners(after: Snapshot, root: TrustRootDocument): Promise<readonly Refusal[]> {
  const path = 'trust/allowed_signers';
  const file = await fileAt(after, path);
  const found = file.state === 'present' ? Buffer.from(file.bytes).toString('utf8') : file.state;
  if (found === formatAllowedSigners(root)) return [];
  const hint = 'write it with mreg trust, never by hand';
  return [{ code: 'derived-file', path, expected: 'exactly what trust/root.yaml says', found: 'something else', hint }];
}

/** Returns the refusal of a governing document that is not there any more. */
export function removed(path: string, hint: string): Refusal {
  return { code: 'immutable', path, expected: 'the file to stay', found: 'its removal', hint };
}
