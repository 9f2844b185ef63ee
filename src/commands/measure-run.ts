import { Option } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { checkName } from '../documents/names.ts';
import { evidenceOf } from '../measure/evidence-of.ts';
import type { Measurement, MeasurementKind } from '../measure/measurement.ts';
import { planEvidence } from '../registry/plan-evidence.ts';
import { measurementJson, renderMeasurement, type Attached } from '../report/measurement-lines.ts';
import { submit } from './carry-out.ts';
import { collect } from './declare.ts';
import { print, tell, type CommonFlags } from './flags.ts';
import { requireReportPlaces, writeReports, type ReportFlags } from './measure-reports.ts';
import { withSources, type DataFlags, type Source, type SourceWish } from './measure-sources.ts';
import type { Findings } from './measure-drift.ts';
import type { Outside } from './outside.ts';
import { resolveReference } from './references.ts';
import { withSession, type Session } from './session.ts';
import { writtenText } from './written.ts';

/** What every command that measures takes besides what it measures. */
export interface MeasureFlags extends CommonFlags, DataFlags, ReportFlags {
  readonly attach?: string | undefined;
  readonly kind?: string | undefined;
}

/** One thing to be measured: what of, how, and the command line that measures it again. */
export interface MeasureTask {
  readonly kind: MeasurementKind;
  readonly evidence: string;
  readonly sources: readonly SourceWish[];
  readonly command: string;
  readonly measure: (sources: readonly Source[], onStep: (what: string) => void) => Promise<Findings>;
}

/** What may be recorded of a command; a document's line holds no more. */
const LONGEST_COMMAND = 1000;

/** The flag that measures a query's answer. */
export const queryOption = new Option(
  '--query <sql>',
  'measure what this query makes of the files, which it calls data',
);
/** The flag that lets a query name a database. */
export const databaseOption = new Option(
  '--database <name=kind:target>',
  'attach a database read-only, for queries; repeat it; never recorded',
).argParser(collect);
/** The flag that loads an extension of the engine. */
export const extensionOption = new Option(
  '--extension <name>',
  'load an extension of the engine, fetched from its makers where it is not here; repeat it',
).argParser(collect);
/** The flag that makes evidence of what was measured. */
export const attachOption = new Option(
  '--attach <reference>',
  'sign the result and attach it to a version as evidence',
);

/** Returns the flag that names the kind of evidence. */
export function kindOption(usual: string): Option<'--kind <kind>'> {
  return new Option('--kind <kind>', `kind of evidence to attach as; ${usual} when absent`);
}

/** Measures, prints what was found and attaches it where that was asked for; exit code 1 where a bound does not hold. */
export async function runMeasurement(outside: Outside, flags: MeasureFlags, task: MeasureTask): Promise<number> {
  await requireReportPlaces(outside, flags);
  if (flags.attach === undefined)
    return told(outside, flags, { measurement: await takeMeasurement(outside, flags, task) });
  const kind = kindOf(flags, task);
  const reference = flags.attach;
  return withSession(outside, flags, async (session) => {
    // What cannot be attached is said before minutes are spent on measuring.
    await resolveReference(session.view, reference);
    const measurement = await takeMeasurement(outside, flags, task);
    return told(outside, flags, { measurement, ...(await attach(session, { reference, kind, measurement })) });
  });
}

/** Opens the sources, measures, and checks that they stayed as they were. */
export async function takeMeasurement(
  outside: Outside,
  flags: CommonFlags & DataFlags,
  task: Omit<MeasureTask, 'evidence'>,
): Promise<Measurement> {
  const { kind, command } = task;
  if (command.length > LONGEST_COMMAND)
    throw new MregError(
      'usage',
      `the command is longer than the ${String(LONGEST_COMMAND)} characters that evidence holds`,
      {
        hint: 'make the query a view of a database, or write what it gives into a file',
      },
    );
  const found = await withSources({ outside, flags }, task.sources, async (sources) => {
    const findings = await task.measure(sources, stepLine(outside, flags));
    return { ...findings, inputs: sources.map(({ input }) => input) };
  });
  return { kind, command, version: outside.version, ...found };
}

/** On a terminal, says what is measured now, on one line. */
function stepLine(outside: Outside, flags: CommonFlags): (what: string) => void {
  if (!outside.stderrIsTerminal || flags.quiet === true || flags.json === true) return () => undefined;
  return (what) => {
    outside.stderr(`\r\u001b[K${what === '' ? '' : `measuring ${what.slice(0, outside.columns - 12)}`}`);
  };
}

function kindOf({ kind }: MeasureFlags, { evidence }: MeasureTask): string {
  if (kind === undefined) return evidence;
  const refused = checkName(kind, 'a kind of evidence');
  if (refused === undefined) return kind;
  throw new MregError('usage', `"${kind}" cannot name a kind of evidence`, { refusals: [refused] });
}

interface Attachment {
  readonly attached: NonNullable<Attached>;
  readonly where: string;
}

async function attach(
  session: Session,
  { reference, kind, measurement }: { reference: string; kind: string; measurement: Measurement },
): Promise<Attachment> {
  const { outside, flags } = session;
  const measured = evidenceOf(measurement);
  const done = await submit(session, async (fresh, author) => {
    const { model, version, facts } = await resolveReference(fresh.view, reference);
    const at = { model, candidate: facts, kind, measured, note: flags.message };
    const { plan, path } = await planEvidence(fresh.view, { ...at, by: author.principal, now: outside.now() });
    return { plan, result: { model, version, path } };
  });
  const { commit, pushed, result } = done;
  return {
    attached: { ...result, kind, commit: commit ?? null, pushed },
    where: writtenText({ commit, pushed, branch: session.branch }),
  };
}

async function told(
  outside: Outside,
  flags: CommonFlags & ReportFlags,
  { measurement, attached, where = '' }: { readonly measurement: Measurement } & Partial<Attachment>,
): Promise<number> {
  const reports = await writeReports({ outside, flags }, measurement, attached ?? null);
  print(outside, flags, {
    json: measurementJson(measurement, attached ?? null),
    text: (view, paint) => {
      const lines = renderMeasurement(measurement, view);
      if (attached === undefined) return lines;
      const { kind, model, version, path } = attached;
      return `${lines}\n${paint.green('attached')} ${kind} evidence to ${model}@${version}\n  ${path}\n  ${where}\n`;
    },
  });
  for (const report of reports) tell(outside, flags, `wrote ${report}`);
  const broken = measurement.bounds.filter(({ holds }) => !holds).map(({ metric }) => metric);
  if (broken.length > 0) tell(outside, flags, `out of bounds: ${broken.join(', ')}`);
  return broken.length > 0 ? 1 : 0;
}
