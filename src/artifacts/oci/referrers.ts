import { type Digest, digestOf } from '../../documents/digest.ts';
import { MregError } from '../../documents/error.ts';
import { isRecord, readJson } from '../../documents/json.ts';
import type { Referrable, Referrer } from '../port.ts';
import { drop, readBounded } from './answer.ts';
import { type Descriptor, jsonBlob, MANIFEST_TYPE, MAX_IMAGE_BYTES, readAnnotations, readDescriptor } from './image.ts';
import { INDEX_TYPE, nextPage, type RegistryClient } from './registry-client.ts';
import { uploadBlob } from './upload.ts';

const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') };
/** An attestation has some kilobytes; more than this is not read into memory. */
const MAX_REFERRER_BYTES = 16 * 1024 * 1024;
/** A thousand documents about one artifact is more than anybody reads. */
const MAX_PAGES = 100;
/** Two pushes that write the same list at once: the one that lost writes again. */
const LIST_TRIES = 5;

/** How a list of referrers names one of them. */
interface Listed extends Descriptor {
  readonly artifactType: string;
}

/** Returns the half of a repository that keeps documents about images beside them. */
export function referrersOf(client: RegistryClient): Referrable {
  return {
    attach: (key, referrer) => attach(client, key, referrer),
    list: async (key, artifactType) => {
      const wanted = (await listed(client, key)).filter(
        (each) => artifactType === undefined || each.artifactType === artifactType,
      );
      const found: (Referrer & { readonly digest: Digest })[] = [];
      for (const each of wanted) found.push(await readReferrer(client, key, each));
      return found;
    },
  };
}

async function attach(client: RegistryClient, key: Digest, referrer: Referrer): Promise<Digest> {
  const subject = await client.findManifest(key);
  if (subject === undefined) throw absentSubject(client, key);
  const layer = { mediaType: referrer.mediaType, digest: digestOf(referrer.bytes), size: referrer.bytes.length };
  const config = { mediaType: EMPTY.mediaType, digest: digestOf(EMPTY.bytes), size: EMPTY.bytes.length };
  await putBlob(client, referrer.bytes);
  await putBlob(client, EMPTY.bytes);
  const manifest = jsonBlob(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: referrer.artifactType,
    config,
    layers: [layer],
    subject: { mediaType: MANIFEST_TYPE, digest: key, size: subject.size },
    annotations: referrer.annotations,
  });
  const kept = await client.putManifest(manifest.descriptor.digest, manifest);
  const entry = { ...manifest.descriptor, artifactType: referrer.artifactType, annotations: referrer.annotations };
  // The registry says that it keeps the list itself; an older one knows nothing of subjects.
  if (kept === undefined) await addToList(client, key, entry);
  return manifest.descriptor.digest;
}

async function putBlob(client: RegistryClient, bytes: Uint8Array): Promise<void> {
  const digest = digestOf(bytes);
  if ((await client.sizeOfBlob(digest)) !== undefined) return;
  const read = async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(bytes);
  };
  await uploadBlob(client.conversation, { digest, size: bytes.length, read });
}

/** Removes what lies beside an image that is gone: about nothing it says nothing. What was removed already is no failure. */
export async function removeReferrers(client: RegistryClient, key: Digest): Promise<void> {
  for (const { digest } of await listed(client, key)) await client.removeManifest(digest);
  const list = await client.findManifest(listTag(key));
  if (list !== undefined) await client.removeManifest(list.digest);
}

/** The tag under which clients keep the list for registries that do not. */
function listTag(key: Digest): string {
  return key.replace(':', '-');
}

async function addToList(client: RegistryClient, key: Digest, entry: Listed): Promise<void> {
  for (let tries = 0; tries < LIST_TRIES; tries += 1) {
    const known = (await listedByTag(client, key)) ?? [];
    if (known.some(({ digest }) => digest === entry.digest)) return;
    const index = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [...known, entry] };
    await client.putManifest(listTag(key), jsonBlob(INDEX_TYPE, index));
  }
  throw new MregError('network', `the list of what belongs to ${key} is written by somebody else all the time`, {
    hint: 'run the command again',
  });
}

