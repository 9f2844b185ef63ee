import { kustomizationPath } from '../documents/paths.ts';
import type { Refusal } from '../documents/refusal.ts';
import { isKustomization } from './kustomization.ts';
import { fileAt, type Snapshot } from './snapshot.ts';
import type { StageAddress } from './stage-chain.ts';

/** Refuses a kustomization.yaml that is not, byte for byte, one that mreg derives; what to do depends on who looks. */
export async function checkKustomization(
  snapshot: Snapshot,
  at: StageAddress,
  hint: string,
): Promise<readonly Refusal[]> {
  const path = kustomizationPath(at.model, at.stage);
  const file = await fileAt(snapshot, path);
  const found = file.state === 'present' ? Buffer.from(file.bytes).toString('utf8') : file.state;
  if (isKustomization(found, at.model, at.stage)) return [];
  return [{ code: 'derived-file', path, expected: 'the Component that mreg writes', found: 'something else', hint }];
}
