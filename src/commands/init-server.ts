import { resolve } from 'node:path';
import { isDigest, type Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import { print } from './flags.ts';
import { installServerHook } from './hook-files.ts';
import type { InitFlags } from './init-flags.ts';
import type { Outside } from './outside.ts';
import { readPin, writePin } from './pin.ts';

/** Makes a bare repository that judges every push: hook installed, root pinned, ready to push to. */
export async function initServer(outside: Outside, flags: InitFlags, directory: string): Promise<number> {
  const place = resolve(outside.cwd, flags.C ?? '.', directory);
  const root = await rootToPin(outside, flags);
  if (flags.dryRun === true) {
    print(outside, flags, {
      json: { directory: place, root: root ?? null, dryRun: true },
      text: () => `dry run: would make ${place}`,
    });
    return 0;
  }
  await outside.initRepository(place, { bare: true, branch: flags.branch });
  const repository = await outside.openRepository(place);
  try {
    if (repository.workTree !== undefined) throw notBare(place);
    if (root !== undefined) await writePin(repository, root);
    const hook = await installServerHook(outside, repository);
    print(outside, flags, {
      json: { directory: place, root: root ?? null, hook },
      text: (_view, paint) =>
        [
          `${paint.green('made')} server ${place}`,
          `  hook  ${hook}`,
          `  root  ${root ?? 'not pinned yet: the first push is trusted and pinned (name it with --root to be sure)'}`,
          '',
          'next, in the registry:',
          `  git remote add origin ${place}`,
          `  git push -u origin ${flags.branch}`,
        ].join('\n'),
    });
    return 0;
  } finally {
    await repository.close();
  }
}

/** The root named with --root, else that of --from, else that of the registry the user stands in, if any. */
async function rootToPin(outside: Outside, flags: InitFlags): Promise<Digest | undefined> {
  if (flags.root !== undefined) {
    if (isDigest(flags.root)) return flags.root;
    throw new MregError('usage', `--root "${flags.root}" is no digest`, {
      hint: '--root sha256:<64 hex digits>, as mreg init printed it',
    });
  }
  if (flags.from !== undefined) return pinOf(outside, resolve(outside.cwd, flags.C ?? '.', flags.from));
  try {
    return await pinOf(outside, resolve(outside.cwd, flags.C ?? '.'));
  } catch (error) {
    if (error instanceof MregError && error.code === 'not-a-registry') return undefined;
    throw error;
  }
}

async function pinOf(outside: Outside, directory: string): Promise<Digest | undefined> {
  const repository = await outside.openRepository(directory);
  try {
    return await readPin(repository);
  } finally {
    await repository.close();
  }
}

function notBare(place: string): MregError {
  return new MregError('exists', `${place} is a repository with checked-out files, no bare one`, {
    hint: 'name a folder that does not exist yet, such as /srv/git/registry.git',
  });
}
