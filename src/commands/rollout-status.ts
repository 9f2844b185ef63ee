import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { parseDuration } from '../documents/duration.ts';
import { MregError } from '../documents/error.ts';
import { isStillJudged } from '../rollout/judge-rollout.ts';
import { holdMs } from '../rollout/terms.ts';
import { valuesOf } from '../rollout/comparison.ts';
import type { Observation, Part } from '../rollout/observation.ts';
import {
  renderRolloutStatus,
  rolloutStatusJson,
  rolloutStatusLine,
  type ToldRollout,
  type ToldSeries,
} from '../report/rollout-status.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { print, viewOf, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { synchronised } from './remote.ts';
import { measured } from './rollout-look.ts';
import { requireOneRollout, stageNamed } from './rollout-one.ts';
import { openTelemetries, type Telemetries } from './rollout-telemetry.ts';
import type { Watched } from './rollout-watched.ts';
import { openSession, withRepository, type Session } from './session.ts';

interface StatusFlags extends CommonFlags {
  /** Absent: the only stage in which the model rolls out. */
  readonly stage?: string | undefined;
  readonly watch?: boolean | undefined;
  readonly every?: string | undefined;
  readonly source?: readonly string[] | undefined;
  /** False with --no-measure. */
  readonly measure?: boolean | undefined;
}

/** `mreg rollout status`: where a rollout stands, what its rules say, and what comes next. */
export function statusCommand(host: Host): CommandUnknownOpts {
  return new Command('status')
    .summary('show where a rollout stands, what is measured and what comes next')
    .description(
      'Shows the plan of a rollout, where it stands, the last readings of every rule with both of its verdicts, and what a controller would do next. Measures as the controller does, and changes nothing.',
    )
    .argument('<model>', 'the model')
    .option('--stage <stage>', 'the stage it is rolled out in (default: the only one)')
    .option('--watch', 'keep it live: fetch and measure again and again, until Ctrl-C')
    .option('--every <duration>', 'how often --watch looks (default: what the policies say, else 30s)')
    .addOption(new Option('--source <name=url>', 'where a source of the policies is; repeat it').argParser(collect))
    .option('--no-measure', 'ask no metrics server')
    .addHelpText(
      'after',
      '\nExamples:\n  mreg rollout status fraud_detector --stage prod\n  mreg rollout status fraud_detector --stage prod --watch',
    )
    .action(async (model, options, command) => {
      host.code = await status(host.outside, { ...commonFlags(command), ...options }, model);
    });
}

async function status(outside: Outside, flags: StatusFlags, model: string): Promise<number> {
  const everyMs = flags.every === undefined ? undefined : parseDuration(flags.every);
  return withRepository(outside, flags, async (repository) => {
    const telemetries = openTelemetries(outside, flags.source ?? []);
    const look = async (): Promise<ToldRollout> => {
      const opened = await openSession(outside, flags, repository);
      const session = flags.watch === true ? await synchronised(opened) : opened;
      return lookAt(session, { telemetries, flags, model });
    };
    try {
      if (flags.watch === true) await watch(outside, flags, { look, everyMs: () => everyMs ?? telemetries.everyMs() });
      else tell(outside, flags, await look());
      return 0;
    } finally {
      await telemetries.close();
    }
  });
}

interface Asked {
  readonly telemetries: Telemetries;
  readonly flags: StatusFlags;
  readonly model: string;
}

async function lookAt(session: Session, { telemetries, flags, model }: Asked): Promise<ToldRollout> {
  const stage = await stageNamed(session, model, flags.stage);
  const { watched } = await requireOneRollout(session, { model, stage });
  const { state, terms, isSettled } = watched;
  const isJudged = state.phase !== 'complete' || (!isSettled && isStillJudged(terms, state, session.outside.now()));
  if (flags.measure === false || !isJudged) return toldOf(watched, undefined);
  const telemetryFor = telemetries.of;
  try {
    const sight = await measured(session, { telemetryFor, signal: session.outside.interrupted }, watched);
    return toldOf(watched, sight);
  } catch (error) {
    if (!(error instanceof MregError) || error.code === 'interrupted') throw error;
    return { ...toldOf(watched, undefined), trouble: error.message };
  }
}

