import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ForeignArtifact, Missing } from './foreign.ts';
import { fieldsOf, listOf, textOf } from './json-values.ts';
import { isSafeName } from './mlflow-version.ts';
import { copyPointed, findPointed, notHere, type Places, type Pointer } from './pointer-files.ts';

interface Found {
  readonly path: string;
  readonly from: string;
  readonly pointer: Pointer;
}

/** Returns the folder that DVC keeps: its list of files names each by path and md5. */
export async function dvcFolder(path: string, pointer: Pointer, places: Places): Promise<ForeignArtifact | Missing> {
  const list = await findPointed(path, pointer, places);
  if (list === undefined) return notHere(path, pointer);
  const entries = entriesIn(await readFile(list, 'utf8'));
  if (entries === undefined)
    return { reason: `DVC's list of ${path} cannot be read`, hint: 'dvc fetch --all-commits, and import again' };
  const found: Found[] = [];
  const absent: Omit<Found, 'from'>[] = [];
  for (const entry of entries) {
    const from = await findPointed(`${path}/${entry.path}`, entry.pointer, places);
    if (from === undefined) absent.push(entry);
    else found.push({ ...entry, from });
  }
  const [first] = absent;
  if (first !== undefined) return notHere(`${path}/${first.path}`, first.pointer, absent.length - 1);
  return folderOf(basename(path), found);
}

/** Attack: a path in the list that climbs out of the folder into which the files are copied. */
function entriesIn(text: string): readonly Omit<Found, 'from'>[] | undefined {
  const entries = listOf(jsonIn(text)).map((value) => {
    const { relpath, md5 } = fieldsOf(value);
    const [path, hash] = [textOf(relpath) ?? '', textOf(md5) ?? ''];
    if (!path.split('/').every(isSafeName) || !/^[0-9a-f]{32}$/.test(hash)) return undefined;
    return { path, pointer: { algorithm: 'md5' as const, hash } };
  });
  return entries.length > 0 && entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function folderOf(name: string, files: readonly Found[]): ForeignArtifact {
  return {
    sizeBytes: async () => {
      let size = 0;
      for (const { from } of files) size += (await stat(from)).size;
      return size;
    },
    take: async (directory, options) => {
      for (const { path, from, pointer } of files)
        await copyPointed({ from, to: join(directory, name, path), pointer }, options);
      return join(directory, name);
    },
  };
}
