import { modelPath } from '../../documents/paths.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { holdsRole } from '../../trust/trust.ts';
import { entryAt } from '../snapshot.ts';
import { joined, readSigned, refusing, requireRole, type Finding, type RuleContext } from './rule.ts';

const MODEL_ROLES: readonly string[] = ['owner', 'registrar'];

/** Judges model.yaml added or changed: signed by an owner or registrar in scope. */
export async function judgeModel(context: RuleContext, model: string): Promise<Finding> {
  const path = modelPath(model);
  const signed = await readSigned(context, 'Model', path);
  if (!signed.ok) return refusing(...signed.refusals);
  const by = signed.value.signer;
  const role = requireRole(context.view, signed.value, { roles: MODEL_ROLES, model });
  const changes = [{ action: 'model' as const, model, by }];
  return joined([refusing(...role, ...(await checkNew(context, model))), { refusals: [], changes }]);
}

/**
 * Attack: an earlier model.yaml published again with its valid signature, by somebody who may not write one. It carries no
 * number that would tell, so history is asked; not where whoever signed the commit may write it anyway, as in a revert.
 */
async function checkNew(context: RuleContext, model: string): Promise<readonly Refusal[]> {
  const { committer, source, view } = context;
  const path = modelPath(model);
  const [parent, before] = [view.snapshot.commit, await entryAt(view.snapshot, path)];
  const after = await entryAt(context.after, path);
  // Before the commit exists its signature cannot be judged: the server will.
  if (context.commit === undefined || parent === undefined || before === undefined || before.oid === after?.oid)
    return [];
  if (committer !== undefined && holdsRole(view.trust, committer, { roles: MODEL_ROLES, model })) return [];
  for (const oid of await source.commitsTouching(path, undefined, parent)) {
    const { tree } = await source.readCommit(oid);
    const then = await entryAt({ objects: source, commit: oid, tree }, path);
    if (then?.oid === after?.oid) return [usedBefore(path, { model, oid })];
  }
  return [];
}

function usedBefore(path: string, { model, oid }: { readonly model: string; readonly oid: string }): Refusal {
  const expected = `a document that was not in force before, or a commit signed by an owner or registrar of ${model}`;
  const hint = 'git commit --amend -S with the key of one; or change the file and sign it again';
  return { code: 'replay', path, expected, found: `what ${oid} brought`, hint };
}
