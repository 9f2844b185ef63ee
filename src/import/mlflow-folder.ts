import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { MregError } from '../documents/error.ts';
import type { ForeignDetails, ForeignModel, ForeignRegistry } from './foreign.ts';
import { fieldsOf, listOf, textOf, type Fields } from './json-values.ts';
import { localArtifact } from './local-artifact.ts';
import { factsOfRun, type RunRecord } from './mlflow-run.ts';
import { aliasesOf, artifactSpot, byNumber, isKept, isSafeName, mlflowOrigin } from './mlflow-version.ts';

/** One folder that holds artifacts: of a run, or of a logged model of MLflow 3. */
export interface OwnerFolder {
  readonly directory: string;
  readonly record?: () => Promise<RunRecord>;
}

/** What both layouts on disk come to. */
export interface FolderContents {
  readonly found: string;
  readonly models: readonly { readonly fields: Fields; readonly versions: readonly Fields[] }[];
  /** Runs and logged models by their ids. */
  readonly owners: ReadonlyMap<string, OwnerFolder>;
}

/** Returns the registry that the contents of a folder describe; `artifacts` is a second place for what is not in it. */
export function registryOf(contents: FolderContents, artifacts: string | undefined): ForeignRegistry {
  const models = contents.models.map(({ fields, versions }): ForeignModel => {
    const name = textOf(fields['name']) ?? '';
    return {
      name,
      description: textOf(fields['description']),
      versions: byNumber(versions.filter(isKept)).map((version) => ({
        origin: mlflowOrigin(name, version, aliasesOf(fields, version)),
        read: () => detailsOf(contents, version, artifacts),
      })),
    };
  });
  return { found: contents.found, models };
}

async function detailsOf(
  { owners }: FolderContents,
  version: Fields,
  artifacts: string | undefined,
): Promise<ForeignDetails> {
  const run = textOf(version['run_id']);
  const record = run === undefined ? undefined : owners.get(run)?.record;
  const facts = record === undefined ? undefined : factsOfRun(await record());
  const gone =
    run === undefined || facts !== undefined ? [] : [`its run ${run} is not here: no metrics and no lineage`];
  return {
    description: textOf(version['description']),
    lineage: facts?.lineage,
    metrics: facts?.metrics ?? {},
    notes: [...(facts?.notes ?? []), ...gone],
    artifact: await artifactOf(owners, version, artifacts),
  };
}

async function artifactOf(
  owners: FolderContents['owners'],
  version: Fields,
  artifacts: string | undefined,
): Promise<ForeignDetails['artifact']> {
  const address = textOf(version['storage_location']) ?? textOf(version['source']) ?? '';
  const spot = artifactSpot(address) ?? artifactSpot(textOf(version['source']) ?? '') ?? loggedModel(address);
  const reason = `its bytes are not here: MLflow has them at ${address === '' ? 'no address' : address}`;
  const hint = 'copy the artifact folders of its runs into one folder, and name that with --artifacts <dir>';
  if (spot === undefined) return { reason, hint };
  const directory = owners.get(spot.owner)?.directory;
  const places = [
    ...(directory === undefined ? [] : [directory]),
    ...(artifacts === undefined ? [] : await spotsBelow(artifacts, spot.owner)),
  ];
  for (const place of places) {
    const found = await localArtifact(place, join('artifacts', spot.path));
    if (found !== undefined) return found;
  }
  return { reason, hint };
}

/** MLflow 3 names a logged model by its id alone. */
function loggedModel(address: string): { owner: string; path: string } | undefined {
  const owner = /^models:\/+(m-[0-9a-zA-Z]+)$/.exec(address)?.[1];
  return owner === undefined ? undefined : { owner, path: '' };
}

/** `<dir>/<run>` and `<dir>/<experiment>/<run>`, and for logged models `<dir>/<experiment>/models/<id>`. */
async function spotsBelow(root: string, owner: string): Promise<readonly string[]> {
  const experiments = await foldersIn(root);
  return [
    join(root, owner),
    ...experiments.flatMap((name) => [join(root, name, owner), join(root, name, 'models', owner)]),
  ];
}

/** Returns the contents of MLflow's file store (`mlruns`), or undefined where a folder is none. */
export async function readFileStore(root: string): Promise<FolderContents | undefined> {
  const names = await foldersIn(join(root, 'models'));
  const metas = await Promise.all(names.map((name) => metaIn(join(root, 'models', name))));
  const kept = names.flatMap((name, index) => {
    const fields = metas[index];
    return fields === undefined ? [] : [{ directory: join(root, 'models', name), fields: { name, ...fields } }];
  });
  if (kept.length === 0) return undefined;
  const models = await Promise.all(kept.map(readStoredModel));
  return { found: 'an MLflow file store', models, owners: await storedOwners(root) };
}

async function readStoredModel({ directory, fields }: { readonly directory: string; readonly fields: Fields }) {
  const folders = (await foldersIn(directory)).filter((name) => /^version-[0-9]+$/.test(name));
  const versions = await Promise.all(folders.map((name) => metaIn(join(directory, name))));
  const aliases = (await textsIn(join(directory, 'aliases'))).map(([alias, version]) => ({ alias, version }));
  return { fields: { ...fields, aliases }, versions: versions.filter((version) => version !== undefined) };
}

