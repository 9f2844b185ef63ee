import type { Digest } from '../../documents/digest.ts';
import type { Gate } from '../../documents/kinds/gate.ts';
import type { Kind } from '../../documents/kinds/index.ts';
import type { PolicyDocument } from '../../documents/kinds/policy.ts';
import type { RegistryDocument } from '../../documents/kinds/registry.ts';
import type { TrustRootDocument } from '../../documents/kinds/trust-root.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { formatAllowedSigners } from '../../trust/allowed-signers.ts';
import { checkTrustRoot } from '../../trust/check-root.ts';
import { registryIdOf } from '../../trust/registry-id.ts';
import { trustOf, type Trust } from '../../trust/trust.ts';
import { checkQuorum, type QuorumRule } from '../../trust/verify.ts';
import { readStored } from '../read-file.ts';
import { entriesAt, fileAt, type Snapshot } from '../snapshot.ts';
import { approvalSigner, readSignedBy, refusing, type Finding, type RuleContext } from './rule.ts';

/** A document whose change needs signatures of several: its author's and the approvals beside it. */
export interface Quorum {
  readonly snapshot: Snapshot;
  readonly trust: Trust;
  readonly registry: string;
  readonly rule: QuorumRule;
}

/** Counts everybody whose key in `trust` signed a document, as its author or as an approver; refuses what does not verify. */
export async function checkSignatures(quorum: Quorum, kind: Kind, path: string): Promise<readonly Refusal[]> {
  const signed = await readSignedBy(quorum, kind, path);
  const principals: string[] = [];
  const refusals: Refusal[] = [];
  if (signed.ok) principals.push(signed.value.signer);
  else refusals.push(...signed.refusals);
  const file = await fileAt(quorum.snapshot, path);
  if (file.state !== 'present') return refusals;
  for (const { name } of await entriesAt(quorum.snapshot, `${path}.approvals`)) {
    const approval = await approvalSigner(quorum, { path, bytes: file.bytes }, `${path}.approvals/${name}`);
    if (approval.ok) principals.push(approval.principal);
    else refusals.push(approval.refusal);
  }
  // A key of the other root is no fault while a root changes: what counts is who is known here.
  const serious = refusals.filter(({ code }) => code !== 'unknown-key');
  return [...serious, ...checkQuorum(quorum.trust, quorum.rule, { path, principals })];
}

/** The next version of a policy, of mreg.yaml or of the trust root follows the one in force, by number and by digest. */
function checkSuccession(
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

/** A misspelt stage would look like an empty one, and a comparison with it be skipped. */
function checkStages(path: string, { spec }: PolicyDocument, stages: readonly string[]): readonly Refusal[] {
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

/** mreg.yaml changed: next version, same registry, signed by the root threshold. */
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
    ...checkSuccession(path, next.spec, { version: view.root.body.spec.version, digest: view.root.digest }),
    ...checkFresh(next, context.now),
    ...(await checkAllowedSigners(after, next)),
  ];
  const old = { snapshot: after, trust: view.trust, registry: view.id };
  const signatures = [
    ...(await checkSignatures({ ...old, rule: rootRule(view.root.body) }, 'TrustRoot', path)),
    ...(await checkSignatures({ ...old, trust: trustOf(next), rule: rootRule(next) }, 'TrustRoot', path)),
  ];
  const changes = [{ action: 'trust' as const, detail: `version ${String(next.spec.version)}` }];
  return { refusals: [...sound, ...signatures], changes };
}

/** Returns the demand on signatures that a trust root makes of changes to itself and to mreg.yaml. */
export function rootRule(root: TrustRootDocument): QuorumRule {
  return { role: 'root', threshold: root.spec.thresholds.root };
}

function checkFresh(root: TrustRootDocument, now: Date): readonly Refusal[] {
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

/** The first commit of a registry: everything signed under the root that it brings, and that root is the pinned one. */
export async function judgeGenesis(context: Omit<RuleContext, 'view'>): Promise<Finding> {
  const { after } = context;
  const root = await readStored(after, 'TrustRoot', 'trust/root.yaml');
  const settings = await readStored(after, 'Registry', 'mreg.yaml');
  if (!root.ok) return refusing(...root.refusals);
  if (!settings.ok) return refusing(...settings.refusals);
  if (root.value === undefined) return refusing(removed('trust/root.yaml', 'mreg init'));
  if (settings.value === undefined) return refusing(removed('mreg.yaml', 'mreg init'));
  const first = root.value.body;
  const { name, version, previous } = settings.value.body.spec;
  const refusals = [
    ...checkPin(context, root.value.digest),
    ...checkTrustRoot(first),
    ...checkSuccession('trust/root.yaml', first.spec, undefined),
    ...checkSuccession('mreg.yaml', { version, previous }, undefined),
    ...checkFresh(first, context.now),
    ...checkId(first, registryIdOf(name, first)),
    ...(await checkAllowedSigners(after, first)),
    ...(await checkFirstSignatures(context, first)),
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
): Promise<readonly Refusal[]> {
  const from = { snapshot: context.after, trust: trustOf(root), registry: root.metadata.registry };
  const policyRule = { role: 'policy', threshold: root.spec.thresholds.policy };
  const found = [
    ...(await checkSignatures({ ...from, rule: rootRule(root) }, 'TrustRoot', 'trust/root.yaml')),
    ...(await checkSignatures({ ...from, rule: rootRule(root) }, 'Registry', 'mreg.yaml')),
  ];
  for (const { path, after } of context.changes) {
    if (path.startsWith('registry/') && after !== undefined) found.push(contentInGenesis(path));
    if (!/^policies\/[^/]+\.yaml$/.test(path) || after === undefined) continue;
    const reading = await readStored(context.after, 'Policy', path);
    if (reading.ok && reading.value !== undefined)
      found.push(...checkSuccession(path, reading.value.body.metadata, undefined));
    found.push(...(await checkSignatures({ ...from, rule: policyRule }, 'Policy', path)));
  }
  return found;
}

function contentInGenesis(path: string): Refusal {
  const hint = 'start the registry in a commit of its own, then register';
  return { code: 'mixed-change', path, expected: 'a first commit without models', found: 'registry content', hint };
}

function removed(path: string, hint: string): Refusal {
  return { code: 'immutable', path, expected: 'the file to stay', found: 'its removal', hint };
}
