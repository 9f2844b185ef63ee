import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import type { Refusal } from '../documents/refusal.ts';
import { parsePublicKey } from '../signing/public-key.ts';
import { personOf, rolesOf, trustOf, type Trust } from './trust.ts';

const PATH = 'trust/root.yaml';
/** Roles whose signatures are about no model. */
const REGISTRY_WIDE: ReadonlySet<string> = new Set(['root', 'policy']);

function refusal(field: string, expected: string, found: string): Refusal {
  return { code: 'trust-rule', path: PATH, expected: `${field}: ${expected}`, found, hint: 'mreg trust show --help' };
}

/** Returns everything that makes a trust root unusable, beyond its schema: weak or shared keys, dangling names, thresholds nobody can meet. */
export function checkTrustRoot(root: TrustRootDocument): readonly Refusal[] {
  return [...checkIds(root), ...checkKeys(root), ...checkOwners(root), ...checkGrants(root), ...checkThresholds(root)];
}

function checkIds(root: TrustRootDocument): Refusal[] {
  const ids = root.spec.principals.map(({ id }) => id);
  return ids
    .filter((id, index) => ids.indexOf(id) !== index)
    .map((id) => refusal('principals', 'each id once', `"${id}" twice`));
}

/** Attack: one key under two principals makes one person a quorum (GHSA-3633-5h82-39pq); a small-order key signs everything. */
function checkKeys(root: TrustRootDocument): Refusal[] {
  const seen = new Map<string, string>();
  const found: Refusal[] = [];
  for (const { id, keys } of root.spec.principals) {
    for (const line of keys) {
      const key = parsePublicKey(line);
      if (!key.ok) found.push(refusal(`principals.${id}.keys`, 'a sound Ed25519 key', `${line} (${key.problem})`));
      const other = seen.get(line);
      if (other !== undefined)
        found.push(refusal(`principals.${id}.keys`, 'keys used once', `${line}, also of ${other}`));
      seen.set(line, id);
    }
  }
  return found;
}

function checkOwners(root: TrustRootDocument): Refusal[] {
  const { principals } = trustOf(root);
  return root.spec.principals.flatMap(({ id, owner }) => {
    if (owner === undefined) return [];
    const person = principals.get(owner);
    if (person === undefined) return [refusal(`principals.${id}.owner`, 'a principal of this root', owner)];
    // A chain of bots would let a bot count as another bot instead of as a person.
    if (person.owner !== undefined) return [refusal(`principals.${id}.owner`, 'a person, not a bot', owner)];
    return [];
  });
}

function checkGrants(root: TrustRootDocument): Refusal[] {
  const { principals } = trustOf(root);
  return root.spec.roles.flatMap((grant) => [
    ...grant.principals
      .filter((id) => !principals.has(id))
      .map((id) => refusal(`roles.${grant.role}`, 'principals of this root', id)),
    ...checkScope(grant),
  ]);
}

/** A policy or a root stands for the whole registry: who signs one for some models alone would sign it for all. */
function checkScope({ role, models }: TrustRootDocument['spec']['roles'][number]): Refusal[] {
  if (!REGISTRY_WIDE.has(role) || models.includes('*')) return [];
  return [refusal(`roles.${role}`, "models: ['*'], because it counts for the whole registry", models.join(', '))];
}

/** Attack: a threshold that counts nobody, or that nobody can meet (CVE-2026-23992). The schema already asks for integers ≥ 1. */
function checkThresholds(root: TrustRootDocument): Refusal[] {
  const trust = trustOf(root);
  return (['root', 'policy'] as const).flatMap((role) => {
    const wanted = root.spec.thresholds[role];
    const able = personsAbleTo(trust, role).size;
    if (Number.isSafeInteger(wanted) && wanted >= 1 && wanted <= able) return [];
    return [
      refusal(`thresholds.${role}`, `an integer from 1 to ${String(able)} (persons with that role)`, String(wanted)),
    ];
  });
}

/** A role without a key signs nothing, nor does a key of a bot that has not the role. */
function personsAbleTo(trust: Trust, role: string): ReadonlySet<string> {
  const able = [...trust.principals.values()].filter(
    ({ id, keys }) => keys.length > 0 && rolesOf(trust, id, undefined).includes(role),
  );
  return new Set(able.map(({ id }) => personOf(trust, id)));
}
