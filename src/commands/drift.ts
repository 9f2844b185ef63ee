import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { DRIFT_LIMITS } from '../measure/drift-verdict.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { positiveNumber } from './measure-flags.ts';
import { measureDrift, type DriftRequest } from './measure-drift.ts';
import { markdownOption, reportOption } from './measure-reports.ts';
import {
  attachOption,
  databaseOption,
  extensionOption,
  kindOption,
  queryOption,
  runMeasurement,
  type MeasureFlags,
  type MeasureTask,
} from './measure-run.ts';
import { commandLine } from './measure-words.ts';

interface DriftFlags {
  readonly reference: string;
  readonly current: string;
  readonly columns?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly binning: DriftRequest['binning'];
  readonly maxPsi?: number | undefined;
  readonly minP: number;
  readonly query?: string | undefined;
}

/** Declares `mreg drift`. */
export function driftCommand(host: Host): CommandUnknownOpts {
  return declareDrift(async (task, flags) => {
    host.code = await runMeasurement(host.outside, flags, task);
  });
}

/** Returns the command, which hands what is asked of it to `run`. */
export function declareDrift(run: (task: MeasureTask, flags: MeasureFlags) => Promise<void>): CommandUnknownOpts {
  return new Command('drift')
    .summary('measure how far data moved')
    .description(
      'Compares the features of two sets of rows: PSI, Kolmogorov-Smirnov for numbers, chi-square and Jensen-Shannon for categories. Distances are of all rows; p-values of at most 10,000 a side, chosen by the digests of the data.',
    )
    .requiredOption('--reference <data>', 'what to compare with: a file, a pattern, or sql:<query>')
    .requiredOption('--current <data>', 'what may have moved')
    .addOption(new Option('--columns <name>', 'compare only this feature; repeat it').argParser(collect))
    .addOption(new Option('--exclude <name>', 'leave this column out; repeat it').argParser(collect))
    .addOption(
      new Option('--binning <how>', 'how PSI parts numbers into bins')
        .choices(['deciles', 'evidently'] as const)
        .default('deciles' as const),
    )
    .option('--max-psi <psi>', 'PSI must be below this; 0.2 when absent, 0.1 with evidently', positiveNumber)
    .option('--min-p <p>', 'p-values must be at least this', positiveNumber, DRIFT_LIMITS.pValue)
    .addOption(queryOption)
    .addOption(databaseOption)
    .addOption(extensionOption)
    .addOption(attachOption)
    .addOption(reportOption)
    .addOption(markdownOption)
    .addOption(kindOption('drift'))
    .addHelpText(
      'after',
      "\nExit code: 0 within the bounds, 1 drifted or inconclusive.\n\nExamples:\n  mreg drift --reference january.parquet --current july.parquet\n  mreg drift --reference train.parquet --current 'live/*.parquet' --attach fraud@v7",
    )
    .action(async (options, command) => {
      await run(driftTask(options), { ...commonFlags(command), ...options });
    });
}

function driftTask(flags: DriftFlags): MeasureTask {
  const { reference, current, columns, exclude = [], binning, minP, query } = flags;
  if (columns !== undefined && exclude.length > 0)
    throw new MregError('usage', '--columns and --exclude are two ways to say the same', { hint: 'give one of them' });
  const maxPsi = flags.maxPsi ?? DRIFT_LIMITS[binning === 'evidently' ? 'evidentlyPsi' : 'psi'];
  const rules = { columns, exclude, binning, maxPsi, minP };
  const said = { reference, current, columns, exclude, binning, 'max-psi': maxPsi, 'min-p': minP, query };
  return {
    kind: 'drift',
    evidence: 'drift',
    command: commandLine(['drift'], said),
    sources: [
      { role: 'reference', source: reference },
      { role: 'current', source: current },
    ],
    measure: (sources, onStep) => measureDrift(sources, rules, onStep),
  };
}
