import { assert } from '../documents/error.ts';
import { type GitPlace, runGit } from './git-process.ts';

const KEY = /^[A-Za-z][A-Za-z0-9-]*(\.[^\n\0]+)?\.[A-Za-z][A-Za-z0-9-]*$/;

/** Returns the value of a config key, or undefined. */
export async function readConfig(place: GitPlace, key: string): Promise<string | undefined> {
  assert(KEY.test(key), `${JSON.stringify(key)} is a config key`);
  const { exitCode, stdout } = await runGit(place, ['config', '--null', '--get', key], { accept: [0, 1] });
  return exitCode === 0 ? stdout.toString('utf8').slice(0, -1) : undefined;
}

/** Sets a key in the repository's own config file, replacing every value it had there. */
export async function writeConfig(place: GitPlace, key: string, value: string): Promise<void> {
  assert(KEY.test(key), `${JSON.stringify(key)} is a config key`);
  await runGit(place, ['config', '--local', '--replace-all', '--end-of-options', key, value]);
}

/** Returns the names of the configured remotes. */
export async function listRemotes(place: GitPlace): Promise<readonly string[]> {
  const { stdout } = await runGit(place, ['remote']);
  return stdout.toString('utf8').split('\n').filter(Boolean);
}
