import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { jsonIn } from './foreign-files.ts';
import { fieldsOf, listOf, textOf } from './json-values.ts';
import type { FolderContents, OwnerFolder } from './mlflow-folder.ts';
import type { RunRecord } from './mlflow-run.ts';

/** Exports nest experiments in folders; further down there are artifacts alone. */
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
