import type { Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { ArtifactReader, Collectable } from './port.ts';

const HOUR_MS = 60 * 60 * 1000;
/** An artifact is stored before the version that names it is committed: what is younger may be about to be named. */
const YOUNG_MS = HOUR_MS;
/** The slowest push is taken to end within a day; until then its temporary files are its own. */
const YOUNG_LEFTOVER_MS = 24 * HOUR_MS;

/** What nobody needs any more. Sizes in bytes; those of artifacts are not summed, since files may be shared. */
export interface Garbage {
  readonly artifacts: readonly Digest[];
  readonly files: readonly { readonly digest: Digest; readonly size: number }[];
  readonly leftovers: readonly { readonly name: string; readonly size: number }[];
  readonly sizeBytes: number;
}

type Store = ArtifactReader & { readonly collectable?: Collectable };

/** What a collection must know beside the store. */
export interface CollectOptions {
  /** The artifacts of every version of every registry that uses the store. */
  readonly keep: ReadonlySet<Digest>;
  readonly now: Date;
}

/**
 * Lists what may be removed from a store: artifacts not in `keep`, files of no remaining artifact, old leftovers. What is
 * young stays. Throws MregError('integrity') when a kept manifest is unreadable, since its files are then not known.
 */
export async function findGarbage(store: Store, { keep, now }: CollectOptions): Promise<Garbage> {
  const collectable = collectableOf(store);
  const { dropped, wanted } = await sortArtifacts(store, collectable, { keep, now });
  const files: { digest: Digest; size: number }[] = [];
  for await (const { digest, size, storedAt } of collectable.listFiles()) {
    if (!wanted.has(digest) && storedAt < youngest(now, YOUNG_MS)) files.push({ digest, size });
  }
  const leftovers: { name: string; size: number }[] = [];
  for await (const { name, size, storedAt } of collectable.listLeftovers()) {
    if (storedAt < youngest(now, YOUNG_LEFTOVER_MS)) leftovers.push({ name, size });
  }
  const sizeBytes = [...files, ...leftovers].reduce((sum, { size }) => sum + size, 0);
  return { artifacts: dropped, files, leftovers, sizeBytes };
}

async function sortArtifacts(
  store: ArtifactReader,
  collectable: Collectable,
  { keep, now }: CollectOptions,
): Promise<{ readonly dropped: readonly Digest[]; readonly wanted: ReadonlySet<Digest> }> {
  const dropped: Digest[] = [];
  const wanted = new Set<Digest>();
  for await (const { digest, storedAt } of collectable.listManifests()) {
    if (!keep.has(digest) && storedAt < youngest(now, YOUNG_MS)) {
      dropped.push(digest);
      continue;
    }
    for (const file of (await store.readManifest(digest)).files) wanted.add(file.digest);
  }
  return { dropped, wanted };
}

/**
 * Removes `garbage` and returns what is really gone: what was stored again since `now` stays. Artifacts go first, so that
 * an interruption leaves files without an artifact and never an artifact without its files.
 */
export async function removeGarbage(store: Store, garbage: Garbage, now: Date): Promise<Garbage> {
  const collectable = collectableOf(store);
  const young = youngest(now, YOUNG_MS);
  const artifacts = await keepOnly(garbage.artifacts, (digest) => collectable.removeArtifact(digest, young));
  const files = await keepOnly(garbage.files, ({ digest }) => collectable.removeFile(digest, young));
  const old = youngest(now, YOUNG_LEFTOVER_MS);
  const leftovers = await keepOnly(garbage.leftovers, ({ name }) => collectable.removeLeftover(name, old));
  const sizeBytes = [...files, ...leftovers].reduce((sum, { size }) => sum + size, 0);
  return { artifacts, files, leftovers, sizeBytes };
}

function youngest(now: Date, ageMs: number): Date {
  return new Date(now.getTime() - ageMs);
}

async function keepOnly<T>(items: readonly T[], remove: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const gone: T[] = [];
  for (const item of items) if (await remove(item)) gone.push(item);
  return gone;
}

/** Returns the store's capability to list and remove; throws MregError('usage') when it has none. */
export function collectableOf(store: Store): Collectable {
  if (store.collectable !== undefined) return store.collectable;
  throw new MregError('usage', `${store.url} cannot list what it holds`, {
    hint: "use the store's own lifecycle rules",
  });
}
