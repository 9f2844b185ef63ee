import { Command, CommanderError, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { assert, MregError } from '../documents/error.ts';
import type { EvidenceDocument, MetricValue } from '../documents/kinds/evidence.ts';
import type { Placed } from '../gates/input.ts';
import { evidenceOf } from '../measure/evidence-of.ts';
import type { Measurement } from '../measure/measurement.ts';
import type { ReplayOutput } from '../report/output-schemas.ts';
import { renderReplay } from '../report/replay.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { declareDrift } from './drift.ts';
import { declareEvaluate } from './evaluate.ts';
import { declareFairness } from './fairness.ts';
import { print, type CommonFlags } from './flags.ts';
import { databaseOption, extensionOption, takeMeasurement, type MeasureTask } from './measure-run.ts';
import type { DataFlags, SourceWish } from './measure-sources.ts';
import { wordsOf } from './measure-words.ts';
import type { Outside } from './outside.ts';
import { resolveReference, type Resolved } from './references.ts';
import { withSession } from './session.ts';

type Spec = EvidenceDocument['spec'];

interface ReplayFlags extends CommonFlags {
  readonly kind?: string | undefined;
  readonly data?: readonly string[] | undefined;
  readonly database?: readonly string[] | undefined;
  readonly extension?: readonly string[] | undefined;
}

const EXIT_DIFFERS = 4;
/** Sums in another order, on another machine, differ by less; another row differs by more. */
const TOLERANCE = 1e-9;

/** Declares `mreg evidence replay`. */
export function replayCommand(host: Host): CommandUnknownOpts {
  return new Command('replay')
    .summary('measure again and compare')
    .description(
      'Measures again what a piece of evidence says was measured, by the command that it records, and compares the bytes and each number.',
    )
    .argument('<reference>', 'a version: fraud_detector@v7')
    .option('--kind <kind>', 'which evidence; needed where several kinds were measured')
    .addOption(
      new Option(
        '--data <path>',
        'where the data lie now, or <role>=<path> where there are several; repeat it',
      ).argParser(collect),
    )
    .addOption(databaseOption)
    .addOption(extensionOption)
    .addHelpText(
      'after',
      '\nExit code: 0 the same bytes gave the same numbers, 4 they did not.\n\nExamples:\n  mreg evidence replay fraud_detector@v7 --kind offline\n  mreg evidence replay fraud@v7 --kind drift --data reference=train.csv --data current=live.csv',
    )
    .action(async (reference, options, command) => {
      host.code = await replay(host.outside, { ...commonFlags(command), ...options }, reference);
    });
}

async function replay(outside: Outside, flags: ReplayFlags, reference: string): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const resolved = await resolveReference(session.view, reference);
    const evidence = measuredEvidence(resolved, flags.kind);
    const { spec } = evidence.body;
    const { task, query } = await recordedTask(spec.tool?.command ?? '');
    const sources = relocated(task.sources, flags.data ?? []);
    const how: CommonFlags & DataFlags = { ...flags, query };
    const found = await takeMeasurement(outside, how, { ...task, sources, measure: unlessOther(spec, task.measure) });
    const { model, version } = resolved;
    const at = { model, version, kind: evidence.body.metadata.kind, path: evidence.path, command: task.command };
    const outcome: ReplayOutput = { ...at, ...comparison(spec, found) };
    print(outside, flags, { json: outcome, text: (view) => renderReplay(outcome, view) });
    return outcome.ok ? 0 : EXIT_DIFFERS;
  });
}

function measuredEvidence({ model, version, facts }: Resolved, kind: string | undefined): Placed<EvidenceDocument> {
  // What a scan found depends on the rules of its day: it is done again by scanning.
  const isMeasured = ({ spec }: EvidenceDocument): boolean => spec.tool?.name === 'mreg' && spec.findings === undefined;
  const measured = [...facts.evidence].filter(([, { body }]) => isMeasured(body));
  const kinds = measured.map(([name]) => name);
  const [chosen, ...others] = kind === undefined ? measured : measured.filter(([name]) => name === kind);
  if (chosen !== undefined && others.length === 0) return chosen[1];
  const which = `${model}@${version}`;
  if (chosen !== undefined)
    throw new MregError('usage', `several kinds of evidence about ${which} were measured: ${kinds.join(', ')}`, {
      hint: `mreg evidence replay ${which} --kind ${kinds[0] ?? ''}`,
    });
  const what = kind === undefined ? 'evidence' : `${kind} evidence`;
  throw new MregError(
    'bad-file',
    `no ${what} about ${which} was measured by mreg; that was: ${kinds.join(', ') || 'none'}`,
    {
      hint: `mreg show ${which}`,
    },
  );
}

