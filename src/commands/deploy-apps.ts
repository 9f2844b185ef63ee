import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MregError } from '../documents/error.ts';
import type { Refusal } from '../documents/refusal.ts';
import { readYaml } from '../documents/strict-yaml.ts';

/** Where the generator of Argo CD looks. */
const FOLDER = 'deploy/models';

/**
 * Throws where a file that the ApplicationSet's generator reads cannot be read as what it is. One such file stops the
 * generator for every model, and nobody would learn it from the model whose file is broken.
 */
export async function refuseUnreadableApps(root: string, name: string): Promise<void> {
  const entries = await readdir(join(root, FOLDER), { recursive: true, withFileTypes: true }).catch(noneIfMissing);
  const files = entries.filter((entry) => entry.isFile() && entry.name === name);
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  const refusals = (await Promise.all(paths.map((path) => checkApp(path, path.slice(root.length + 1))))).flat();
  if (refusals.length === 0) return;
  throw new MregError('bad-file', `Argo CD could not read every ${name}, and would stop updating all of them`, {
    refusals,
    hint: 'mend or remove the file',
  });
}

async function checkApp(file: string, path: string): Promise<readonly Refusal[]> {
  const reading = readYaml(await readFile(file), path);
  if (!reading.ok) return reading.refusals;
  const { value } = reading;
  const fields = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  // `path` and `values` are the generator's own, and numbers become floats in the template: 1e+06 from a million on.
  const wrong = [...fields]
    .filter(([key, field]) => RESERVED.has(key) || typeof field !== 'string')
    .map(([key]) => key);
  const missing = NEEDED.filter((key) => !fields.has(key));
  return [...wrong.map((key) => refusal(path, key)), ...missing.map((key) => refusal(path, key))];
}

const NEEDED: readonly string[] = ['name', 'model', 'stage', 'stageFolder'];
const RESERVED: ReadonlySet<string> = new Set(['path', 'values']);

function refusal(path: string, key: string): Refusal {
  const expected = `${NEEDED.join(', ')}, each a text, and neither path nor values`;
  return {
    code: 'schema',
    path,
    expected,
    found: `${key}: missing, no text, or taken`,
    hint: 'mreg deploy init --force',
  };
}

function noneIfMissing(error: unknown): never[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}
