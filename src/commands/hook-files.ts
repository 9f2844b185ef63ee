import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import type { Outside } from './outside.ts';

/** Files in git's hooks folder that mreg writes. A merge that git commits by itself runs `pre-merge-commit` alone. */
export type HookFile = 'pre-commit' | 'pre-merge-commit' | 'pre-receive';

/** The hooks of a repository with checked-out files. */
export const CLIENT_HOOKS: readonly HookFile[] = ['pre-commit', 'pre-merge-commit'];
/** The hooks of a server. */
export const SERVER_HOOKS: readonly HookFile[] = ['pre-receive'];

const MARK = '# installed by mreg';
/** What stood there before is called first, under this name. */
const CHAINED = '.local';

/** A hook file as it stands: whose it is, and whether git can run it. */
export type HookState =
  | { readonly state: 'absent' }
  | { readonly state: 'foreign' }
  | { readonly state: 'ours'; readonly isExecutable: boolean; readonly text: string };

/** Puts the pre-receive hook into a repository and sets the options that the server relies on; returns its path. */
export async function installServerHook(outside: Outside, repository: Repository): Promise<string> {
  const path = await installHook(outside, repository, 'pre-receive', { isChained: false });
  await repository.writeConfig('receive.fsckObjects', 'true');
  await repository.writeConfig('core.logAllRefUpdates', 'true');
  return path;
}

/** Puts the hooks into a repository with checked-out files; with `isChained` a hook of somebody else runs first. */
export async function installClientHooks(
  outside: Outside,
  repository: Repository,
  how: { readonly isChained: boolean },
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const name of CLIENT_HOOKS) paths.push(await installHook(outside, repository, name, how));
  return paths;
}

async function installHook(
  outside: Outside,
  repository: Repository,
  name: HookFile,
  { isChained }: { readonly isChained: boolean },
): Promise<string> {
  const folder = await ownHooksFolder(repository, name);
  const path = join(folder, name);
  const found = await readHook(path);
  if (found.state === 'foreign') await moveAside(path, { name, isChained });
  await mkdir(folder, { recursive: true });
  // Written beside and renamed: git runs an empty hook too, and takes it for a yes.
  await writeFile(`${path}.tmp`, hookText(outside, name), { mode: 0o755 });
  await chmod(`${path}.tmp`, 0o755);
  await rename(`${path}.tmp`, path);
  return path;
}

/** Removes the hooks that mreg wrote, and puts back what stood there before; returns the paths. */
export async function removeHooks(repository: Repository, names: readonly HookFile[]): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of names) {
    const path = join(await hooksFolder(repository), name);
    if ((await readHook(path)).state !== 'ours') continue;
    if ((await readHook(path + CHAINED)).state === 'absent') await rm(path);
    else await rename(path + CHAINED, path);
    removed.push(path);
  }
  return removed;
}

/** Says what stands at a hook's path. */
export async function readHook(path: string): Promise<HookState> {
  try {
    const text = await readFile(path, 'utf8');
    if (!text.includes(MARK)) return { state: 'foreign' };
    return { state: 'ours', isExecutable: ((await stat(path)).mode & 0o111) !== 0, text };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { state: 'absent' };
    throw new MregError('disk', `the hook ${path} cannot be read`, { cause: error, hint: `ls -l ${path}` });
  }
}

/** Returns the folder that git looks for hooks in. */
export async function hooksFolder(repository: Repository): Promise<string> {
  const configured = await repository.readConfig('core.hooksPath');
  if (configured === undefined) return join(repository.commonDir, 'hooks');
  return resolve(repository.workTree ?? repository.gitDir, configured);
}

/** Returns the paths in a hook's text that must exist for it to run. */
export function programsIn(text: string): readonly string[] {
  const line = text.split('\n').find((candidate) => candidate.startsWith('exec ')) ?? '';
  return [...line.matchAll(/'((?:[^']|'\\'')*)'/g)].map(([, word = '']) => word.replaceAll("'\\''", "'"));
}

/** A folder named by core.hooksPath belongs to another tool, which would overwrite a file there, or to other repositories. */
async function ownHooksFolder(repository: Repository, name: HookFile): Promise<string> {
  const folder = await hooksFolder(repository);
  if (resolve(folder) === resolve(repository.commonDir, 'hooks')) return folder;
  throw new MregError('exists', `git looks for hooks in ${folder} (core.hooksPath), which another tool looks after`, {
    hint: `call "mreg hook ${doorOf(name)}" from its ${name} hook; or git config --unset core.hooksPath`,
  });
}

async function moveAside(
  path: string,
  { name, isChained }: { readonly name: HookFile; readonly isChained: boolean },
): Promise<void> {
  if (!isChained) {
    throw new MregError('exists', `another ${name} hook stands at ${path}`, {
      hint: `call "mreg hook ${doorOf(name)}" from it${name === 'pre-receive' ? '' : '; or --chain, to run it first'}`,
    });
  }
  await rename(path, path + CHAINED);
}

/**
 * The text of a hook. `exec` leaves no shell behind whose exit code could hide that of the judge, and what is missing is
 * named: git alone would say that the hook declined.
 */
function hookText(outside: Outside, name: HookFile): string {
  const missing = outside.selfCommand.map((word) => `[ -e ${quoted(word)} ]`).join(' && ');
  const sorry = `mreg: refused, the program of this ${name} hook is gone: mreg doctor --fix`;
  return [
    '#!/bin/sh',
    MARK,
    ...(name === 'pre-receive' ? [] : [`[ ! -x "$0${CHAINED}" ] || "$0${CHAINED}" "$@" || exit $?`]),
    `${missing} || { echo ${quoted(sorry)} >&2; exit 1; }`,
    `exec ${callOf(outside, name)} "$@"`,
    '',
  ].join('\n');
}

function callOf(outside: Outside, name: HookFile): string {
  return `${outside.selfCommand.map(quoted).join(' ')} hook ${doorOf(name)}`;
}

/** A merge is judged as the commit that it is. */
function doorOf(name: HookFile): string {
  return name === 'pre-receive' ? 'pre-receive' : 'pre-commit';
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
