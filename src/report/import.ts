import { shown } from './escape.ts';
import { nextLines, textOf } from './lines.ts';
import type { ImportOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { count, sizeOf } from './quantity.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';

type Version = ImportOutput['versions'][number];

/** Returns what an import did, for people: each version with its number here, what stayed behind, and what stood where. */
export function importText(output: ImportOutput, stages: readonly string[], view: View): string {
  const versions = output.versions.filter(({ state }) => state !== 'present');
  const columns = [
    { title: 'THERE' },
    { title: 'HERE' },
    { title: 'STATE' },
    { title: 'SIZE', align: 'right' as const },
  ];
  const table = {
    columns,
    rows: versions.map((version) => rowOf(version, view)),
    notes: versions.map((version) => noteOf(version, view)),
  };
  return textOf(
    renamedLines(output, view),
    versions.length === 0 ? [] : renderTable(table, view),
    [summaryOf(output)],
    standingLines(output, stages, view),
  );
}

function renamedLines({ models }: ImportOutput, view: View): string[] {
  return models
    .filter(({ from, to }) => from !== to)
    .map(({ from, to }) => `${shown(from, view)} is called ${shown(to, view)} here`);
}

function rowOf({ from, model, version, state, size }: Version, view: View): string[] {
  const paint = paintFor(view);
  const words = {
    imported: paint.green('imported'),
    planned: 'new',
    present: 'present',
    failed: paint.red('not imported'),
  };
  const here = version === null ? '' : `${model}@${version}`;
  return [shown(`${from.model} ${from.version}`, view), here, words[state], size === null ? '' : sizeOf(size)];
}

function noteOf({ reason, hint, notes }: Version, view: View): string {
  const said = [...(reason === null ? [] : [reason]), ...(hint === null ? [] : [hint]), ...notes];
  return said.map((sentence) => shown(sentence, view)).join('; ');
}

function summaryOf({ imported, present, failed, dryRun, found }: ImportOutput): string {
  const done = dryRun ? `${count(imported, 'version')} would come` : `${count(imported, 'version')} imported`;
  const before = present === 0 ? '' : `, ${String(present)} here before`;
  const left = failed === 0 ? '' : `, ${String(failed)} not imported`;
  return `${done}${before}${left} from ${found}${dryRun ? '; dry run: nothing was changed' : ''}`;
}

/** A stage or alias elsewhere was no promotion under the gates here: what it takes to make it one is told. */
function standingLines(output: ImportOutput, stages: readonly string[], view: View): string[] {
  const standing = output.versions.filter(
    ({ state, standing: where }) => (state === 'imported' || state === 'planned') && where.some(isInUse),
  );
  const next = stages[1];
  const lines = standing.map(({ model, version, standing: where }) => {
    const place = where.map((each) => shown(each, view)).join(', ');
    return `${model}@${version ?? ''} was: ${place}`;
  });
  const commands = next === undefined ? [] : standing.flatMap((version) => promotionOf(output, version, next));
  return lines.length === 0 ? [] : [...lines, ...(output.dryRun ? [] : nextLines(commands, view))];
}

/** Only what stands in the first stage can be promoted; an older version is registered anew from its stored bytes first. */
function promotionOf({ versions }: ImportOutput, { model, version, uri }: Version, to: string): string[] {
  const newest = versions.filter((each) => each.model === model && each.version !== null).at(-1);
  if (newest?.version === version) return [`mreg promote ${model}@${version ?? ''} --to ${to}`];
  return uri === null ? [] : [`mreg register ${model} ${uri}`];
}

function isInUse(standing: string): boolean {
  return !/^(?:archived|deprecated)$/i.test(standing);
}
