import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { isDigest } from '../documents/digest.ts';
import type { Disk } from './disk.ts';
import { diskError, onDisk, systemCode } from './disk-error.ts';
import type { Area, LocalLayout } from './local-layout.ts';
import type { Collectable, StoredContent } from './port.ts';

interface Found {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly storedAt: Date;
}

/** Returns the listing and removing half of a local store. */
export function collectLocal(layout: LocalLayout, disk: Disk): Collectable {
  return {
    listManifests: () => listArea('manifests', layout, disk),
    listFiles: () => listArea('blobs', layout, disk),
    listLeftovers: () => listFolder(disk, layout.temporaryFolder),
    removeArtifact: (digest, unlessAfter) => removeIfOld(disk, layout.pathOf('manifests', digest), unlessAfter),
    removeFile: (digest, unlessAfter) => removeIfOld(disk, layout.pathOf('blobs', digest), unlessAfter),
    removeLeftover: (name, unlessAfter) => removeIfOld(disk, join(layout.temporaryFolder, name), unlessAfter),
  };
}

async function* listArea(area: Area, layout: LocalLayout, disk: Disk): AsyncGenerator<StoredContent> {
  const folder = layout.folderOf(area);
  for (const prefix of await entries(disk, folder)) {
    for await (const { name, size, storedAt } of listFolder(disk, join(folder, prefix.name))) {
      const digest = `sha256:${name}`;
      if (isDigest(digest)) yield { digest, size, storedAt };
    }
  }
}

async function* listFolder(disk: Disk, folder: string): AsyncGenerator<Found> {
  for (const { name } of await entries(disk, folder)) {
    const path = join(folder, name);
    const found = await unlessGone(path, () => disk.lstat(path));
    if (found?.isFile() === true) yield { name, path, size: found.size, storedAt: found.mtime };
  }
}

async function entries(disk: Disk, folder: string): Promise<readonly Dirent[]> {
  const found = (await unlessGone(folder, () => disk.readdir(folder, { withFileTypes: true }))) ?? [];
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Removes `path` unless it was stored or wanted again since the listing: a push may have come in between. */
async function removeIfOld(disk: Disk, path: string, unlessAfter: Date): Promise<boolean> {
  const found = await unlessGone(path, () => disk.lstat(path));
  if (found === undefined) return true;
  if (found.mtime > unlessAfter) return false;
  await onDisk('remove', path, () => disk.rm(path, { force: true }));
  return true;
}

async function unlessGone<T>(path: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw diskError(error, 'read', path);
  }
}
