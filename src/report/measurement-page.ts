import type { Figure, MeasuredInput, Measurement, Part } from '../measure/measurement.ts';
import { documentOf, element, styleSheet, type Content, type Markup } from './markup.ts';
import type { Attached } from './measurement-lines.ts';
import { figureOfPlot, movementFigure } from './measurement-plots.ts';
import { PAGE_STYLE } from './measurement-style.ts';
import { tableOf, type Cell } from './measurement-tables.ts';
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
import { count, sizeOf } from './quantity.ts';

/** What a report says besides the measurement. */
export interface ReportFacts {
  readonly measuredAt: Date;
  readonly attached: Attached;
}

/** Even if something slipped through the escaping, nothing of it could run or be fetched. */
const CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Returns a measurement as one page of HTML that needs nothing besides itself: no script, no network. */
export function measurementPage(measurement: Measurement, facts: ReportFacts): string {
  return documentOf(
    { lang: 'en' },
    element(
      'head',
      {},
      element('meta', { charset: 'utf-8' }),
      element('meta', { 'http-equiv': 'Content-Security-Policy', content: CONTENT_POLICY }),
      element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      element('title', {}, `${kindWords(measurement.kind)}: ${sourcesInWords(measurement)}`),
      styleSheet(PAGE_STYLE),
    ),
    element('body', {}, pageHead(measurement, facts), pageBody(measurement), pageFoot(measurement, facts)),
  );
}

function sourcesInWords({ inputs }: Measurement): string {
  const [first, second] = inputs;
  if (second === undefined) return first?.source ?? '';
  const isDrift = second.role === 'current';
  return isDrift ? `${second.source} against ${first?.source ?? ''}` : `${first?.source ?? ''} and ${second.source}`;
}

function pageHead(measurement: Measurement, { measuredAt, attached }: ReportFacts): Markup {
  const judged = judgement(measurement);
  const moved = movementSentence(measurement);
  const sign = { good: '✔', bad: '✘', unknown: '?' } as const;
  const about = attached === null ? [] : [`${attached.model}@${attached.version} · `];
  return element(
    'header',
    {},
    element('h1', {}, kindWords(measurement.kind)),
    element('p', {}, ...about, sourcesInWords(measurement)),
    element('p', { class: 'quiet' }, `Measured by mreg ${measurement.version} at ${instantWords(measuredAt)}.`),
    judged === undefined
      ? undefined
      : element(
          'div',
          { class: `verdict ${judged.standing}` },
          element('b', {}, `${sign[judged.standing]} ${judged.word}`),
          element('p', {}, judged.sentence),
          moved === undefined ? undefined : element('p', {}, moved),
        ),
  );
}

function pageBody(measurement: Measurement): Markup {
  const { figures, notes, plots, kind } = measurement;
  const movement = movementFigure(measurement);
  const drawn = plots.map((plot) => figureOfPlot(plot, measurement));
  return element(
    'main',
    {},
    section('Results', [element('dl', { class: 'cards' }, figures.map(card)), boundsTable(measurement)]),
    movement === undefined
      ? undefined
      : section('Overview', [
          element('div', { class: 'overview' }, movement, element('div', {}, partsTable(measurement))),
        ]),
    drawn.length === 0
      ? undefined
      : section(kind === 'drift' ? 'Distributions' : 'Plots', [
          kind === 'drift' ? element('p', { class: 'quiet' }, DISTRIBUTIONS) : undefined,
          element('div', { class: 'plots' }, drawn),
        ]),
    movement !== undefined || measurement.parts.length === 0
      ? undefined
      : section(`By ${measurement.partedBy ?? 'part'}`, partsTable(measurement)),
    notes.length === 0
      ? undefined
      : section('Notes', [
          element(
            'ul',
            {},
            notes.map((note) => element('li', {}, note)),
          ),
        ]),
    section('What was measured', [element('div', { class: 'inputs' }, measurement.inputs.map(inputFacts))]),
  );
}

const DISTRIBUTIONS =
  'Share of the rows in each bin, what moved most first. Bins are cut at the reference; the percentage is that of the current side.';

function section(title: string, content: Content): Markup {
  return element('section', {}, element('h2', {}, title), content);
}

