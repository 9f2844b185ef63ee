import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { commonFlags, type Host } from './declare.ts';
import { measureClassifier } from './measure-classifier.ts';
import { finiteNumber } from './measure-flags.ts';
import { measureLatency, measureRegression } from './measure-requests.ts';
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

interface EvaluateFlags {
  readonly task: 'binary' | 'regression' | 'latency';
  readonly label?: string | undefined;
  readonly score?: string | undefined;
  readonly positive?: string | undefined;
  readonly threshold: number;
  readonly by?: string | undefined;
  readonly baseline?: string | undefined;
  readonly baselineScore?: string | undefined;
  readonly latency?: string | undefined;
  readonly error?: string | undefined;
  readonly status?: string | undefined;
  readonly query?: string | undefined;
}

/** Declares `mreg evaluate`. */
export function evaluateCommand(host: Host): CommandUnknownOpts {
  return declareEvaluate(async (task, flags) => {
    host.code = await runMeasurement(host.outside, flags, task);
  });
}

/** Returns the command, which hands what is asked of it to `run`. */
export function declareEvaluate(run: (task: MeasureTask, flags: MeasureFlags) => Promise<void>): CommandUnknownOpts {
  return new Command('evaluate')
    .summary('measure how good predictions are')
    .description(
      'Measures labelled predictions: of a classifier AUC with its interval, log loss, Brier score, calibration, and accuracy, precision, recall and F1 at a threshold; of a regression MAE, RMSE and R²; of a log of requests latencies and the error rate.',
    )
    .argument('<predictions>', "a file, a pattern such as 'day/*.parquet', or sql:<query>")
    .addOption(
      new Option('--task <task>', 'what was predicted')
        .choices(['binary', 'regression', 'latency'] as const)
        .default('binary' as const),
    )
    .option('--label <column>', 'the truth: 0 and 1, two texts with --positive, or a number for a regression')
    .option('--score <column>', 'what the model said')
    .option('--positive <value>', 'the label that counts as positive')
    .option('--threshold <score>', 'a row is selected from this score on', finiteNumber, 0.5)
    .option('--by <column>', 'measure each of its values apart as well')
    .option('--baseline <data>', 'the same rows with the scores of another model, to be compared in pairs')
    .option('--baseline-score <column>', 'the column that holds them, here or in --baseline')
    .option('--latency <column>', 'of a log of requests: how long each took, in milliseconds')
    .option('--error <column>', 'true or 1 where a request failed')
    .option('--status <column>', 'status of HTTP: a request failed from 500 on')
    .addOption(queryOption)
    .addOption(databaseOption)
    .addOption(extensionOption)
    .addOption(attachOption)
    .addOption(reportOption)
    .addOption(markdownOption)
    .addOption(kindOption('offline, or online for a log of requests,'))
    .addHelpText(
      'after',
      "\nExamples:\n  mreg evaluate predictions.parquet --label late --score p --by month --attach delay@v3\n  mreg evaluate test.csv --label late --score p --baseline-score p_old\n  mreg evaluate 'requests/*.jsonl' --task latency --latency ms --status status --attach delay@v3\n  mreg evaluate log.parquet --query 'SELECT y, p FROM data WHERE day >= 20' --label y --score p",
    )
    .action(async (predictions, options, command) => {
      await run(evaluateTask(predictions, options), { ...commonFlags(command), ...options });
    });
}

function evaluateTask(predictions: string, flags: EvaluateFlags): MeasureTask {
  const source = { role: 'predictions', source: predictions } as const;
  const { task, query } = flags;
  const words = ['evaluate', predictions];
  refuseOthers(flags);
  if (task === 'latency') {
    const request = { latency: required(flags, 'latency'), error: flags.error, status: flags.status };
    return {
      ...{ kind: 'evaluation', evidence: 'online', sources: [source] },
      command: commandLine(words, { task, ...request, query }),
      measure: (sources) => measureLatency(sources, request),
    };
  }
  const common = { label: required(flags, 'label'), score: required(flags, 'score'), by: flags.by };
  if (task === 'regression') {
    return {
      ...{ kind: 'evaluation', evidence: 'offline', sources: [source] },
      command: commandLine(words, { task, ...common, query }),
      measure: (sources) => measureRegression(sources, common),
    };
  }
  const { positive, threshold, baseline, baselineScore } = flags;
  const request = { ...common, positive, threshold, baselineScore };
  const said = { task, ...common, positive, threshold, baseline, 'baseline-score': baselineScore, query };
  const other = baseline === undefined ? [] : [{ role: 'baseline', source: baseline } as const];
  return {
    ...{ kind: 'evaluation', evidence: 'offline', sources: [source, ...other] },
    command: commandLine(words, said),
    measure: (sources) => measureClassifier(sources, request),
  };
}

function required(flags: EvaluateFlags, name: 'label' | 'score' | 'latency'): string {
  const value = flags[name];
  if (value !== undefined) return value;
  throw new MregError('usage', `--task ${flags.task} needs --${name} <column>`, { hint: 'mreg help evaluate' });
}

/** Flags that each task takes besides those that all do; what would be ignored is refused. */
const TAKES = {
  binary: ['label', 'score', 'positive', 'by', 'baseline', 'baselineScore'],
  regression: ['label', 'score', 'by'],
  latency: ['latency', 'error', 'status'],
} as const;

function refuseOthers(flags: EvaluateFlags): void {
  const all = [...new Set(Object.values(TAKES).flat())];
  const known: readonly string[] = TAKES[flags.task];
  const odd = all.find((name) => flags[name] !== undefined && !known.includes(name));
  if (odd !== undefined)
    throw new MregError('usage', `--task ${flags.task} does not take --${odd.replace('S', '-s')}`, {
      hint: 'mreg help evaluate',
    });
  if (flags.error !== undefined && flags.status !== undefined)
    throw new MregError('usage', '--error and --status are two ways to say the same', { hint: 'give one of them' });
}
