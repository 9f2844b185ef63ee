import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';

type Spec = TrustRootDocument['spec'];
type Principal = Spec['principals'][number];

/** What to add about a principal; only what is given changes. */
export interface PrincipalAddition {
  readonly id: string;
  /** `ssh-ed25519 AAAA…` without comment. */
  readonly key?: string | undefined;
  readonly owner?: string | undefined;
  readonly roles: readonly string[];
  readonly models: readonly string[];
  readonly forges?: Readonly<Record<string, string>> | undefined;
}

/** Returns the root with a principal added, or with a key, owner or roles added to one that is there. */
export function withPrincipal(spec: Spec, addition: PrincipalAddition): Spec {
  const known = spec.principals.find(({ id }) => id === addition.id);
  const before: Principal = known ?? { id: addition.id, keys: [] };
  const keys =
    addition.key === undefined || before.keys.includes(addition.key) ? before.keys : [...before.keys, addition.key];
  const after: Principal = {
    ...before,
    keys,
    ...(addition.owner === undefined ? {} : { owner: addition.owner }),
    ...(addition.forges === undefined ? {} : { forges: { ...before.forges, ...addition.forges } }),
  };
  const principals =
    known === undefined ? [...spec.principals, after] : spec.principals.map((one) => (one === known ? after : one));
  return {
    ...spec,
    principals,
    roles: addition.roles.reduce((roles, role) => grant(roles, role, addition), spec.roles),
  };
}

function grant(roles: Spec['roles'], role: string, { id, models }: PrincipalAddition): Spec['roles'] {
  const same = roles.find((one) => one.role === role && sameSet(one.models, models));
  if (same === undefined) return [...roles, { role, principals: [id], models: [...models] }];
  if (same.principals.includes(id)) return roles;
  return roles.map((one) => (one === same ? { ...one, principals: [...one.principals, id] } : one));
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}

/** What to take from a principal: one key, some roles, or (with neither) everything. */
export interface PrincipalRemoval {
  readonly id: string;
  readonly key?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  /** Of the roles, only the grants for exactly these globs. */
  readonly models?: readonly string[] | undefined;
}

/** Returns the root without a principal, or without one key or some roles of it. Grants that end up empty go too. */
export function withoutPrincipal(spec: Spec, removal: PrincipalRemoval): Spec {
  const { id, key, roles, models } = removal;
  if (key !== undefined)
    return { ...spec, principals: spec.principals.map((one) => (one.id === id ? dropKey(one, key) : one)) };
  const leaves = (grant: Spec['roles'][number]): boolean =>
    roles === undefined || (roles.includes(grant.role) && (models === undefined || sameSet(grant.models, models)));
  const grants = spec.roles
    .map((one) => (leaves(one) ? { ...one, principals: one.principals.filter((principal) => principal !== id) } : one))
    .filter(({ principals }) => principals.length > 0);
  const principals = roles === undefined ? spec.principals.filter((one) => one.id !== id) : spec.principals;
  return { ...spec, principals, roles: grants };
}

function dropKey(principal: Principal, key: string): Principal {
  return { ...principal, keys: principal.keys.filter((one) => one !== key) };
}

/** Returns the root with one key of a principal replaced by a new one. */
export function withRotatedKey(
  spec: Spec,
  change: { readonly id: string; readonly old: string; readonly new: string },
): Spec {
  const principals = spec.principals.map((one) =>
    one.id === change.id ? { ...one, keys: one.keys.map((key) => (key === change.old ? change.new : key)) } : one,
  );
  return { ...spec, principals };
}
