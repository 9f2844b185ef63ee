import { spanOf } from '../report/quantity.ts';
import { tell } from './flags.ts';
import { remoteOf } from './remote-name.ts';
import { checkSeen } from './seen-history.ts';
import type { Session } from './session.ts';

/** Signing a new root takes people with keys, who go on holidays. */
const NOTICE_MS = 30 * 24 * 60 * 60 * 1000;

/** Returns what makes an answer about the registry less than it seems: an old branch, a root about to expire. */
export async function standingWarnings(session: Session): Promise<readonly string[]> {
  const history = (await historyWarning(session)) ?? (await behindWarning(session));
  return [rootWarning(session), history].filter((warning) => warning !== undefined);
}

/** Commands that were told already: one that is overtaken decides again. */
const told = new WeakSet<Session['outside']>();

/** Says, once in a command, that the trust root expires within 30 days or has expired. */
export function warnOfExpiry(session: Session): void {
  const warning = rootWarning(session);
  if (warning === undefined || told.has(session.outside)) return;
  told.add(session.outside);
  tell(session.outside, session.flags, warning);
}

function rootWarning({ view, outside }: Session): string | undefined {
  const { expires } = view.root.body.spec;
  const leftMs = Date.parse(expires) - outside.now().getTime();
  if (leftMs > NOTICE_MS) return undefined;
  const when = leftMs <= 0 ? `expired ${spanOf(-leftMs)} ago` : `expires in ${spanOf(leftMs)}`;
  return `warning: the trust root ${when} (${expires}), and then nothing is accepted any more: mreg trust rotate`;
}

/** Looks whether what was fetched last still contains what was seen here before. */
async function historyWarning(session: Session): Promise<string | undefined> {
  const [rewritten] = await checkSeen(session);
  if (rewritten === undefined) return undefined;
  return `warning: history was rewritten: expected ${rewritten.expected}; ${rewritten.path} is ${rewritten.found}: ${rewritten.hint}`;
}

/** Looks at what was fetched last; asks no server. */
async function behindWarning({ repository, branch, tip }: Session): Promise<string | undefined> {
  const remote = await remoteOf(repository, branch);
  const theirs = remote === undefined ? undefined : await repository.resolve(`refs/remotes/${remote}/${branch}`);
  if (remote === undefined || theirs === undefined || theirs === tip) return undefined;
  if (await repository.isAncestor(theirs, tip)) return undefined;
  const how = (await repository.isAncestor(tip, theirs)) ? 'is behind' : 'has parted from';
  return `warning: ${branch} here ${how} ${remote}/${branch}: git pull --ff-only ${remote} ${branch}`;
}
