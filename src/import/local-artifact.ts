import { lstat, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ForeignArtifact } from './foreign.ts';

/**
 * Returns the artifact at `path` below `root`, or undefined when nothing is there. Attack: a link in a foreign export leads to
 * the importer's own files, which would be published: what really lies elsewhere is not there.
 */
export async function localArtifact(root: string, path: string): Promise<ForeignArtifact | undefined> {
  const [within, real] = await Promise.all([realOf(root), realOf(join(root, path))]);
  if (within === undefined || real === undefined) return undefined;
  if (real !== within && !real.startsWith(within.endsWith(sep) ? within : `${within}${sep}`)) return undefined;
  if ((await sizeOf(real)) === undefined) return undefined;
  return { sizeBytes: async () => (await sizeOf(real)) ?? 0, take: () => Promise.resolve(real) };
}

function realOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

/** The bytes below a path; undefined for an empty folder, which is no artifact. Links count nothing: the push refuses them. */
async function sizeOf(path: string): Promise<number | undefined> {
  const found = await lstat(path);
  if (!found.isDirectory()) return found.isFile() ? found.size : 0;
  const entries = await readdir(path);
  const sizes = await Promise.all(entries.map((name) => sizeOf(join(path, name))));
  const known = sizes.filter((size) => size !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, size) => sum + size, 0);
}
