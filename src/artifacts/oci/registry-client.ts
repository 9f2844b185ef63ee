import { type Digest, digestOf, isDigest } from '../../documents/digest.ts';
import { MregError } from '../../documents/error.ts';
import { isRecord, readJson } from '../../documents/json.ts';
import { drop, readBounded } from './answer.ts';
import type { Conversation } from './conversation.ts';
import { failedRead, type FailedRead } from './failed-read.ts';
import type { HttpAnswer } from './http.ts';
import { type Blob, MANIFEST_TYPE, MAX_IMAGE_BYTES } from './image.ts';

/** The media type of a list of manifests. */
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const ACCEPTED = [MANIFEST_TYPE, INDEX_TYPE].join(', ');
const MAX_TAGS_BYTES = 16 * 1024 * 1024;

/** A manifest that a name leads to, with when it was put there if the registry says so. */
export interface FoundManifest {
  readonly digest: Digest;
  readonly size: number;
}

/** The part of the OCI distribution specification that a store needs; uploads and downloads are elsewhere. */
export class RegistryClient {
  readonly conversation: Conversation;

  constructor(conversation: Conversation) {
    this.conversation = conversation;
  }

  /** Returns the bytes of a manifest, or undefined when there is none of that name. They are not checked. */
  async readManifest(name: string): Promise<Uint8Array | undefined> {
    const url = this.conversation.addressOf(`manifests/${name}`);
    const answer = await this.#ask('GET', url, 'read a manifest');
    if (answer.status === 200) return readBounded(answer, url, MAX_IMAGE_BYTES);
    return this.#absent(answer, { aim: 'read a manifest', name });
  }

  /** Returns what a name leads to, or undefined when there is none of that name. */
  async findManifest(name: string): Promise<FoundManifest | undefined> {
    const answer = await this.#ask('HEAD', this.conversation.addressOf(`manifests/${name}`), 'look for a manifest');
    if (answer.status !== 200) return this.#absent(answer, { aim: 'look for a manifest', name });
    await drop(answer);
    const digest = answer.header('docker-content-digest') ?? '';
    if (isDigest(digest)) return { digest, size: lengthOf(answer) ?? 0 };
    const bytes = await this.readManifest(name);
    return bytes === undefined ? undefined : { digest: digestOf(bytes), size: bytes.length };
  }

  /** Puts a manifest there under a digest or a tag; returns the digest of its subject when the registry keeps such lists. */
  async putManifest(name: string, { descriptor, bytes }: Blob): Promise<string | undefined> {
    const url = this.conversation.addressOf(`manifests/${name}`);
    const aim = 'write a manifest';
    const headers = { 'content-type': descriptor.mediaType };
    const answer = await this.conversation.ask({ method: 'PUT', url, headers, body: bytes, aim });
    if (answer.status !== 201) throw await this.conversation.unexpected(answer, aim);
    await drop(answer);
    return answer.header('oci-subject');
  }

  /** Removes a manifest; one that is not there is removed already. */
  async removeManifest(digest: Digest): Promise<void> {
    const { host } = this.conversation.place;
    const answer = await this.#ask('DELETE', this.conversation.addressOf(`manifests/${digest}`), 'remove a manifest');
    if (answer.status !== 202 && answer.status !== 404) {
      if (answer.status !== 405) throw await this.conversation.unexpected(answer, 'remove a manifest');
      await drop(answer);
      throw new MregError('no-access', `${host} removes nothing: deletion is switched off there`, {
        hint: "switch it on (REGISTRY_STORAGE_DELETE_ENABLED=true), or use the registry's own rules for what to keep",
      });
    }
    await drop(answer);
  }

  /** Returns the stored size of a blob, or undefined when it is absent. */
  async sizeOfBlob(digest: Digest): Promise<number | undefined> {
    const answer = await this.#ask('HEAD', this.conversation.addressOf(`blobs/${digest}`), 'look for a file');
    if (answer.status !== 200) return this.#absent(answer, { aim: 'look for a file', name: digest });
    await drop(answer);
    return lengthOf(answer);
  }

  /** Returns the bytes of a small blob, checked against its digest; undefined when it is absent or other bytes. */
  async readBlob(digest: Digest, maxBytes: number): Promise<Uint8Array | undefined> {
    const url = this.conversation.addressOf(`blobs/${digest}`);
    const answer = await this.#ask('GET', url, 'read a file');
    if (answer.status !== 200) return this.#absent(answer, { aim: 'read a file', name: digest });
    const bytes = await readBounded(answer, url, maxBytes);
    return digestOf(bytes) === digest ? bytes : undefined;
  }

  /** Lists the tags of the repository, page by page; a repository that is not there has none. */
  async *tags(): AsyncGenerator<string> {
    let url: URL | undefined = this.conversation.addressOf('tags/list?n=1000');
    while (url !== undefined) {
      const answer: HttpAnswer = await this.#ask('GET', url, 'list tags');
      if (answer.status === 404) return drop(answer);
      if (answer.status !== 200) throw await this.conversation.unexpected(answer, 'list tags');
      const value = readJson(await readBounded(answer, url, MAX_TAGS_BYTES));
      const tags = isRecord(value) && Array.isArray(value['tags']) ? value['tags'] : [];
      for (const tag of tags) if (typeof tag === 'string' && TAG.test(tag)) yield tag;
      const next = nextPage(answer, url);
      // Attack: a page that leads to itself, for ever.
      url = tags.length === 0 || next?.href === url.href ? undefined : next;
    }
  }

  #ask(method: 'GET' | 'HEAD' | 'DELETE', url: URL, aim: string): Promise<HttpAnswer> {
    return this.conversation.ask({ method, url, headers: { accept: ACCEPTED }, aim });
  }

  async #absent(answer: HttpAnswer, read: FailedRead): Promise<undefined> {
    if (answer.status !== 404) throw await failedRead(this.conversation, answer, read);
    await drop(answer);
    return undefined;
  }
}

/** What the distribution specification lets a tag be. */
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Returns the address of the next page of a list. Pages of one registry stay with it: credentials are not carried elsewhere. */
export function nextPage(answer: HttpAnswer, from: URL): URL | undefined {
  const target = /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(answer.header('link') ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, from.href)) return undefined;
  const next = new URL(target, from);
  return next.origin === from.origin ? next : undefined;
}

function lengthOf(answer: HttpAnswer): number | undefined {
  const length = answer.header('content-length');
  return length === undefined ? undefined : Number(length);
}
