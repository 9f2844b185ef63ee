import { MregError } from '../documents/error.ts';
import type { NotifyTarget } from '../documents/kinds/notifications.ts';
import { readDocument } from '../documents/read-document.ts';

/** Returns the targets in a file of kind Notifications; throws MregError('bad-file') with everything that is wrong with it. */
export function readTargets(file: { readonly path: string; readonly bytes: Uint8Array }): readonly NotifyTarget[] {
  const reading = readDocument('Notifications', file);
  if (reading.ok) return reading.value.spec.targets;
  throw new MregError('bad-file', `${file.path} does not say whom to tell`, {
    refusals: reading.refusals,
    hint: 'see "Notifications" in docs/rollouts.md',
  });
}
