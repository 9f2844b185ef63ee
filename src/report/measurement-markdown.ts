import type { Figure, MeasuredInput, Measurement, Part } from '../measure/measurement.ts';
import { code, list, literal, paragraphs, table } from './markdown.ts';
import type { ReportFacts } from './measurement-page.ts';
import {
  countWords,
  intervalWords,
  judgement,
  kindWords,
  metricWords,
  movementSentence,
  numberWords,
  outcomeWords,
  rowsWords,
} from './measurement-words.ts';
import { shortDigest } from './quantity.ts';

/** Parts that a comment tells: forges cut comments off, and people stop reading sooner. */
const MOST_PARTS = 20;
const MOST_NOTES = 10;
/** A source or a command may be a query of any length. */
const LONGEST_TEXT = 1000;

/** Returns a measurement as Markdown for a pull request or a job's summary; nothing of the data becomes markup. */
export function measurementMarkdown(measurement: Measurement, facts: ReportFacts): string {
  const { attached, measuredAt } = facts;
  const about = attached === null ? '' : ` of ${code(`${attached.model}@${attached.version}`)}`;
  return paragraphs(
    `### ${kindWords(measurement.kind)}${about}`,
    verdict(measurement),
    figureRows(measurement.figures),
    boundRows(measurement),
    partRows(measurement),
    list(measurement.notes.slice(0, MOST_NOTES).map((note) => literal(shortened(note)))),
    inputRows(measurement.inputs),
    `Measured by mreg ${literal(measurement.version)} at ${measuredAt.toISOString().slice(0, 16).replace('T', ' ')} UTC. Measure again:`,
    again(measurement, facts),
  );
}

function verdict(measurement: Measurement): string {
  const judged = judgement(measurement);
  const moved = movementSentence(measurement);
  const sign = { good: '✔', bad: '✘', unknown: '?' } as const;
  const words = judged === undefined ? '' : `**${sign[judged.standing]} ${judged.word}.** ${literal(judged.sentence)}`;
  return [words, ...(moved === undefined ? [] : [literal(moved)])].filter((part) => part !== '').join(' ');
}

function figureRows(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const rows = figures.map((figure) => {
    const { name, outcome } = figure;
    const why = outcome.kind === 'inconclusive' ? `: ${literal(shortened(outcome.reason))}` : '';
    return [
      literal(metricWords(name).title),
      `${literal(outcomeWords(name, outcome))}${why}`,
      literal(intervalWords(figure) ?? ''),
      literal(rowsWords(figure)),
    ];
  });
  return table(['Metric', 'Value', 'Interval', 'Rows'], rows);
}

function boundRows({ bounds, figures }: Measurement): string {
  return list(
    bounds.map(({ metric, rule, limit, holds }) => {
      const found = figures.find(({ name }) => name === metric)?.outcome;
      const is = found === undefined ? 'not measured' : outcomeWords(metric, found);
      const words = `${metricWords(metric).title} is ${is}, asked for ${rule} ${numberWords(limit)}`;
      return `${holds ? '✔' : '✘'} ${literal(words)}`;
    }),
  );
}

function partRows({ parts, partedBy }: Measurement): string {
  const told = parts.slice(0, MOST_PARTS);
  if (told.length === 0) return '';
  const names = [...new Set(told.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  const titles = [
    literal(shortened(partedBy ?? 'part')),
    'Rows',
    ...names.map((name) => literal(metricWords(name).title)),
  ];
  const rows = told.map((part) => [
    literal(shortened(part.name)),
    countWords(part.count),
    ...names.map((name) => partCell(part, name)),
  ]);
  const left = parts.length - told.length;
  return [table(titles, rows), ...(left === 0 ? [] : [`And ${countWords(left)} more.`])].join('\n\n');
}

function partCell({ figures }: Part, name: string): string {
  const figure = figures.find((each) => each.name === name);
  return figure === undefined ? '' : literal(outcomeWords(name, figure.outcome));
}

function inputRows(inputs: readonly MeasuredInput[]): string {
  const rows = inputs.map(({ role, source, rows: count, digest }) => [
    role,
    code(shortened(source)),
    countWords(count),
    digest === undefined ? 'none: a database answered' : code(shortDigest(digest)),
  ]);
  return table(['Input', 'Source', 'Rows', 'SHA-256'], rows);
}

function again({ command }: Measurement, { attached }: ReportFacts): string {
  const line =
    attached === null ? command : `mreg evidence replay ${attached.model}@${attached.version} --kind ${attached.kind}`;
  return code(shortened(line));
}

function shortened(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}