type Measured = Pick<Awaited<ReturnType<typeof measured>>, 'judged' | 'seen'>;

function toldOf(watched: Watched, sight: Measured | undefined): ToldRollout {
  const { at, version, current, state, terms, barredBy, lastDecision } = watched;
  const hold = holdMs(terms, state);
  return {
    ...{ ...at, version, champion: current.stage.spec.version },
    ...{ phase: state.phase, step: state.step, steps: state.steps, weight: state.weight, mirror: state.mirror },
    since: state.since,
    due: hold === 0 || state.phase !== 'progressing' ? undefined : new Date(state.since.getTime() + hold),
    ...{ plan: terms.plan, barredBy, decision: sight?.judged.decision, last: lastDecision?.spec },
    observations: sight?.judged.observations ?? [],
    series: sight?.seen === undefined ? [] : seriesOf(sight.seen),
    trouble: undefined,
  };
}

/** As many as a line shows, and some to look back. */
const MOST_POINTS = 120;

function seriesOf(seen: Observation): readonly ToldSeries[] {
  const parts: readonly Part[] = ['challenger', 'champion'];
  return seen.metrics.flatMap((metric) =>
    parts.flatMap((part): ToldSeries[] => {
      const series = metric[part]?.series;
      if (series === undefined) return [];
      return [{ metric: metric.metric, part, points: valuesOf(series).slice(-MOST_POINTS) }];
    }),
  );
}

function tell(outside: Outside, flags: StatusFlags, told: ToldRollout): void {
  print(outside, flags, {
    json: rolloutStatusJson(told, outside.now()),
    text: (view) => renderRolloutStatus(told, view),
  });
}

interface Watching {
  readonly look: () => Promise<ToldRollout>;
  readonly everyMs: () => number;
}

/** Looks until the user interrupts. On a terminal the picture is drawn anew; elsewhere a line is written where something changed. */
async function watch(outside: Outside, flags: StatusFlags, { look, everyMs }: Watching): Promise<void> {
  let before: string | undefined;
  while (!outside.interrupted.aborted) {
    try {
      const told = await look();
      if (outside.stdoutIsTerminal && flags.json !== true) redraw(outside, flags, told);
      else if (newsOf(told) !== before) outside.stdout(lineOf(outside, flags, told));
      before = newsOf(told);
    } catch (error) {
      // An outage must not end the watch; what no waiting mends is told at the first look.
      if (!(error instanceof MregError) || (before === undefined && error.code !== 'interrupted')) throw error;
      if (error.code !== 'interrupted') outside.stderr(`${outside.now().toISOString()} ${error.message}\n`);
    }
    await outside.pause(everyMs());
  }
}

/** To the upper left corner, and away with what is below. */
const CLEAR = '\u001b[H\u001b[2J';

function redraw(outside: Outside, flags: StatusFlags, told: ToldRollout): void {
  const at = outside.now().toISOString().slice(11, 19);
  outside.stdout(`${CLEAR}${renderRolloutStatus(told, viewOf(outside, flags))}\n  ${at} UTC; Ctrl-C ends it\n`);
}

function lineOf(outside: Outside, flags: StatusFlags, told: ToldRollout): string {
  if (flags.json === true) return `${JSON.stringify(rolloutStatusJson(told, outside.now()))}\n`;
  return `${rolloutStatusLine(told, viewOf(outside, flags))}\n`;
}

/** What makes a line worth writing: where it stands, what is to be done, what each rule says; not every number that moved. */
function newsOf({ phase, step, weight, version, decision, observations, barredBy, trouble }: ToldRollout): string {
  const rules = observations.map(({ metric, rule, verdict }) => [metric, rule, verdict]);
  return JSON.stringify([version, phase, step, weight, decision?.action, rules, barredBy, trouble]);
}
