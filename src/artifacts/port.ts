import type { Digest } from '../documents/digest.ts';
import type { Manifest } from '../documents/manifest.ts';

/** What a long transfer has done so far. Called often: whoever shows it throttles. */
export interface Progress {
  readonly files: number;
  readonly bytes: number;
  readonly totalFiles: number;
  readonly totalBytes: number;
}

/** What every transfer of an artifact takes. */
export interface TransferOptions {
  readonly onProgress?: (done: Progress) => void;
  /** Aborting ends the transfer with MregError('interrupted') and leaves nothing half-made. */
  readonly signal?: AbortSignal;
}

/** What a single read or write of a store is given; `onBytes` hears the length of each piece, negative when it must be read again. */
export interface ByteOptions {
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** The identity of stored bytes. */
export interface Content {
  readonly digest: Digest;
  readonly size: number;
}

/** Bytes that can be put into a store, read once or more. `origin` is for messages. */
export interface ContentSource {
  readonly origin: string;
  readonly size: number;
  /** Yields the bytes in order; a chunk is valid only until the next is asked for. Fails when the source changes meanwhile. */
  read(): AsyncIterable<Uint8Array>;
}

/** Reading by content. A failed read is an error, never "absent". */
export interface ArtifactReader {
  /** The store itself: `file:///srv/models`. */
  readonly url: string;
  /** Returns where an artifact is: `file:///srv/models@sha256:…`. */
  uriOf(artifact: Digest): string;
  /** Tells whether the artifact's manifest is there. Does not look at its files. */
  has(artifact: Digest): Promise<boolean>;
  /** Returns the manifest, its bytes checked against the digest; MregError('unknown-artifact') or ('integrity'). */
  readManifest(artifact: Digest): Promise<Manifest>;
  /** Returns the stored size of a file's bytes, or undefined when they are absent. */
  sizeOf(file: Digest): Promise<number | undefined>;
  /**
   * Yields a file's bytes as stored; the reader checks them. A chunk is valid only until the next is asked for.
   * MregError('integrity') when they are absent.
   */
  open(file: Digest, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Adding by content. Nothing stored is ever changed; the same content is stored once. */
export interface ArtifactWriter {
  /** Stores the bytes of one file durably and returns what was stored; MregError('integrity') when it lies there corrupt. */
  put(source: ContentSource, options?: ByteOptions): Promise<Content>;
  /** Stores the manifest of files that were put before: from then on the artifact is there. */
  seal(manifest: Manifest): Promise<Digest>;
}

/** Something stored, with when it was stored or last wanted again. */
export interface StoredContent extends Content {
  readonly storedAt: Date;
}

/** A capability: listing what is stored, and removing it. */
export interface Collectable {
  listManifests(): AsyncIterable<StoredContent>;
  listFiles(): AsyncIterable<StoredContent>;
  /** Lists what interrupted writes left behind. */
  listLeftovers(): AsyncIterable<{ readonly name: string; readonly size: number; readonly storedAt: Date }>;
  /** Each removal is skipped when the thing was stored again after `unlessAfter`; returns whether it is gone. */
  removeArtifact(artifact: Digest, unlessAfter: Date): Promise<boolean>;
  removeFile(file: Digest, unlessAfter: Date): Promise<boolean>;
  removeLeftover(name: string, unlessAfter: Date): Promise<boolean>;
}

/** A capability of stores on this machine: giving a stored file a second name instead of a copy. */
export interface Linkable {
  link(file: Digest, to: string): Promise<void>;
}

/** A place for artifacts. A capability that a store lacks is absent, so that no store pretends. */
export interface ArtifactStore extends ArtifactReader, ArtifactWriter {
  readonly collectable?: Collectable;
  readonly linkable?: Linkable;
}
