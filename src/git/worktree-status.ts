import type { Repository } from './port.ts';
import { gitEnvironment, runGit } from './git-process.ts';

/** Returns the files below `paths` that git sees as changed or unknown in the checkout; at most `limit` of them. */
export async function changedFilesBelow(
  { workTree }: Pick<Repository, 'workTree'>,
  asked: { readonly env: NodeJS.ProcessEnv; readonly paths: readonly string[]; readonly limit: number },
): Promise<readonly string[]> {
  if (workTree === undefined) return [];
  const place = { directory: workTree, env: gitEnvironment(asked.env) };
  const { stdout } = await runGit(place, ['status', '--porcelain', '-z', '--no-renames', '--', ...asked.paths]);
  const lines = stdout.toString('utf8').split('\0').slice(0, -1);
  return lines.slice(0, asked.limit).map((line) => line.slice(3));
}
