import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { parseDuration } from '../documents/duration.ts';
import { EXIT_OF, MregError } from '../documents/error.ts';
import { globMatches } from '../documents/glob.ts';
import type { Repository } from '../git/port.ts';
import { renderTick, tickJson } from '../report/rollout-tick.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import { openMessenger, type Messenger } from './rollout-notify.ts';
import type { Outside } from './outside.ts';
import { toldTick } from './rollout-told.ts';
import { synchronised } from './remote.ts';
import type { Sight, Unseen, Watch } from './rollout-look.ts';
import { beginnings, keepStretches, recallStretches, type Stretches } from './rollout-stretch.ts';
import { newMemory, tick, type ControllerMemory } from './rollout-tick.ts';
import { openTelemetries, type Telemetries } from './rollout-telemetry.ts';
import { openSession, withRepository } from './session.ts';

interface RunFlags extends CommonFlags {
  readonly once?: boolean | undefined;
  readonly every?: string | undefined;
  readonly model?: readonly string[] | undefined;
  readonly stage?: readonly string[] | undefined;
  readonly source?: readonly string[] | undefined;
  readonly notify?: string | undefined;
}

/** `mreg rollout run`: the controller. */
export function runCommand(host: Host): CommandUnknownOpts {
  return new Command('run')
    .summary('measure rollouts and move them: the controller')
    .description(
      'Fetches the registry, measures every rollout that is under way, and commits and pushes what follows: the next step, a pause, or the way back. Everything it knows is in git, so it can be killed anywhere, and any number of it may run.',
    )
    .option('--once', 'look once and end; for a scheduler')
    .option('--every <duration>', 'how often to look (default: what the policies say, else 30s)')
    .addOption(new Option('--model <glob>', 'only these models; repeat it').argParser(collect))
    .addOption(new Option('--stage <stage>', 'only this stage; repeat it').argParser(collect))
    .addOption(
      new Option('--source <name=url>', 'where a source of the policies is, seen from here; repeat it').argParser(
        collect,
      ),
    )
    .option('--notify <file>', 'whom to tell, and how (YAML)')
    .addHelpText(
      'after',
      '\nThe key it signs with needs the role controller. Exit code of --once:\n0 looked, 3 where something could not be measured or done.\n\nExamples:\n  mreg rollout run\n  mreg rollout run --once --model "risk/*" --source prom=http://127.0.0.1:9090',
    )
    .action(async (options, command) => {
      host.code = await run(host.outside, { ...commonFlags(command), ...options });
    });
}

/** What lives as long as the controller does. */
interface Controller {
  readonly outside: Outside;
  readonly flags: RunFlags;
  readonly repository: Repository;
  readonly memory: ControllerMemory;
  readonly stretches: Stretches;
  readonly telemetries: Telemetries;
  readonly messenger: Messenger;
}

async function run(outside: Outside, flags: RunFlags): Promise<number> {
  const everyMs = flags.every === undefined ? undefined : parseDuration(flags.every);
  const messenger = await openMessenger(outside, flags.notify);
  return withRepository(outside, flags, async (repository) => {
    const telemetries = openTelemetries(outside, flags.source ?? []);
    const stretches: Stretches = flags.once === true ? await recallStretches(repository) : new Map<string, never>();
    const controller = { outside, flags, repository, telemetries, messenger, stretches, memory: newMemory() };
    try {
      return flags.once === true ? await lookOnce(controller) : await lookForEver(controller, everyMs);
    } finally {
      await telemetries.close();
    }
  });
}

async function lookOnce(controller: Controller): Promise<number> {
  const { outside, flags, repository, stretches } = controller;
  const sights = await look(controller);
  if (flags.dryRun !== true) await keepStretches(repository, stretches, outside.randomHex(8));
  const isTroubled = sights.some((sight) => sight.trouble !== undefined);
  return isTroubled ? EXIT_OF.network : 0;
}

/** Looks until it is interrupted. Whatever fails is told and tried again: an outage must not end the watch. */
async function lookForEver(controller: Controller, everyMs: number | undefined): Promise<number> {
  const { outside, telemetries } = controller;
  const isOver = (): boolean => outside.interrupted.aborted;
  for (;;) {
    try {
      await look(controller);
    } catch (error) {
      if (!(error instanceof MregError)) throw error;
      if (error.code === 'interrupted') break;
      if (FATAL.has(error.code)) throw error;
      outside.stderr(`${outside.now().toISOString()} ${error.message}\n`);
    }
    if (isOver()) break;
    await outside.pause(everyMs ?? telemetries.everyMs());
    if (isOver()) break;
  }
  return 0;
}

/** What no waiting mends. */
const FATAL: ReadonlySet<string> = new Set(['usage', 'not-a-registry', 'no-git', 'no-key', 'bad-key', 'not-trusted']);

async function look(controller: Controller): Promise<readonly (Sight | Unseen)[]> {
  const { outside, flags, repository, memory, stretches, messenger } = controller;
  const session = await synchronised(await openSession(outside, flags, repository));
  const sights = await tick(session, watchOf(controller), memory);
  const begun = beginnings(stretches, sights, outside.now());
  tellTick(outside, flags, { head: session.tip, sights, begun });
  const outcomes = await messenger.tell(session, sights, begun);
  for (const failed of outcomes.filter(({ error }) => error !== undefined)) {
    outside.stderr(`${outside.now().toISOString()} ${failed.target} was not told: ${failed.error ?? ''}\n`);
  }
  return sights;
}

function watchOf({ flags, telemetries, outside }: Controller): Watch {
  const { model: models, stage: stages } = flags;
  return {
    wants: ({ model, stage }) =>
      (models === undefined || models.some((glob) => globMatches(glob, model))) &&
      (stages === undefined || stages.includes(stage)),
    telemetryFor: telemetries.of,
    signal: outside.interrupted,
  };
}

function tellTick(
  outside: Outside,
  flags: RunFlags,
  seen: {
    readonly head: string;
    readonly sights: readonly (Sight | Unseen)[];
    readonly begun: ReadonlySet<Sight>;
  },
): void {
  const { head, begun } = seen;
  const told = toldTick(seen.sights, { at: outside.now(), head, begun, dryRun: flags.dryRun === true });
  // One line a look, so that what collects logs can take it apart; --once is one document like every command's.
  if (flags.json === true && flags.once !== true) {
    outside.stdout(`${JSON.stringify(tickJson(told))}\n`);
    return;
  }
  print(outside, flags, {
    json: tickJson(told),
    text: (view) => renderTick(told, { ...view, isVerbose: flags.verbose === true || flags.once === true }),
  });
}
