import { MregError } from '../documents/error.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import { planTrust } from '../registry/plan-governance.ts';
import type { CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { propose } from './proposals.ts';
import { withSession, type Session } from './session.ts';
import type { Author } from './signing.ts';
import { tellProposed } from './tell-proposed.ts';

type Spec = TrustRootDocument['spec'];

/** A change of the trust root, and a second signer where the new root needs one. */
export interface TrustEdit {
  readonly edit: (spec: Spec) => Spec;
  readonly why: string;
  readonly second?: Author | undefined;
}

/** Proposes a changed trust root and prints what came of it; 0 when it landed, 5 while it waits for signatures. */
export async function changeTrust(
  outside: Outside,
  flags: CommonFlags,
  decide: (session: Session, author: Author) => Promise<TrustEdit>,
): Promise<number> {
  return withSession(outside, flags, async (session) => {
    let what = '';
    const done = await propose(session, async (fresh, author) => {
      const { edit, why, second } = await decide(fresh, author);
      const before = fresh.view.root.body.spec;
      const spec = edit(before);
      if (JSON.stringify(spec) === JSON.stringify(before))
        throw new MregError('usage', 'that changes nothing in the trust root', { hint: 'mreg trust show' });
      const plan = await planTrust(fresh.view, {
        spec,
        why: flags.message === undefined ? why : `${why} (${flags.message})`,
      });
      what = plan.subject;
      return { plan, path: 'trust/root.yaml', name: `trust-v${String(before.version + 1)}`, second };
    });
    return tellProposed(outside, flags, { done, what });
  });
}
