import type { Digest } from '../../documents/digest.ts';
import type { Collectable, StoredContent } from '../port.ts';
import { removeReferrers } from './referrers.ts';
import type { RegistryClient } from './registry-client.ts';

/** An artifact's tag says when it was pushed, because registries do not: `mreg-<32 digits of the artifact>-202608011205`. */
const PUSH_TAG = /^mreg-[0-9a-f]{32}-([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$/;
const MINUTE_MS = 60_000;

/** Returns the tag that a push sets at `now`, so that no registry takes the image for abandoned. */
export function pushTag(artifact: Digest, now: Date): string {
  const minute = now
    .toISOString()
    .slice(0, 16)
    .replace(/[^0-9]/g, '');
  return `mreg-${artifact.slice('sha256:'.length, 'sha256:'.length + 32)}-${minute}`;
}

/** Returns the end of the minute in which a tag was set; undefined when no push set it. */
export function pushedAt(tag: string): Date | undefined {
  const [, year, month, day, hour, minute] = PUSH_TAG.exec(tag) ?? [];
  if (minute === undefined) return undefined;
  const time = Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute}:00Z`);
  return Number.isNaN(time) ? undefined : new Date(time + MINUTE_MS - 1);
}

/**
 * Returns the listing and removing half of a repository: images that pushes have tagged. Files and leftovers are the
 * registry's own to collect.
 */
export function collectOci(client: RegistryClient): Collectable {
  return {
    listManifests: () => listImages(client),
    listFiles: none,
    listLeftovers: none,
    removeArtifact: (digest, unlessAfter) => removeImage(client, digest, unlessAfter),
    removeFile: () => Promise.resolve(false),
    removeLeftover: () => Promise.resolve(false),
  };
}

/** An image that was pushed several times is listed once, with the last time. */
async function* listImages(client: RegistryClient): AsyncGenerator<StoredContent> {
  const images = new Map<Digest, StoredContent>();
  for await (const { tag, storedAt } of pushTags(client)) {
    const found = await client.findManifest(tag);
    const known = found === undefined ? undefined : images.get(found.digest);
    if (found === undefined || (known !== undefined && known.storedAt >= storedAt)) continue;
    images.set(found.digest, { ...found, storedAt });
  }
  yield* [...images.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

async function* pushTags(client: RegistryClient): AsyncGenerator<{ readonly tag: string; readonly storedAt: Date }> {
  for await (const tag of client.tags()) {
    const storedAt = pushedAt(tag);
    if (storedAt !== undefined) yield { tag, storedAt };
  }
}

async function removeImage(client: RegistryClient, digest: Digest, unlessAfter: Date): Promise<boolean> {
  for await (const { tag, storedAt } of pushTags(client)) {
    if (storedAt > unlessAfter && (await client.findManifest(tag))?.digest === digest) return false;
  }
  // The image last: while it is there, an interrupted collection finds it again, and with it what is beside it.
  await removeReferrers(client, digest);
  await client.removeManifest(digest);
  return true;
}

async function* none(): AsyncGenerator<never> {
  // Nothing to list.
}
