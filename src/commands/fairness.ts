import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { commonFlags, type Host } from './declare.ts';
import { finiteNumber } from './measure-flags.ts';
import { measureFairness } from './measure-fairness.ts';
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

interface FairnessFlags {
  readonly label: string;
  readonly score: string;
  readonly by: string;
  readonly positive?: string | undefined;
  readonly threshold: number;
  readonly query?: string | undefined;
}

/** Declares `mreg fairness`. */
export function fairnessCommand(host: Host): CommandUnknownOpts {
  return declareFairness(async (task, flags) => {
    host.code = await runMeasurement(host.outside, flags, task);
  });
}

/** Returns the command, which hands what is asked of it to `run`. */
export function declareFairness(run: (task: MeasureTask, flags: MeasureFlags) => Promise<void>): CommandUnknownOpts {
  return new Command('fairness')
    .summary('measure what a classifier does to each segment')
    .description(
      'Measures the gaps between segments of true positive rates (equal opportunity), false positive rates (with the former: equalised odds) and selection rates (demographic parity). A segment without positives leaves its gap inconclusive.',
    )
    .argument('<predictions>', "a file, a pattern such as 'day/*.parquet', or sql:<query>")
    .requiredOption('--label <column>', 'the truth: 0 and 1, or two texts with --positive')
    .requiredOption('--score <column>', 'what the model said; a row is selected where it is at least the threshold')
    .requiredOption('--by <column>', 'the segments')
    .option('--positive <value>', 'the label that counts as positive')
    .option('--threshold <score>', 'a row is selected from this score on', finiteNumber, 0.5)
    .addOption(queryOption)
    .addOption(databaseOption)
    .addOption(extensionOption)
    .addOption(attachOption)
    .addOption(reportOption)
    .addOption(markdownOption)
    .addOption(kindOption('fairness'))
    .addHelpText(
      'after',
      '\nExamples:\n  mreg fairness predictions.parquet --label late --score p --by carrier\n  mreg fairness predictions.csv --label late --score p --by carrier --attach delay@v3',
    )
    .action(async (predictions, options, command) => {
      await run(fairnessTask(predictions, options), { ...commonFlags(command), ...options });
    });
}

function fairnessTask(predictions: string, flags: FairnessFlags): MeasureTask {
  const { label, score, by, positive, threshold, query } = flags;
  return {
    kind: 'fairness',
    evidence: 'fairness',
    command: commandLine(['fairness', predictions], { label, score, by, positive, threshold, query }),
    sources: [{ role: 'predictions', source: predictions }],
    measure: (sources) => measureFairness(sources, { label, score, by, positive, threshold }),
  };
}
