import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import { globCovers, globMatches } from '../documents/glob.ts';
import type { PublicKey } from '../signing/signer.ts';

type Principal = TrustRootDocument['spec']['principals'][number];

/** A trust root made ready for questions. Built from a root that `checkTrustRoot` accepted. */
export interface Trust {
  readonly document: TrustRootDocument;
  readonly principals: ReadonlyMap<string, Principal>;
  /** Principal id by `ssh-ed25519 AAAA…` line without comment. */
  readonly byKey: ReadonlyMap<string, string>;
}

/** Returns the root with its principals and keys indexed. */
export function trustOf(document: TrustRootDocument): Trust {
  const principals = new Map(document.spec.principals.map((principal) => [principal.id, principal]));
  const byKey = new Map(document.spec.principals.flatMap(({ id, keys }) => keys.map((key) => [key, id] as const)));
  return { document, principals, byKey };
}

/** Returns the principal that owns `key`, or undefined. Identity comes from keys alone, never from names or e-mails. */
export function principalOfKey(trust: Trust, key: PublicKey): string | undefined {
  return trust.byKey.get(`ssh-ed25519 ${Buffer.from(key.blob).toString('base64')}`);
}

/** Returns the person behind a principal: a bot counts as its owner, so that nobody approves through a bot. */
export function personOf(trust: Trust, principal: string): string {
  return trust.principals.get(principal)?.owner ?? principal;
}

/** Returns the roles that `principal` holds for `model`; an undefined model asks for registry-wide roles (root, policy). */
export function rolesOf(trust: Trust, principal: string, model: string | undefined): readonly string[] {
  const grants = trust.document.spec.roles.filter((grant) => grant.principals.includes(principal));
  const inScope = grants.filter(({ models }) => model === undefined || models.some((glob) => globMatches(glob, model)));
  return [...new Set(inScope.map(({ role }) => role))];
}

/** Tells whether `principal` holds any of `roles` for `model`. */
export function holdsRole(
  trust: Trust,
  principal: string,
  wanted: { readonly roles: readonly string[]; readonly model: string | undefined },
): boolean {
  return rolesOf(trust, principal, wanted.model).some((role) => wanted.roles.includes(role));
}

/**
 * Tells whether one grant of any of `roles` gives `principal` all the models that `glob` can stand for. Attack: an owner of
 * one model who speaks for all of them.
 */
export function coversGlob(
  trust: Trust,
  principal: string,
  wanted: { readonly roles: readonly string[]; readonly glob: string },
): boolean {
  return trust.document.spec.roles.some(
    ({ role, principals, models }) =>
      wanted.roles.includes(role) &&
      principals.includes(principal) &&
      models.some((granted) => globCovers(granted, wanted.glob)),
  );
}
