import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { changedFiles } from '../../src/registry/changes.ts';
import { git } from '../support/git.ts';
import { signingAs } from '../support/people.ts';
import type { Edits, World } from '../support/world.ts';
import { keyFileOf, stand, tryGit, type Scene } from './scene.ts';

/** A clone of the server with checked-out files, for stock git. */
export interface Checkout {
  readonly directory: string;
  /** Runs stock git there; throws when it fails. */
  git(...args: readonly string[]): string;
  /** The same, signing commits with the key of somebody. */
  as(name: string, ...args: readonly string[]): Promise<void>;
}

/** Clones the server as it stands on `base`. */
export function checkoutAt(scene: Scene, base: string, ...flags: readonly string[]): Checkout {
  stand(scene, scene.server, base);
  const directory = join(mkdtempSync(join(scene.home, 'clone-')), 'registry');
  git(scene.home, ['clone', '--quiet', ...flags, `file://${scene.server}`, directory]);
  return {
    directory,
    git: (...args) => git(directory, args),
    as: async (name, ...args) => {
      const { code, stderr } = tryGit(directory, [...signingAs(await keyFileOf(scene, name)), ...args]);
      if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    },
  };
}

/** Returns the edits that make a folder what it was in another commit, as `git revert` and `git checkout` do. */
export async function restoring(
  world: World,
  folder: string,
  move: { readonly from: string; readonly to: string },
): Promise<Edits> {
  const [before, after] = [await world.at(move.from), await world.at(move.to)];
  const paths = (await changedFiles({ before, after })).filter((path) => path.startsWith(`${folder}/`));
  const rows = await Promise.all(paths.map(async (path) => [path, await textOrNull(world, move.to, path)] as const));
  return Object.fromEntries(rows);
}

function textOrNull(world: World, commit: string, path: string): Promise<string | null> {
  return world.read(commit, path).catch(() => null);
}
