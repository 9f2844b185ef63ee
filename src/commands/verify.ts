import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Digest } from '../documents/digest.ts';
import { verifyTree, type TreeFindings } from '../registry/verify-tree.ts';
import type { VerifyOutput } from '../report/output-schemas.ts';
import { renderRefusals } from '../report/refusals.ts';
import { openCleanMemory, type CleanMemory } from './clean-memory.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, tell, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { pinFirstSeen, readPin } from './pin.ts';
import { startCount } from './counting.ts';
import { openSession, withRepository, type Session } from './session.ts';
import { checkSeen, rememberSeen } from './seen-history.ts';
import { warnOfExpiry } from './standing-warnings.ts';
import { verifyArtifacts } from './verify-artifacts.ts';
import { subjectOf, type Subject } from './verify-subject.ts';

interface VerifyFlags extends CommonFlags {
  readonly artifacts?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly full?: boolean | undefined;
}

const INTEGRITY = 4;

export function verifyCommand(host: Host): CommandUnknownOpts {
  return new Command('verify')
    .summary('check every signature and digest of the registry')
    .description(
      'Checks the whole tree of the protected branch: places, strict reading, signatures by keys trusted in their time, numbers without gaps, pointers, and the chain of trust roots back to the pinned one. Trusts no server. How each change came in is judged by: mreg audit.',
    )
    .argument('[ref]', 'a commit or branch, or one model, such as fraud_detector@prod (default: the protected branch)')
    .option('--artifacts', 'also read the stored bytes of every version that a stage serves')
    .option('--all', 'with --artifacts: of every version there is')
    .option('--full', 'read every file again, also of models that are as they were when they were last found clean')
    .addHelpText('after', '\nExamples:\n  mreg verify\n  mreg verify fraud_detector@prod --artifacts')
    .action(async (ref, options, command) => {
      host.code = await verify(host.outside, { ...commonFlags(command), ...options }, ref);
    });
}

async function verify(outside: Outside, flags: VerifyFlags, ref: string | undefined): Promise<number> {
  return withRepository(outside, flags, async (repository) => {
    const session = await openSession(outside, flags, repository);
    warnOfExpiry(session);
    const subject = await subjectOf(session, ref);
    const pinnedRoot = await readPin(repository);
    const isWhole = ref === undefined;
    const memory = isWhole ? await openCleanMemory(session, { isFull: flags.full === true }) : undefined;
    const tree = await verifyState(session, subject, { pinnedRoot, memory });
    if (flags.dryRun !== true && (await memory?.keep()) === false) {
      tell(outside, flags, 'note: what was found clean cannot be kept; the next run reads it again');
    }
    const refusals = [
      ...tree.refusals,
      ...(isWhole ? await checkSeen(session) : []),
      ...(flags.artifacts === true ? await verifyArtifacts(session, subject, { isAll: flags.all === true }) : []),
    ];
    if (refusals.length === 0) {
      await pinFirstSeen(session, pinnedRoot, tree.firstRoot);
      if (isWhole) await rememberSeen(session);
    }
    if (tree.isCopy)
      tell(outside, flags, 'note: the history of this copy is elsewhere; pointers were not followed back into it');
    tellVerified(session, { head: subject.snapshot.commit, ...tree, refusals });
    return refusals.length === 0 ? 0 : INTEGRITY;
  });
}

/** Verifies a state of the registry, or one model of it, down from the pinned trust root; changes and tells nothing. */
export async function verifyState(
  session: Session,
  { snapshot, tip, model }: Subject,
  { pinnedRoot, memory }: { readonly pinnedRoot: Digest | undefined; readonly memory: CleanMemory | undefined },
): Promise<TreeFindings> {
  const { repository } = session;
  const line = new Map((await repository.firstParents(tip)).map((commit, index) => [commit, index]));
  const count = startCount(session, 'documents verified');
  const changing = (path: string): Promise<readonly string[]> => repository.firstParents(tip, { path });
  const clean = memory === undefined ? {} : { clean: memory.models };
  const context = { source: repository, snapshot, line, changing, pinnedRoot, onDocument: count.one, ...clean };
  try {
    return await verifyTree(context, model === undefined ? {} : { model });
  } finally {
    count.end();
  }
}

function tellVerified(
  { outside, flags, view }: Session,
  done: Pick<TreeFindings, 'checked' | 'remembered' | 'refusals'> & { readonly head: string | undefined },
): void {
  const { head, checked, remembered, refusals } = done;
  const ok = refusals.length === 0;
  const json: VerifyOutput = {
    ok,
    head: head ?? null,
    checked,
    remembered,
    refusals: refusals.map((refusal) => ({ ...refusal })),
  };
  print(outside, flags, {
    json,
    text: (screen, paint) => {
      const where = `${view.id} at ${head?.slice(0, 12) ?? 'nothing'}`;
      const kept =
        remembered === 0 ? '' : ` (${String(remembered)} as they were when last verified; --full reads them)`;
      if (ok) return `${paint.green('verified')} ${String(checked)} files of ${where}${kept}`;
      const count = `${String(refusals.length)} ${refusals.length === 1 ? 'finding' : 'findings'}`;
      return `${paint.red('not sound')}: ${count} in ${String(checked)} files of ${where}\n\n${renderRefusals(refusals, screen)}`;
    },
  });
}
