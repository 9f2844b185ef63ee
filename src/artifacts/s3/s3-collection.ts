import type { Digest } from '../../documents/digest.ts';
import { forEachBounded } from '../bounded.ts';
import type { Collectable, StoredContent } from '../port.ts';
import type { OpenUpload } from './bucket-uploads.ts';
import type { Target } from './artifact-writer.ts';

/** A removal is one small request. */
const REMOVALS_AT_ONCE = 16;

interface Leftover {
  readonly name: string;
  readonly size: number;
  readonly storedAt: Date;
}

/**
 * Returns the listing and removing half of a bucket. Files belong to one artifact and go with it; leftovers are folders
 * whose push never came to the manifest (named as the folder), and unfinished uploads (`<name>?uploadId=<id>`).
 */
export function collectS3(target: Target): Collectable {
  return {
    listManifests: () => listManifests(target),
    listFiles: none,
    listLeftovers: () => listLeftovers(target),
    removeArtifact: (digest, unlessAfter) => removeArtifact(target, digest, unlessAfter),
    removeFile: () => Promise.resolve(false),
    removeLeftover: (name, unlessAfter) => removeLeftover(target, name, unlessAfter),
  };
}

async function* listManifests({ bucket, layout }: Target): AsyncGenerator<StoredContent> {
  for await (const { name, size, storedAt } of bucket.list(layout.manifests)) {
    const found = layout.parse(name);
    if (found?.path === '') yield { digest: found.artifact, size, storedAt };
  }
}

/** The manifest goes first: an interruption leaves files without an artifact, never an artifact without its files. */
async function removeArtifact(target: Target, digest: Digest, unlessAfter: Date): Promise<boolean> {
  const { bucket, layout } = target;
  const name = layout.nameOfManifest(digest);
  const head = await bucket.head(name);
  if (head !== undefined && head.storedAt > unlessAfter) return false;
  await bucket.remove(name);
  await removeFolder(target, layout.folderOf(digest));
  return true;
}

async function removeFolder({ bucket }: Target, folder: string): Promise<void> {
  const names: string[] = [];
  for await (const { name } of bucket.list(folder)) names.push(name);
  await forEachBounded(names, REMOVALS_AT_ONCE, (name) => bucket.remove(name));
}

async function* listLeftovers(target: Target): AsyncGenerator<Leftover> {
  const { bucket, layout } = target;
  for await (const [artifact, folder] of foldersOf(target)) {
    if ((await bucket.head(layout.nameOfManifest(artifact))) === undefined) yield folder;
  }
  for await (const upload of bucket.uploads.list(layout.artifacts)) {
    const parts = (await bucket.uploads.partsOf(upload)) ?? [];
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    yield { name: nameOfUpload(upload), size, storedAt: upload.startedAt };
  }
}

/** Yields each folder with the sum of its sizes and the time of its youngest file. A listing is in the order of names. */
async function* foldersOf({ bucket, layout }: Target): AsyncGenerator<readonly [Digest, Leftover]> {
  let open: readonly [Digest, Leftover] | undefined;
  for await (const { name, size, storedAt } of bucket.list(layout.artifacts)) {
    const artifact = layout.parse(name)?.artifact;
    if (artifact === undefined) continue;
    if (open !== undefined && open[0] !== artifact) yield open;
    const before = open?.[0] === artifact ? open[1] : { size: 0, storedAt };
    const youngest = before.storedAt > storedAt ? before.storedAt : storedAt;
    open = [artifact, { name: layout.folderOf(artifact), size: before.size + size, storedAt: youngest }];
  }
  if (open !== undefined) yield open;
}

const UPLOAD_MARK = '?uploadId=';

function nameOfUpload({ name, id }: OpenUpload): string {
  return name + UPLOAD_MARK + id;
}

async function removeLeftover(target: Target, name: string, unlessAfter: Date): Promise<boolean> {
  const at = name.lastIndexOf(UPLOAD_MARK);
  if (at >= 0) {
    const upload = { name: name.slice(0, at), id: name.slice(at + UPLOAD_MARK.length), startedAt: unlessAfter };
    await target.bucket.uploads.abort(upload);
    return true;
  }
  // A push may have gone on since the listing, or even have ended.
  for await (const [artifact, folder] of foldersOf(target)) {
    if (folder.name !== name) continue;
    const isSealed = (await target.bucket.head(target.layout.nameOfManifest(artifact))) !== undefined;
    if (isSealed || folder.storedAt > unlessAfter) return false;
    await removeFolder(target, name);
  }
  return true;
}

async function* none(): AsyncGenerator<never> {
  // Nothing to list.
}
