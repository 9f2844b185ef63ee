import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MregError } from '../documents/error.ts';

/** The characters that make a path a pattern. */
export const WILD = /[*?[\]]/;
/** A pattern that finds more is a slip, such as `/**`. */
const MOST_FILES = 10_000;

/**
 * Returns the files that a path or pattern names, in the order of their paths: `*` and `?` stand for characters of one name,
 * `**` for any folders. A folder stands for nothing by itself.
 */
export async function findFiles(pattern: string, cwd: string): Promise<readonly string[]> {
  const path = resolve(cwd, pattern);
  if (await isFile(path)) return [plainName(path)];
  if (!WILD.test(pattern)) throw await absent(pattern, path);
  const parts = path.split('/');
  const first = parts.findIndex((part) => WILD.test(part));
  const found: string[] = [];
  await descend(parts.slice(0, first).join('/') || '/', parts.slice(first), found);
  if (found.length > 0) return [...new Set(found)].sort().map(plainName);
  throw new MregError('bad-file', `no file matches ${pattern}`, { hint: 'check the pattern: ls <folder>' });
}

async function descend(folder: string, parts: readonly string[], found: string[]): Promise<void> {
  const [part, ...rest] = parts;
  if (part === undefined) return;
  if (part === '**') await descend(folder, rest.length === 0 ? ['*'] : rest, found);
  const matches = matcher(part);
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    const isFolder = entry.isDirectory();
    if (part === '**' && isFolder) await descend(path, parts, found);
    else if (matches.test(entry.name) && rest.length > 0 && isFolder) await descend(path, rest, found);
    else if (matches.test(entry.name) && rest.length === 0 && (await isFile(path))) found.push(path);
    if (found.length > MOST_FILES)
      throw new MregError('usage', `the pattern finds more than ${String(MOST_FILES)} files`, {
        hint: 'name fewer files',
      });
  }
}

/** Hidden files are left out, as a shell does. */
async function entriesOf(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}

/** Returns what the whole names of objects must match, which are paths without folders. */
export function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => (part === '**' ? '(?:[^/]+/)*' : `${sourceOf(part)}/`));
  const last = path.endsWith('/**') || path === '**' ? '[^/]+' : '';
  return new RegExp(`^${parts.join('').replace(/\/$/, '')}${last}$`, 'u');
}

function matcher(part: string): RegExp {
  return new RegExp(`^${sourceOf(part)}$`, 'u');
}

function sourceOf(part: string): string {
  return part
    .replace(/[\\^$.|+(){}[\]]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

async function absent(pattern: string, path: string): Promise<MregError> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return new MregError('bad-file', `there is no file ${pattern}`, { hint: 'check the path' });
  return new MregError('bad-file', `${pattern} is no file`, { hint: `name its files: '${pattern}/*.parquet'` });
}

/** The engine takes these characters for a pattern of its own, and has no way to write them plainly. */
function plainName(path: string): string {
  if (!WILD.test(path)) return path;
  throw new MregError('bad-file', `the path ${path} holds one of * ? [ ], which cannot be read`, {
    hint: 'rename the file or the folder',
  });
}
