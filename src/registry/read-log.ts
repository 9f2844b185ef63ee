import { changesBetween } from './changes.ts';
import { authorByKey, makerOf, statesOf, type CommitMark, type TrustReader } from './commit-mark.ts';
import type { Deed, WantedDeeds } from './deed.ts';
import { deedsOf } from './deeds.ts';
import { timeText } from './draft.ts';
import type { CommitFacts, Source } from './snapshot.ts';

/** One thing that a step of the protected branch did, and who answers for it. */
export interface LogEvent extends Omit<Deed, 'document'> {
  readonly at: string;
  readonly commit: string;
  readonly subject: string;
  /** Who signed the commit; where nobody trusted did, who signed the document it is about. */
  readonly by?: string;
  /** Of the commit's own signature, under the trust in force in its parent. */
  readonly verified: CommitMark;
}

/** Returns what one commit did, by what changed in it: what its message says is not believed. */
export async function readStep(
  source: Source,
  commit: CommitFacts,
  { trusts, wanted }: { readonly trusts: TrustReader; readonly wanted: WantedDeeds },
): Promise<readonly LogEvent[]> {
  const states = await statesOf(source, commit);
  // The first trust root stands for itself: nothing before it could.
  const trust = (await trusts.trustIn(states.before)) ?? (await trusts.trustIn(states.after));
  const maker = makerOf(trust, commit);
  const common = {
    at: timeText(commit.committedAt),
    commit: commit.oid,
    subject: commit.subject,
    verified: maker.mark,
  };
  const changes = await changesBetween(states);
  if (changes.length === 0)
    return maker.principal === undefined ? [] : rejection(commit, { ...common, by: maker.principal });
  const deeds = await deedsOf({ states, trust, changes, wanted });
  const events: LogEvent[] = [];
  for (const { document, ...deed } of deeds) {
    const by = maker.principal ?? (await signerBeside({ snapshot: states.after, trust }, document));
    events.push({ ...deed, ...common, ...(by === undefined ? {} : { by }) });
  }
  return events;
}

/** On a forge the merge commit is the forge's; the documents in it are still signed by people. */
async function signerBeside(
  from: Parameters<typeof authorByKey>[0],
  document: Deed['document'],
): Promise<string | undefined> {
  return document === undefined ? undefined : authorByKey(from, document);
}

/** A rejected request leaves no file: a commit that changes nothing, believed when a trusted key signed it. */
function rejection(commit: CommitFacts, common: Omit<LogEvent, 'action'>): readonly LogEvent[] {
  const { trailers } = commit;
  const [model, stage, version] = [trailers['Mreg-Model'], trailers['Mreg-Stage'], trailers['Mreg-Version']];
  const named = model !== undefined && stage !== undefined && version !== undefined;
  return named && trailers['Mreg-Action'] === 'reject' ? [{ ...common, action: 'reject', model, stage, version }] : [];
}
