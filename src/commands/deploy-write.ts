import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Files } from '../deploy/wish.ts';
import { MregError } from '../documents/error.ts';
import { lineDifference } from '../report/line-difference.ts';

/** What became of one file. */
export interface WrittenFile {
  readonly path: string;
  readonly state: 'created' | 'unchanged' | 'overwritten';
  readonly text: string;
}

/**
 * Writes files that belong to the user from then on: one that stands there with another content is left alone, and
 * nothing is written at all, unless `isForced`. In a dry run only tells what would be done.
 */
export async function writeUserFiles(
  root: string,
  files: Files,
  { isForced, isDry }: { readonly isForced: boolean; readonly isDry: boolean },
): Promise<readonly WrittenFile[]> {
  const judged = await Promise.all([...files].map(([path, text]) => judgeFile(root, path, text)));
  const kept = judged.filter(({ state, before }) => state === 'overwritten' && before !== undefined);
  if (kept.length > 0 && !isForced) throw changedByUser(kept);
  const written = judged.map(({ path, state, text }) => ({ path, state, text }));
  if (isDry) return written;
  for (const { path, state, text } of written) {
    if (state === 'unchanged') continue;
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return written;
}

interface JudgedFile extends WrittenFile {
  readonly before: string | undefined;
}

async function judgeFile(root: string, path: string, text: string): Promise<JudgedFile> {
  await refuseLinks(root, path);
  const before = await readFile(join(root, path), 'utf8').catch(undefinedIfMissing);
  const state = before === undefined ? 'created' : before === text ? 'unchanged' : 'overwritten';
  return { path, state, text, before };
}

/** Attack: a link in a branch that somebody else made, through which a file outside of the repository is overwritten. */
async function refuseLinks(root: string, path: string): Promise<void> {
  const parts = path.split('/');
  for (const length of parts.keys()) {
    const part = parts.slice(0, length + 1).join('/');
    const found = await lstat(join(root, part)).catch(undefinedIfMissing);
    if (found === undefined) return;
    const isRight = length === parts.length - 1 ? found.isFile() : found.isDirectory();
    if (isRight) continue;
    throw new MregError('exists', `${part} is no plain ${length === parts.length - 1 ? 'file' : 'folder'}`, {
      hint: `git log -- ${part}`,
    });
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

function changedByUser(kept: readonly JudgedFile[]): MregError {
  const told = kept.flatMap(({ path, before = '', text }) => [
    `${path}:`,
    ...lineDifference(before, text).map((line) => `  ${line}`),
  ]);
  const message = `these files are yours and differ from what would be written; nothing was changed\n${told.join('\n')}`;
  return new MregError('exists', message, { hint: 'keep yours, or overwrite them with --force' });
}
