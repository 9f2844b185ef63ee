import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { visible } from '../report/escape.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, tell, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { dropNote } from './kept-notes.ts';
import { fetchRegistry, remoteOf } from './remote.ts';
import { publishedTip, rememberSeen, requirePinned, seenTip, type SeenTip } from './seen-history.ts';
import { withSession, type Session } from './session.ts';

/** As many as fit a screen; the rest is counted. */
const MOST_SHOWN = 20;

/** Declares `mreg trust accept-history`: the way on after a server's history was rewritten. */
export function acceptHistoryCommand(host: Host): CommandUnknownOpts {
  return new Command('accept-history')
    .summary('take a rewritten history of the server for good')
    .description(
      'Shows which commits the server no longer has although they were seen here, asks, and remembers what the server has now. Only for when you know from whoever runs the server why: it may be an attack, or a backup that was put back.',
    )
    .addHelpText('after', '\nExample:\n  mreg trust accept-history --dry-run')
    .action(async (_options, command) => {
      host.code = await acceptHistory(host.outside, commonFlags(command));
    });
}

async function acceptHistory(outside: Outside, flags: CommonFlags): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const { repository, branch } = session;
    const remote = flags.push === false ? undefined : await remoteOf(repository, branch);
    if (remote !== undefined) await fetchRegistry(repository, remote, branch);
    const [seen, published] = [await seenTip(session), await publishedTip(session)];
    const isRewritten = seen !== undefined && !(await repository.isAncestor(seen, published.tip));
    const gone = isRewritten ? await repository.firstParents(`${published.tip}..${seen}`) : [];
    if (isRewritten || seen === undefined) await requirePinned(session, published);
    if (isRewritten) {
      await tellGone(session, gone, { published, seen });
      if (flags.dryRun !== true) await askToAccept(session);
    }
    await rememberSeen(session, published);
    // An audit remembers a point of the history that is gone, and would go on telling so.
    if (isRewritten && flags.dryRun !== true) await dropNote(repository, 'audited');
    tellAccepted(session, { published, gone });
    return 0;
  });
}

async function tellGone(
  { outside, flags, repository }: Session,
  gone: readonly string[],
  at: { readonly published: SeenTip; readonly seen: string },
): Promise<void> {
  tell(outside, flags, `${at.published.ref} is at ${at.published.tip} and lacks what was seen here before:`);
  for (const commit of gone.slice(0, MOST_SHOWN)) {
    const { subject } = await repository.readCommit(commit);
    tell(outside, flags, `  - ${commit.slice(0, 12)} ${visible(subject)}`);
  }
  if (gone.length > MOST_SHOWN) tell(outside, flags, `  … and ${String(gone.length - MOST_SHOWN)} more`);
  const branch = at.published.ref.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, '');
  tell(outside, flags, `where the server was set back and went nowhere since, git push brings them to it again:`);
  tell(outside, flags, `  git push origin ${at.seen}:refs/heads/${branch}`);
}

/** Never by default: a script that says yes to everything would make the memory worthless. */
async function askToAccept({ outside, flags }: Session): Promise<void> {
  if (flags.yes === true) return;
  const said = await outside.ask?.({ text: 'Did whoever runs the server tell you why, and is it right? [y/N] ' });
  if (said?.trim().toLowerCase().startsWith('y') === true) return;
  throw new MregError('refused', 'not accepted: nothing was changed', {
    hint: 'mreg trust accept-history --yes, once you know why',
  });
}

function tellAccepted(
  { outside, flags }: Session,
  { published, gone }: { readonly published: SeenTip; readonly gone: readonly string[] },
): void {
  const dryRun = flags.dryRun === true;
  print(outside, flags, {
    json: { ref: published.ref, head: published.tip, gone, dryRun },
    text: (_view, paint) => {
      if (gone.length === 0) return `${published.ref} holds all that was seen here before: nothing to accept`;
      const how = dryRun ? 'dry run: nothing was changed;' : paint.green('accepted');
      return `${how} ${published.ref} at ${published.tip.slice(0, 12)}\n  commits that are here alone: git log ${published.ref}..; git reset --keep ${published.ref} drops them`;
    },
  });
}
