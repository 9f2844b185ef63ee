import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import type { Outside } from './outside.ts';

const MARK = '# installed by mreg';

/** Puts the pre-receive hook into a bare repository and sets the options that the server relies on; returns its path. */
export async function installServerHook(outside: Outside, repository: Repository): Promise<string> {
  const path = await installHook(outside, repository, 'pre-receive');
  await repository.writeConfig('receive.fsckObjects', 'true');
  await repository.writeConfig('core.logAllRefUpdates', 'true');
  return path;
}

/** Puts the pre-commit hook into a repository with checked-out files; returns its path. */
export async function installClientHook(outside: Outside, repository: Repository): Promise<string> {
  return installHook(outside, repository, 'pre-commit');
}

async function installHook(
  outside: Outside,
  repository: Repository,
  name: 'pre-commit' | 'pre-receive',
): Promise<string> {
  const folder = await hooksFolder(repository);
  const path = join(folder, name);
  await refuseForeign(path, name);
  await mkdir(folder, { recursive: true });
  await writeFile(path, hookText(outside, name), { mode: 0o755 });
  // The mode above counts for new files only.
  await chmod(path, 0o755);
  return path;
}

/** Returns the folder that git looks for hooks in. */
export async function hooksFolder(repository: Repository): Promise<string> {
  const configured = await repository.readConfig('core.hooksPath');
  if (configured === undefined) return join(repository.commonDir, 'hooks');
  return join(repository.workTree ?? repository.gitDir, configured);
}

/** `exec` leaves no shell behind whose exit code could hide that of the judge: what cannot start refuses. */
function hookText(outside: Outside, name: string): string {
  const command = outside.selfCommand.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return `#!/bin/sh\n${MARK}\nexec ${command} hook ${name} "$@"\n`;
}

async function refuseForeign(path: string, name: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined || text.includes(MARK)) return;
  throw new MregError('exists', `another ${name} hook stands at ${path}`, {
    hint: `call "mreg hook ${name}" from it, or move it away`,
  });
}
