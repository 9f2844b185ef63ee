import type { Digest } from '../documents/digest.ts';
import { NAMESPACE_OF } from '../documents/kinds/index.ts';
import type { PolicyDocument } from '../documents/kinds/policy.ts';
import type { RegistryDocument } from '../documents/kinds/registry.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import { policyPath } from '../documents/paths.ts';
import { formatAllowedSigners } from '../trust/allowed-signers.ts';
import type { CommitPlan } from './commit-plan.ts';
import { addDocument, addSignedText, finish, newDraft, type Draft } from './draft.ts';
import { writeYaml } from '../documents/write-yaml.ts';
import { entriesAt } from './snapshot.ts';
import type { RegistryView } from './view.ts';

/** The documents of a registry's first commit. */
export interface Genesis {
  readonly settings: RegistryDocument;
  readonly root: TrustRootDocument;
  readonly policies: readonly PolicyFile[];
}

/** A policy as it is to be written: its exact text, comments included. */
export interface PolicyFile {
  readonly name: string;
  readonly text: string;
}

/** Plans the first commit of a registry; returns the digest of its trust root, which everybody pins. */
export function planInit(genesis: Genesis): { readonly plan: CommitPlan; readonly root: Digest } {
  const draft = newDraft();
  addDocument(draft, 'mreg.yaml', genesis.settings);
  const root = addRoot(draft, genesis.root);
  for (const policy of genesis.policies) addPolicy(draft, policy);
  const subject = `Start registry ${genesis.settings.spec.name}`;
  return { plan: finish(draft, { subject, trailers: { 'Mreg-Action': 'init' } }), root };
}

function addPolicy(draft: Draft, { name, text }: PolicyFile): void {
  addSignedText(draft, { path: policyPath(name), text, namespace: NAMESPACE_OF.Policy });
}

function addRoot(draft: Draft, root: TrustRootDocument): Digest {
  draft.edits.set('trust/allowed_signers', formatAllowedSigners(root));
  return addSignedText(draft, {
    path: 'trust/root.yaml',
    text: writeYaml(root),
    namespace: NAMESPACE_OF.TrustRoot,
  });
}

/** Plans the next trust root; it still needs the signatures that the thresholds of the old and the new root ask for. */
export async function planTrust(
  view: RegistryView,
  change: { readonly spec: TrustRootDocument['spec']; readonly why: string },
): Promise<CommitPlan> {
  const draft = newDraft();
  await clearApprovals(draft, view, 'trust/root.yaml');
  const version = view.root.body.spec.version + 1;
  const spec = { ...change.spec, version, previous: view.root.digest };
  addRoot(draft, { ...view.root.body, spec });
  const subject = `Trust root version ${String(version)}: ${change.why}`;
  return finish(draft, { subject, trailers: { 'Mreg-Action': 'trust' } });
}

/** Plans the next version of a policy, or a new policy; `write` gives its text once its head is known. */
export async function planPolicy(
  view: RegistryView,
  change: {
    readonly name: string;
    readonly write: (metadata: PolicyDocument['metadata']) => string;
    readonly why?: string | undefined;
  },
): Promise<CommitPlan> {
  const { name, write, why } = change;
  const path = policyPath(name);
  const current = view.policies.find((policy) => policy.path === path);
  const version = (current?.body.metadata.version ?? 0) + 1;
  const draft = newDraft();
  await clearApprovals(draft, view, path);
  addPolicy(draft, { name, text: write({ registry: view.id, name, version, previous: current?.digest ?? 'none' }) });
  const subject = `Policy ${name} version ${String(version)}`;
  return finish(draft, { subject, body: why, trailers: { 'Mreg-Action': 'policy' } });
}

/** Plans the next version of mreg.yaml. */
export async function planSettings(
  view: RegistryView,
  change: { readonly spec: RegistryDocument['spec']; readonly why?: string | undefined },
): Promise<CommitPlan> {
  const draft = newDraft();
  await clearApprovals(draft, view, 'mreg.yaml');
  const version = view.settings.body.spec.version + 1;
  addDocument(draft, 'mreg.yaml', {
    ...view.settings.body,
    spec: { ...change.spec, version, previous: view.settings.digest },
  });
  const subject = `Settings version ${String(version)}`;
  return finish(draft, { subject, body: change.why, trailers: { 'Mreg-Action': 'settings' } });
}

async function clearApprovals(draft: Draft, view: RegistryView, path: string): Promise<void> {
  for (const { name } of await entriesAt(view.snapshot, `${path}.approvals`)) {
    draft.edits.set(`${path}.approvals/${name}`, null);
  }
}