function card(figure: Figure): Markup {
  const { name, outcome } = figure;
  const { title, about } = metricWords(name);
  const interval = intervalWords(figure);
  const value =
    outcome.kind === 'measured'
      ? element(
          'dd',
          { class: 'value' },
          element('data', { value: outcome.value, title: outcome.value }, outcomeWords(name, outcome)),
        )
      : element('dd', { class: 'value unknown' }, outcomeWords(name, outcome));
  return element(
    'div',
    {},
    element('dt', {}, title),
    value,
    element(
      'dd',
      {},
      outcome.kind === 'inconclusive' ? element('span', { class: 'why' }, `Why: ${outcome.reason}.`) : undefined,
      interval === undefined ? undefined : element('small', {}, interval),
      element('small', {}, rowsWords(figure)),
      about === '' ? undefined : element('small', {}, about),
    ),
  );
}

function boundsTable({ bounds, figures }: Measurement): Markup | undefined {
  if (bounds.length === 0) return undefined;
  const rows = bounds.map(({ metric, rule, limit, holds }): readonly Cell[] => {
    const found = figures.find(({ name }) => name === metric)?.outcome;
    const words = found === undefined ? 'not measured' : outcomeWords(metric, found);
    return [metricWords(metric).title, words, `${rule} ${numberWords(limit)}`, holds ? '✔ holds' : '✘ does not hold'];
  });
  return tableOf({ caption: 'Bounds', titles: ['metric', 'measured', 'asked for', 'verdict'], names: 4, rows });
}

function partsTable({ parts, partedBy, kind }: Measurement): Content {
  const by = partedBy ?? 'part';
  const names = [...new Set(parts.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  const rows = parts.map((part): readonly Cell[] => [
    part.name,
    { words: countWords(part.count), value: part.count },
    ...names.map((name) => partCell(part, name)),
  ]);
  const titles = [by, kind === 'drift' ? 'current rows' : 'rows', ...names.map((name) => metricWords(name).title)];
  const reasons = parts.flatMap(reasonsOf);
  return [
    tableOf({
      caption: `${count(parts.length, kind === 'drift' ? 'feature' : 'segment')}, all numbers`,
      titles,
      names: 1,
      rows,
    }),
    reasons.length === 0
      ? undefined
      : [
          element('h3', {}, 'Why some are inconclusive'),
          element(
            'ul',
            {},
            reasons.map((reason) => element('li', {}, reason)),
          ),
        ],
  ];
}

function partCell({ figures }: Part, name: string): Cell {
  const figure = figures.find((each) => each.name === name);
  if (figure === undefined) return '';
  const { outcome } = figure;
  if (outcome.kind === 'measured') return { words: outcomeWords(name, outcome), value: outcome.value };
  return { words: 'inconclusive', why: outcome.reason };
}

/** One reason is told once, with the names of the numbers that it took. */
function reasonsOf({ name, figures }: Part): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const { name: metric, outcome } of figures) {
    if (outcome.kind === 'inconclusive')
      reasons.set(outcome.reason, [...(reasons.get(outcome.reason) ?? []), metricWords(metric).title]);
  }
  return [...reasons].map(([reason, metrics]) => `${name}, ${metrics.join(', ')}: ${reason}.`);
}

function inputFacts({ role, source, digest, files, sizeBytes, rows }: MeasuredInput): Markup {
  const size = digest === undefined ? 'a database answered' : `${count(files, 'file')}, ${sizeOf(sizeBytes)}`;
  const proof =
    digest === undefined ? 'none: what a database answers tomorrow nobody can prove' : element('code', {}, digest);
  return element(
    'div',
    {},
    element('h3', {}, role),
    factsOf([
      ['source', source],
      ['rows', countWords(rows)],
      ['size', size],
      ['digest', proof],
    ]),
  );
}

function pageFoot({ command }: Measurement, { attached }: ReportFacts): Markup {
  const again =
    attached === null
      ? ['It is not attached to a version. With --attach it becomes signed evidence, which anyone can measure again.']
      : [
          `It is signed ${attached.kind} evidence about ${attached.model}@${attached.version}. This measures it again and compares bytes and numbers:`,
          element('pre', {}, `mreg evidence replay ${attached.model}@${attached.version} --kind ${attached.kind}`),
        ];
  return element(
    'footer',
    {},
    element('h2', {}, 'Measure again'),
    element('p', {}, 'The command that measured this:'),
    element('pre', {}, command),
    again.map((each) => (typeof each === 'string' ? element('p', {}, each) : each)),
    attached === null
      ? undefined
      : element('p', { class: 'quiet' }, `Recorded in ${attached.path}${commitWords(attached)}.`),
  );
}

function commitWords({ commit }: NonNullable<Attached>): string {
  return commit === null ? '' : `, commit ${commit}`;
}

function factsOf(facts: readonly (readonly [string, Content])[]): Markup {
  return element(
    'dl',
    {},
    facts.map(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
}

function instantWords(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
