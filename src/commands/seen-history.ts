import type { Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { Refusal } from '../documents/refusal.ts';
import { tell } from './flags.ts';
import { firstRootOf, isShallow } from './first-root.ts';
import { pinFirstSeen, readPin } from './pin.ts';
import { remoteOf } from './remote-name.ts';
import type { Session } from './session.ts';

/** A tip of the protected branch, and the ref that has it. */
export interface SeenTip {
  readonly ref: string;
  readonly tip: string;
}

const HINT =
  'ask who runs the server; mreg trust accept-history shows what is gone, and takes the new history for good';

/**
 * Attack: history rewritten on the server's own disk, where no hook is asked. A client keeps the last tip that it saw in a
 * ref of its own, and says when what the server has now does not contain it.
 */
export async function checkSeen(session: Session): Promise<readonly Refusal[]> {
  return checkContains(session, await publishedTip(session));
}

/** Keeps the tip that was seen, so that it can be missed later. */
export async function rememberSeen(session: Session, published?: SeenTip): Promise<void> {
  const { outside, repository, branch, flags } = session;
  if (flags.dryRun === true) return;
  const { tip } = published ?? (await publishedTip(session));
  const ref = seenRef(branch);
  const old = await repository.resolve(ref);
  if (old === tip) return;
  try {
    // A lost race means that another command has just written its own tip: as good as this one.
    await repository.moveRefs([{ ref, old, new: tip }], 'mreg: seen');
  } catch (error) {
    // What was done on the server is done: a disk that takes no note of it must not make it look undone.
    if (!(error instanceof MregError)) throw error;
    tell(outside, flags, `note: the tip that was seen cannot be kept: ${error.message}`);
  }
}

/** Returns the tip that was seen last, or undefined where nothing was looked at yet. */
export function seenTip({ repository, branch }: Pick<Session, 'repository' | 'branch'>): Promise<string | undefined> {
  return repository.resolve(seenRef(branch));
}

/**
 * Throws unless what the server has now goes on from what was seen here; seen for the first time, it must begin with the
 * pinned first trust root, which is pinned now where nothing is. Remembers it then.
 */
export async function requireSeen(session: Session, published: SeenTip): Promise<void> {
  const { repository } = session;
  // Of a history that was cut off nothing can be said: who clones like that gives this up.
  if (isShallow(repository)) return;
  const seen = await seenTip(session);
  if (seen === published.tip) return;
  if (seen === undefined) await requirePinned(session, published);
  const refusals = await checkContains(session, published);
  const now = refusals.length === 0 ? published.tip : await repository.resolve(published.ref);
  // Another command in this clone has fetched more, and remembered it, after this one had looked.
  if (now !== undefined && now !== published.tip) return requireSeen(session, { ...published, tip: now });
  if (refusals.length > 0) {
    const message =
      'the history that was seen here before is gone from the server: nothing is built on what it has now';
    throw new MregError('integrity', message, { refusals, hint: HINT });
  }
  await rememberSeen(session, published);
}

/** Throws where a history begins with another trust root than the pinned one; where nothing is pinned, pins it and says so. */
export async function requirePinned(session: Session, { tip }: SeenTip): Promise<void> {
  const [pinned, first] = await Promise.all([readPin(session.repository), firstRootOf(session.repository, tip)]);
  if (pinned !== undefined && pinned !== first) throw anotherRegistry(pinned, first);
  await pinFirstSeen(session, pinned, first);
}

/** With a server what it was last seen to have, because local commits may be dropped again by right. */
export async function publishedTip(session: Session): Promise<SeenTip> {
  const { repository, branch, tip } = session;
  const remote = await remoteOf(repository, branch);
  const ref = remote === undefined ? `refs/heads/${branch}` : `refs/remotes/${remote}/${branch}`;
  return { ref, tip: (await repository.resolve(ref)) ?? tip };
}

async function checkContains(session: Session, { ref, tip }: SeenTip): Promise<readonly Refusal[]> {
  const { repository } = session;
  const seen = await seenTip(session);
  if (seen === undefined || seen === tip || isShallow(repository) || (await repository.isAncestor(seen, tip)))
    return [];
  const expected = `history on top of ${seen}, seen here before`;
  return [{ code: 'history-shape', path: ref, expected, found: `${tip}, which does not contain it`, hint: HINT }];
}

/** Outside the folders of branches, tags and remotes: nothing that git does by itself moves it. */
function seenRef(branch: string): string {
  return `refs/mreg/seen/${branch}`;
}

function anotherRegistry(pinned: Digest, first: Digest | undefined): MregError {
  const message = `the server's registry begins with the trust root ${first ?? 'of nobody'}; pinned here is ${pinned}`;
  return new MregError('integrity', message, {
    hint: 'this is another registry than the one that was pinned: ask its owners before anything else',
  });
}
