import { mkdir } from 'node:fs/promises';
import { MregError } from '../documents/error.ts';
import { gitEnvironment, runGit } from './git-process.ts';

/** Makes an empty git repository at `directory`, which may exist. An existing repository there stays as it is. */
export async function initRepository(
  directory: string,
  options: { readonly bare: boolean; readonly branch: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    throw new MregError('disk', `the folder ${directory} cannot be made`, { cause, hint: 'choose another place' });
  }
  const place = { directory, env: gitEnvironment(options.env) };
  const shape = options.bare ? ['--bare'] : [];
  await runGit(place, ['init', '--quiet', '--object-format=sha1', `--initial-branch=${options.branch}`, ...shape, '.']);
}
