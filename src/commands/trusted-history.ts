import { tell } from './flags.ts';
import { publishedTip, requireSeen } from './seen-history.ts';
import { standingWarnings } from './standing-warnings.ts';
import type { Session } from './session.ts';
import { resolveVouched, type Vouched } from './vouched.ts';

/**
 * Returns what a reference stands for, on a history that begins with the pinned trust root and goes on from what was seen
 * here before. Attack: a server that shows an older or another history, in which every document is signed well.
 */
export async function resolveTrusted(session: Session, reference: string): Promise<Vouched> {
  await requireSeen(session, await publishedTip(session));
  for (const warning of await standingWarnings(session)) tell(session.outside, session.flags, warning);
  return resolveVouched(session, reference);
}
