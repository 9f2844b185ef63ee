import { modelPath } from '../../documents/paths.ts';
import { joined, readSigned, refusing, requireRole, type Finding, type RuleContext } from './rule.ts';

/** Judges model.yaml added or changed: signed by an owner or registrar in scope. */
export async function judgeModel(context: RuleContext, model: string): Promise<Finding> {
  const path = modelPath(model);
  const signed = await readSigned(context, 'Model', path);
  if (!signed.ok) return refusing(...signed.refusals);
  const by = signed.value.signer;
  const role = requireRole(context.view, signed.value, { roles: ['owner', 'registrar'], model });
  return joined([refusing(...role), { refusals: [], changes: [{ action: 'model', model, by }] }]);
}
