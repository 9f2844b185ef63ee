import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { modelDirectory, stageDirectory } from '../documents/paths.ts';
import { openTrustReader } from '../registry/commit-mark.ts';
import { readStep, type LogEvent } from '../registry/read-log.ts';
import type { CommitFacts } from '../registry/snapshot.ts';
import { inChunks } from '../registry/in-chunks.ts';
import { logJson, renderLog } from '../report/log.ts';
import { commonFlags, wholeNumber, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import { logAt } from './log-at.ts';
import type { Outside } from './outside.ts';
import { requireModel, requireStage } from './references.ts';
import { withSession, type Session } from './session.ts';

/** Flags of `mreg log`. */
export interface LogFlags extends CommonFlags {
  readonly stage?: string | undefined;
  readonly at?: string | undefined;
  readonly number: number;
}

const FEW_ENTRIES = 50;

/** Declares `mreg log`. */
export function logCommand(host: Host): CommandUnknownOpts {
  return new Command('log')
    .summary('what happened, and what was where at a time')
    .description(
      'Lists what happened on the protected branch, newest first: what changed, who signed it, who approved it. With --at: what a stage held at a time, on whose word and on what evidence.\nWhat happened is told by what changed, and who by whose key signed; messages are not believed. Times are what the clocks of those machines said.',
    )
    .argument('[model]', 'one model: fraud_detector, risk/fraud_detector')
    .option('--stage <stage>', 'only what moved this stage')
    .option(
      '--at <time>',
      'what was where at this time: 2026-01-04T10:00:00Z, 2026-01-04 (the end of that day, UTC), or 3d (ago)',
    )
    .option('-n, --number <count>', 'at most so many entries', wholeNumber, FEW_ENTRIES)
    .addHelpText(
      'after',
      '\nExamples:\n  mreg log fraud_detector --stage prod\n  mreg log fraud_detector --stage prod --at 2026-01-04T10:00:00Z',
    )
    .action(async (model, options, command) => {
      host.code = await log(host.outside, { ...commonFlags(command), ...options }, model);
    });
}

async function log(outside: Outside, flags: LogFlags, model: string | undefined): Promise<number> {
  return withSession(outside, flags, async (session) => {
    if (model !== undefined) await requireModel(session.view, model);
    if (flags.stage !== undefined) requireStage(session.view, flags.stage);
    if (flags.at !== undefined)
      return logAt(session, { model: requireNamed(model, flags), stage: flags.stage, at: flags.at });
    const events = await readEvents(session, { model, stage: flags.stage, limit: flags.number });
    print(outside, flags, { json: logJson(events), text: (view) => renderLog(events, view) });
    return 0;
  });
}

function requireNamed(model: string | undefined, { stage, at }: LogFlags): string {
  if (model !== undefined) return model;
  const rest = `${stage === undefined ? '' : ` --stage ${stage}`} --at ${at ?? ''}`;
  throw new MregError('usage', 'mreg log --at needs a model', { hint: `mreg log <model>${rest}` });
}

/** What the log is asked for; what is left out is not restricted. */
interface LogFilter {
  readonly model: string | undefined;
  readonly stage: string | undefined;
  readonly limit: number;
}

/** Walks back in pieces, because commits that change nothing of the registry tell nothing. */
async function readEvents(session: Session, filter: LogFilter): Promise<readonly LogEvent[]> {
  const { repository } = session;
  const trusts = openTrustReader();
  const wanted = { model: filter.model, models: filter.limit };
  const events: LogEvent[] = [];
  let from: string | undefined = session.tip;
  while (from !== undefined && events.length < filter.limit) {
    const commits: readonly CommitFacts[] = await inChunks(await commitsFrom(session, from, filter), (oid) =>
      repository.readCommit(oid),
    );
    const told = await inChunks(commits, (commit) => readStep(repository, commit, { trusts, wanted }));
    events.push(...told.flat().filter((event) => matches(event, filter)));
    from = commits.length < filter.limit ? undefined : commits.at(-1)?.parents[0];
  }
  return events.slice(0, filter.limit);
}

/** With a model git itself leaves out what does not touch its folder. */
async function commitsFrom(
  { repository }: Session,
  from: string,
  { model, stage, limit }: LogFilter,
): Promise<readonly string[]> {
  const folder =
    model === undefined ? undefined : stage === undefined ? modelDirectory(model) : stageDirectory(model, stage);
  return repository.firstParents(from, { limit, ...(folder === undefined ? {} : { path: folder }) });
}

function matches(event: LogEvent, { model, stage }: LogFilter): boolean {
  return (model === undefined || event.model === model) && (stage === undefined || event.stage === stage);
}