async function listed(client: RegistryClient, key: Digest): Promise<readonly Listed[]> {
  const found: Listed[] = [];
  let url: URL | undefined = client.conversation.addressOf(`referrers/${key}`);
  for (let pages = 0; url !== undefined && pages < MAX_PAGES; pages += 1) {
    const page: Page | undefined = await readPage(client, url);
    if (page === undefined) return pages === 0 ? ((await listedByTag(client, key)) ?? []) : found;
    found.push(...page.listed);
    // Attack: a page that leads to itself, for ever.
    url = page.next?.href === url.href ? undefined : page.next;
  }
  return found;
}

interface Page {
  readonly listed: readonly Listed[];
  readonly next: URL | undefined;
}

/** Undefined where the registry keeps no lists. */
async function readPage({ conversation }: RegistryClient, url: URL): Promise<Page | undefined> {
  const aim = 'list what belongs to an artifact';
  const answer = await conversation.ask({ method: 'GET', url, headers: { accept: INDEX_TYPE }, aim });
  const isList = (answer.header('content-type') ?? '').startsWith(INDEX_TYPE);
  if (UNKNOWN.has(answer.status) || (answer.status === 200 && !isList)) {
    await drop(answer);
    return undefined;
  }
  if (answer.status !== 200) throw await conversation.unexpected(answer, aim);
  const list = readList(await readBounded(answer, url, MAX_IMAGE_BYTES));
  if (list === undefined) throw damagedList(conversation, url.pathname);
  return { listed: list, next: nextPage(answer, url) };
}

/** What registries say that know no such lists; with anything else they fail, which is not the same. */
const UNKNOWN: ReadonlySet<number> = new Set([400, 404, 405, 501]);

async function listedByTag(client: RegistryClient, key: Digest): Promise<readonly Listed[] | undefined> {
  const tag = listTag(key);
  const bytes = await client.readManifest(tag);
  const list = bytes === undefined ? undefined : readList(bytes);
  if (bytes !== undefined && list === undefined) throw damagedList(client.conversation, tag);
  return list;
}

function readList(bytes: Uint8Array): readonly Listed[] | undefined {
  const value = readJson(bytes);
  if (!isRecord(value) || !Array.isArray(value['manifests'])) return undefined;
  return value['manifests'].flatMap((entry: unknown) => {
    const descriptor = readDescriptor(entry);
    const type = isRecord(entry) ? entry['artifactType'] : undefined;
    return descriptor === undefined || typeof type !== 'string' ? [] : [{ ...descriptor, artifactType: type }];
  });
}

async function readReferrer(
  client: RegistryClient,
  key: Digest,
  { digest, artifactType }: Listed,
): Promise<Referrer & { readonly digest: Digest }> {
  const bytes = await client.readManifest(digest);
  if (bytes === undefined || digestOf(bytes) !== digest) throw damagedReferrer(client, digest);
  const value = readJson(bytes);
  const subject = isRecord(value) ? readDescriptor(value['subject']) : undefined;
  const layer = isRecord(value) && Array.isArray(value['layers']) ? readDescriptor(value['layers'][0]) : undefined;
  // Attack: a list that passes the attestation of one artifact off as that of another.
  if (!isRecord(value) || subject?.digest !== key || layer === undefined || value['artifactType'] !== artifactType) {
    throw damagedReferrer(client, digest);
  }
  const content = layer.size > MAX_REFERRER_BYTES ? undefined : await client.readBlob(layer.digest, layer.size);
  if (content === undefined) throw damagedReferrer(client, digest);
  return {
    digest,
    artifactType,
    mediaType: layer.mediaType,
    bytes: content,
    annotations: readAnnotations(value['annotations']),
  };
}

function damagedReferrer(client: RegistryClient, digest: Digest): MregError {
  const { host, repository } = client.conversation.place;
  return new MregError('integrity', `${host}/${repository}@${digest} is not what the list of referrers says`, {
    hint: 'attach it again',
  });
}

function damagedList({ place: { host, repository } }: RegistryClient['conversation'], name: string): MregError {
  return new MregError('integrity', `${host}/${repository}: ${name} is no list of what belongs to an artifact`, {
    hint: 'remove it in the registry, then attach again: mreg artifact attest <model>@<version>',
  });
}

function absentSubject(client: RegistryClient, key: Digest): MregError {
  const { host, repository } = client.conversation.place;
  return new MregError('unknown-artifact', `there is no artifact oci://${host}/${repository}@${key}`, {
    hint: 'push it: mreg artifact push <path>',
  });
}