async function storedOwners(root: string): Promise<ReadonlyMap<string, OwnerFolder>> {
  const owners = new Map<string, OwnerFolder>();
  for (const experiment of (await foldersIn(root)).filter((name) => name !== 'models')) {
    const home = join(root, experiment);
    for (const id of await foldersIn(home)) {
      const directory = join(home, id);
      owners.set(id, { directory, record: () => storedRun(directory, join(home, 'datasets')) });
    }
    for (const id of await foldersIn(join(home, 'models'))) owners.set(id, { directory: join(home, 'models', id) });
  }
  return owners;
}

async function storedRun(directory: string, datasets: string): Promise<RunRecord> {
  const metrics = await textsIn(join(directory, 'metrics'));
  const inputs = await Promise.all(
    (await foldersIn(join(directory, 'inputs'))).map((name) => metaIn(join(directory, 'inputs', name))),
  );
  const ids = inputs.flatMap((input) => textOf(input?.['source_id']) ?? []).filter(isSafeName);
  return {
    params: Object.fromEntries(await textsIn(join(directory, 'params'))),
    tags: Object.fromEntries(await textsIn(join(directory, 'tags'))),
    metrics: metrics.map(([name, text]) => [name, lastValue(text)]),
    datasets: (await Promise.all(ids.map((id) => metaIn(join(datasets, id))))).map((dataset) => ({ dataset })),
  };
}

/** Each line is `<milliseconds> <value> <step>`, in the order of logging; the last step counts, and of one step the last line. */
function lastValue(text: string): number {
  let best: { step: number; value: number } = { step: Number.NEGATIVE_INFINITY, value: Number.NaN };
  for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
    const [, value = '', step = '0'] = line.trim().split(/\s+/);
    if (Number(step) >= best.step) best = { step: Number(step), value: numberOf(value) };
  }
  return best.value;
}

function numberOf(text: string): number {
  return /^[+-]?(?:inf|nan)/i.test(text) ? Number.NaN : Number(text);
}

const EXPORT_DEPTH = 6;

/** Returns the contents of a folder that the mlflow-export-import tool wrote, or undefined where it is none. */
export async function readExport(root: string): Promise<FolderContents | undefined> {
  const files = await exportFiles(root, EXPORT_DEPTH);
  const models = await Promise.all(
    files.filter((file) => basename(file) === 'model.json').map(async (file) => exportedModel(await jsonIn(file))),
  );
  const kept = models.filter((model) => model !== undefined);
  if (kept.length === 0) return undefined;
  const owners = new Map<string, OwnerFolder>();
  for (const file of files.filter((name) => basename(name) === 'run.json')) {
    const directory = join(file, '..');
    owners.set(basename(directory), { directory, record: async () => exportedRun(await jsonIn(file)) });
  }
  return { found: 'an export by mlflow-export-import', models: kept, owners };
}

async function exportFiles(directory: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isFile() && (entry.name === 'model.json' || entry.name === 'run.json')) found.push(path);
    else if (entry.isDirectory() && entry.name !== 'artifacts' && depth > 1)
      found.push(...(await exportFiles(path, depth - 1)));
  }
  return found;
}

/** Exports of all versions list them beside the model's `latest_versions`, which in others is all there is. */
function exportedModel(file: unknown): FolderContents['models'][number] | undefined {
  const fields = fieldsOf(fieldsOf(fieldsOf(file)['mlflow'])['registered_model']);
  if (textOf(fields['name']) === undefined) return undefined;
  const listed = fields['versions'] ?? fields['latest_versions'];
  return { fields, versions: listOf(listed).map(fieldsOf) };
}

function exportedRun(file: unknown): RunRecord {
  const run = fieldsOf(fieldsOf(file)['mlflow']);
  const metrics = Object.entries(fieldsOf(run['metrics'])).map(([name, values]): [string, number] => {
    const points = [...listOf(values).map(fieldsOf)].sort((a, b) => Number(a['step'] ?? 0) - Number(b['step'] ?? 0));
    return [name, Number(points.at(-1)?.['value'] ?? Number.NaN)];
  });
  return { params: run['params'], tags: run['tags'], metrics, datasets: fieldsOf(run['inputs'])['dataset_inputs'] };
}

async function foldersIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The plain files at or below a folder with what they hold: MLflow nests a name that has a slash. */
async function textsIn(directory: string, prefix = ''): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly (readonly [string, string])[]> => {
      const [path, name] = [join(directory, entry.name), `${prefix}${entry.name}`];
      if (entry.isDirectory()) return textsIn(path, `${name}/`);
      return entry.isFile() ? [[name, (await readFile(path, 'utf8')).replace(/\n$/, '')]] : [];
    }),
  );
  return found.flat().sort(([a], [b]) => (a < b ? -1 : 1));
}

async function metaIn(directory: string): Promise<Fields | undefined> {
  const file = join(directory, 'meta.yaml');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return fieldsOf(parse(text, { maxAliasCount: 0 }));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

async function jsonIn(file: string): Promise<unknown> {
  try {
    // Python writes NaN and Infinity, which are no JSON.
    return JSON.parse((await readFile(file, 'utf8')).replace(/(?<=: )-?(?:NaN|Infinity)(?=[,\s}])/g, 'null'));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): MregError {
  return new MregError('bad-file', `${file} cannot be read`, { cause, hint: 'export it again' });
}
