import { sayableNumber } from './sayable.ts';
import { fieldsOf, listOf, pairsOf, textOf, type Fields } from './json-values.ts';
import type { Lineage } from '../documents/kinds/model-version.ts';
import { metricNameFrom, withoutCredentials } from './names.ts';

type Parameters = NonNullable<Lineage['parameters']>;

/** What a run recorded, whichever way it was read. Metrics are given as all their values or as the last. */
export interface RunRecord {
  readonly params: unknown;
  readonly metrics: readonly (readonly [name: string, value: number])[];
  readonly tags: unknown;
  /** `inputs.dataset_inputs` of MLflow. */
  readonly datasets: unknown;
}

/** What of a run a version here can hold, and in sentences what it cannot. */
export interface RunFacts {
  readonly lineage: Lineage | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

const MAX_PARAMETERS = 300;
const MAX_METRICS = 200;
/** Parameters share a document of 64 KiB with the list of files and the data. */
const MAX_PARAMETER_BYTES = 24 * 1024;
const MAX_PARAMETER_TEXT = 1000;
const MAX_DATASETS = 100;
const HALF_CHARACTER = /\p{Surrogate}/u;

/** Returns what of a run goes into the registry. */
export function factsOfRun(run: RunRecord): RunFacts {
  const notes: string[] = [];
  const tags = Object.fromEntries(pairsOf(run.tags));
  const code = codeOf(tags, notes);
  const parameters = parametersOf(run.params, notes);
  const data = dataOf(run.datasets);
  const lineage: Lineage = {
    ...(code === undefined ? {} : { code }),
    ...(data.length === 0 ? {} : { data }),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
  const metrics = metricsOf(run.metrics, notes);
  return { lineage: Object.keys(lineage).length === 0 ? undefined : lineage, metrics, notes };
}

/** MLflow records the commit of a script, and the repository only in some cases: half of it is no lineage. */
function codeOf(tags: Fields, notes: string[]): Lineage['code'] {
  const commit = textOf(tags['mlflow.source.git.commit'])?.toLowerCase();
  if (commit === undefined || !/^[0-9a-f]{7,64}$/.test(commit)) return undefined;
  const source = textOf(tags['mlflow.source.name']) ?? '';
  const repository = textOf(tags['mlflow.source.git.repoURL']) ?? (/^(?:https?|ssh|git@)/.test(source) ? source : '');
  if (repository !== '') return { repository: withoutCredentials(repository.replace(/#.*$/, '')), commit };
  notes.push(`the run names commit ${commit} of no repository: it is no lineage`);
  return undefined;
}

function parametersOf(params: unknown, notes: string[]): Parameters {
  const kept: [string, Parameters[string]][] = [];
  let bytes = 0;
  const left: string[] = [];
  for (const [key, value] of [...pairsOf(params)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
    bytes += Buffer.byteLength(JSON.stringify([key, text]));
    if (isFit(key, text) && bytes <= MAX_PARAMETER_BYTES && kept.length < MAX_PARAMETERS)
      kept.push([key, parameterOf(text)]);
    else left.push(key);
  }
  if (left.length > 0) notes.push(`parameters too long or too many: ${someOf(left)}`);
  return Object.fromEntries(kept);
}

function isFit(key: string, text: string): boolean {
  const isKey =
    key.length <= 200 && !HALF_CHARACTER.test(key) && !['', '__proto__', 'constructor', 'prototype'].includes(key);
  return isKey && text.length <= MAX_PARAMETER_TEXT && !HALF_CHARACTER.test(text);
}

/** MLflow keeps every parameter as text; what reads back to the same text is a number. */
function parameterOf(text: string): Parameters[string] {
  if (text === 'True' || text === 'true') return true;
  if (text === 'False' || text === 'false') return false;
  if (text === 'None') return null;
  const number = Number(text);
  const isSame = /^-?[0-9.]+$/.test(text) && (String(number) === text || /^-?(?:0|[1-9][0-9]*)\.0$/.test(text));
  return isSame && sayableNumber(number) === number ? number : text;
}

function metricsOf(given: RunRecord['metrics'], notes: string[]): Readonly<Record<string, number>> {
  const kept = new Map<string, number>();
  const left: string[] = [];
  for (const [name, value] of [...given].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const here = metricNameFrom(name);
    const number = sayableNumber(value);
    if (number === undefined) notes.push(`metric ${name} is ${String(value)}: no number that evidence can hold`);
    else if (kept.has(here) || kept.size >= MAX_METRICS) left.push(name);
    else kept.set(here, number);
  }
  if (left.length > 0) notes.push(`metrics too many, or with a name that another has here: ${someOf(left)}`);
  return Object.fromEntries(kept);
}

function dataOf(datasets: unknown): NonNullable<Lineage['data']> {
  return listOf(datasets)
    .slice(0, MAX_DATASETS)
    .flatMap((input) => {
      const dataset = fieldsOf(fieldsOf(input)['dataset']);
      const name = textOf(dataset['name'])?.slice(0, 1000);
      const uri = uriOf(dataset);
      return name === undefined || uri === undefined ? [] : [{ name, uri }];
    });
}

/** MLflow writes a source as JSON whose field depends on its type; its short digest is none that can be checked. */
function uriOf(dataset: Fields): string | undefined {
  const source = textOf(dataset['source']);
  if (source === undefined) return undefined;
  const fields = parsedFields(source);
  const named = textOf(fields['uri']) ?? textOf(fields['url']) ?? textOf(fields['path']);
  return withoutCredentials(named ?? source);
}

function parsedFields(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function someOf(names: readonly string[]): string {
  const rest = names.length - 5;
  return `${names.slice(0, 5).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}
