import { digestOf, type Digest } from '../documents/digest.ts';
import { globMatches } from '../documents/glob.ts';
import type { ModelDocument } from '../documents/kinds/model.ts';
import type { PolicyDocument } from '../documents/kinds/policy.ts';
import type { RegistryDocument } from '../documents/kinds/registry.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import { MregError } from '../documents/error.ts';
import { modelPath } from '../documents/paths.ts';
import { trustOf, type Trust } from '../trust/trust.ts';
import { mustRead, type Stored } from './read-file.ts';
import { entriesAt, type Snapshot } from './snapshot.ts';

/** A state with what is in force in it: settings, trust and policies. */
export interface RegistryView {
  readonly snapshot: Snapshot;
  readonly id: string;
  readonly settings: Stored<RegistryDocument>;
  readonly root: Stored<TrustRootDocument>;
  readonly trust: Trust;
  readonly policies: readonly Stored<PolicyDocument>[];
  /** Digest of the whole set of policies: of one line `<digest> <path>` each, in path order. */
  readonly policySet: Digest;
}

/** Returns what is in force in a state, or undefined when it holds no registry at all. */
export async function readView(snapshot: Snapshot): Promise<RegistryView | undefined> {
  const [root, settings] = await Promise.all([
    mustRead(snapshot, 'TrustRoot', 'trust/root.yaml'),
    mustRead(snapshot, 'Registry', 'mreg.yaml'),
  ]);
  if (root === undefined && settings === undefined) return undefined;
  if (root === undefined || settings === undefined) throw halfRegistry(root === undefined);
  const policies = await readPolicies(snapshot);
  const id = root.body.metadata.registry;
  return { snapshot, id, settings, root, trust: trustOf(root.body), policies, policySet: policySetDigest(policies) };
}

function halfRegistry(rootMissing: boolean): MregError {
  const missing = rootMissing ? 'trust/root.yaml' : 'mreg.yaml';
  return new MregError('integrity', `expected mreg.yaml and trust/root.yaml together; ${missing} is missing`, {
    hint: 'git log -- mreg.yaml trust/root.yaml',
  });
}

async function readPolicies(snapshot: Snapshot): Promise<Stored<PolicyDocument>[]> {
  const names = (await entriesAt(snapshot, 'policies'))
    .map(({ name }) => name)
    .filter((name) => name.endsWith('.yaml'));
  const found = await Promise.all(names.sort().map((name) => mustRead(snapshot, 'Policy', `policies/${name}`)));
  return found.filter((policy) => policy !== undefined);
}

/** Returns the digest that a promotion records for the policies it was judged under. */
function policySetDigest(policies: readonly Stored<PolicyDocument>[]): Digest {
  return digestOf(policies.map(({ digest, path }) => `${digest} ${path}\n`).join(''));
}

/** Returns the policies whose globs match the model, in path order. */
export function policiesFor(view: RegistryView, model: string): readonly Stored<PolicyDocument>[] {
  return view.policies.filter(({ body }) => body.spec.models.some((glob) => globMatches(glob, model)));
}

/** Returns model.yaml of a state, or undefined. */
export async function modelOf(
  view: Pick<RegistryView, 'snapshot'>,
  model: string,
): Promise<Stored<ModelDocument> | undefined> {
  return mustRead(view.snapshot, 'Model', modelPath(model));
}
