import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { MregError } from '../documents/error.ts';
import { fieldsOf, type Fields } from './json-values.ts';

/** Returns the names of the folders in a folder, sorted; none where there is no such folder. */
export async function foldersIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Returns the plain files at or below a folder with what they hold: MLflow nests a name that has a slash. */
export async function textsIn(directory: string, prefix = ''): Promise<readonly (readonly [string, string])[]> {
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

/** Returns what the `meta.yaml` of a folder says, or undefined where there is none. */
export async function metaIn(directory: string): Promise<Fields | undefined> {
  const file = join(directory, 'meta.yaml');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return fieldsOf(parse(text, { maxAliasCount: 0 }));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** Returns what a JSON file says. */
export async function jsonIn(file: string): Promise<unknown> {
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
