import { join } from 'node:path';
import { foldersIn, metaIn, textsIn } from './foreign-files.ts';
import { textOf, type Fields } from './json-values.ts';
import type { FolderContents, OwnerFolder } from './mlflow-folder.ts';
import type { RunRecord } from './mlflow-run.ts';
import { isSafeName } from './mlflow-version.ts';

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
