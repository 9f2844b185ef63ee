import { digestOf } from '../../src/documents/digest.ts';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { keyLineOf } from '../support/world.ts';

type Root = TrustRootDocument['spec'];

/** Both of those who may sign a trust root, a policy or mreg.yaml; two are asked for. */
export const BOTH = { by: 'ann', approvedBy: ['bob'] } as const;

/** Returns a plan with a piece of a document's text replaced, before anybody signs: what a liar with a key would sign. */
export function rewritten(plan: CommitPlan, path: string, [from, to]: readonly [string, string]): CommitPlan {
  const text = String(plan.edits.get(path));
  if (!text.includes(from)) throw new Error(`${path} holds no ${from}:\n${text}`);
  return { ...plan, edits: new Map([...plan.edits, [path, text.replace(from, to)]]) };
}

/** Returns a promotion with a piece of its request replaced, and its pointer naming the request: a consistent lie. */
export function rewrittenRequest(plan: CommitPlan, folder: string, change: readonly [string, string]): CommitPlan {
  const [request, pointer] = [`${folder}/promotion.yaml`, `${folder}/stage.yaml`];
  const old = digestOf(String(plan.edits.get(request)));
  const changed = rewritten(plan, request, change);
  return rewritten(changed, pointer, [old, digestOf(String(changed.edits.get(request)))]);
}

/** Returns a root in which people have other keys. */
export function withKeys(spec: Root, keys: Readonly<Record<string, readonly string[]>>): Root {
  const principals = spec.principals.map((principal) => {
    const names = keys[principal.id.replace('@example.org', '')];
    return names === undefined ? principal : { ...principal, keys: names.map(lineOf) };
  });
  return { ...spec, principals };
}

/** A name stands for the key made from it; a whole line for itself. */
function lineOf(key: string): string {
  return key.startsWith('ssh-') ? key : keyLineOf(key);
}