/** Reads a recorded command line as the command itself would; nothing of it but what is measured, and how, is taken. */
async function recordedTask(line: string): Promise<{ readonly task: MeasureTask; readonly query: string | undefined }> {
  const [verb, ...words] = wordsOf(line);
  const taken: { task: MeasureTask; query: string | undefined }[] = [];
  const take = async (task: MeasureTask, { query }: DataFlags): Promise<void> => {
    taken.push({ task, query });
  };
  const declared = { evaluate: declareEvaluate, fairness: declareFairness, drift: declareDrift };
  const declare = Object.entries(declared).find(([name]) => name === verb)?.[1];
  try {
    const command = declare?.(take)
      .exitOverride()
      .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    await command?.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  }
  const [task] = taken;
  if (task !== undefined) return task;
  throw new MregError('bad-file', `the recorded command cannot be measured again: ${line}`, {
    hint: 'it may be of another version of mreg',
  });
}

function relocated(sources: readonly SourceWish[], places: readonly string[]): readonly SourceWish[] {
  const [only] = sources;
  assert(only !== undefined, 'something is measured');
  const roles = sources.map(({ role }) => role).join(', ');
  const moved = new Map<string, string>();
  for (const place of places) {
    const [, role, path] = /^([a-z]+)=(.*)$/s.exec(place) ?? [];
    const known = role !== undefined && sources.some((source) => source.role === role);
    if (known && path !== undefined) moved.set(role, path);
    else if (sources.length === 1) moved.set(only.role, place);
    else
      throw new MregError('usage', `--data ${place} does not say which of ${roles} it is`, {
        hint: `--data ${only.role}=${place}`,
      });
  }
  return sources.map((source) => ({ ...source, source: moved.get(source.role) ?? source.source }));
}

/** Other bytes give other numbers, or fail in ways of their own: it is enough to say that they are others. */
function unlessOther(spec: Spec, measure: MeasureTask['measure']): MeasureTask['measure'] {
  return async (sources, onStep) => {
    const isSame = sources.every(({ input }) => (recordedDigest(spec, input.role) ?? input.digest) === input.digest);
    if (isSame) return measure(sources, onStep);
    return { figures: [], partedBy: undefined, parts: [], plots: [], bounds: [], notes: [] };
  };
}

function recordedDigest({ attachments = [] }: Spec, role: string): string | undefined {
  return attachments.find(({ name }) => name === role)?.digest;
}

function comparison(spec: Spec, found: Measurement): Pick<ReplayOutput, 'ok' | 'inputs' | 'figures'> {
  const inputs = found.inputs.map(({ role, source, digest }) => {
    const recorded = recordedDigest(spec, role);
    return { role, source, recorded: recorded ?? null, found: digest ?? null, same: recorded === digest };
  });
  const again = evidenceOf(found);
  const [before, after] = [numbersOf(spec), numbersOf(again)];
  const isOther = inputs.some(({ same }) => !same);
  const names = isOther ? [] : [...new Set([...before.keys(), ...after.keys()])];
  const figures = names.map((name) => {
    const [recorded, now] = [before.get(name) ?? null, after.get(name) ?? null];
    return { name, recorded, found: now, same: recorded !== null && now !== null && isClose(recorded, now) };
  });
  return { ok: !isOther && figures.length > 0 && figures.every(({ same }) => same), inputs, figures };
}

function numbersOf({ metrics = {}, slices = [] }: Pick<Spec, 'metrics' | 'slices'>): ReadonlyMap<string, number> {
  const of = (prefix: string, some: Readonly<Record<string, MetricValue>>): [string, number][] =>
    Object.entries(some).map(([name, value]) => [prefix + name, typeof value === 'number' ? value : value.value]);
  return new Map([...of('', metrics), ...slices.flatMap((slice) => of(`${slice.name} `, slice.metrics))]);
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
