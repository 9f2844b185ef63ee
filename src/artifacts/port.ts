import type { Digest } from '../documents/digest.ts';
import type { Manifest, ManifestFile } from '../documents/manifest.ts';

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

/** How a stored file is read. */
export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /** The first byte that is wanted: what was read before a cut is not fetched again. */
  readonly from?: number;
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
  /** Returns all bytes at once; present where that is quicker than `read`, as for small files on this machine. */
  readonly readNow?: () => Uint8Array;
}

/** A file to be stored: its path in the artifact and its bytes. */
export interface SourceFile {
  readonly path: string;
  readonly source: ContentSource;
}

/** An artifact that was read whole: its digest and what it holds. */
export interface ReadArtifact {
  readonly digest: Digest;
  readonly manifest: Manifest;
}

/** An artifact that is now in a store, and where. */
export interface PushedArtifact extends ReadArtifact {
  readonly uri: string;
  /** The digest in the URI, which the store finds the artifact by. */
  readonly key: Digest;
}

/**
 * Reading. An artifact is named by its key, the digest in its URI: the artifact's own, or what the kind of store names
 * things by (an OCI registry: the digest of the image manifest). A failed read is an error, never "absent".
 */
export interface ArtifactReader {
  /** The store itself: `file:///srv/models`. */
  readonly url: string;
  /** Returns where an artifact is: `file:///srv/models@sha256:…`. */
  uriOf(key: Digest): string;
  /** Tells whether the artifact's manifest is there. Does not look at its files. */
  has(key: Digest): Promise<boolean>;
  /** Returns the manifest, its bytes checked against the key; MregError('unknown-artifact') or ('integrity'). */
  readManifest(key: Digest): Promise<Manifest>;
  /** Returns the stored size of a file of the artifact, or undefined when its bytes are absent. */
  sizeOf(key: Digest, file: ManifestFile): Promise<number | undefined>;
  /**
   * Yields a file's bytes as stored; the reader checks them. A chunk is valid only until the next is asked for.
   * MregError('integrity') when they are absent.
   */
  open(key: Digest, file: ManifestFile, options?: OpenOptions): AsyncIterable<Uint8Array>;
  readonly packed?: Packed;
}

/** How an artifact is stored. */
export interface WriteOptions extends TransferOptions {
  /** Reads everything and says where it would be, and stores nothing. */
  readonly dryRun?: boolean;
}

/** Adding. Nothing stored is ever changed. */
export interface ArtifactWriter {
  /**
   * Stores an artifact durably: its files first, what makes them an artifact last. What is there already is not stored
   * again, so that a cut transfer goes on; MregError('integrity') when it lies there corrupt.
   */
  write(files: readonly SourceFile[], options: WriteOptions): Promise<PushedArtifact>;
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
  link(key: Digest, file: ManifestFile, to: string): Promise<void>;
}

/** A capability: giving an artifact a name that people can read, and that keeps it from a registry's own collection. */
export interface Taggable {
  /** Moves `tag` to the artifact; a tag is a convenience of the store and is never trusted. */
  tag(key: Digest, tag: string): Promise<void>;
}

/** A document about an artifact that lies beside it in the store: an attestation, a signature. */
export interface Referrer {
  readonly artifactType: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A capability: keeping documents about an artifact beside it, where other tools look for them. */
export interface Referrable {
  /** Stores a document and returns the digest that the store has it under. Doing it twice ends in the same. */
  attach(key: Digest, referrer: Referrer): Promise<Digest>;
  /** Returns the documents about an artifact, their bytes checked by digest; with `artifactType`, only those of that type. */
  list(key: Digest, artifactType?: string): Promise<readonly (Referrer & { readonly digest: Digest })[]>;
}

/** Something stored that holds files between other bytes, as a layer of an image does; files in the order of their places. */
export interface Piece extends Content {
  readonly files: readonly { readonly file: ManifestFile; readonly offset: number }[];
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** A capability of stores whose files lie in larger pieces: reading those again, so that no byte around the files is left out. */
export interface Packed {
  pieces(key: Digest): Promise<readonly Piece[]>;
}

/** A place for artifacts. A capability that a store lacks is absent, so that no store pretends. */
export interface ArtifactStore extends ArtifactReader, ArtifactWriter {
  readonly collectable?: Collectable;
  readonly linkable?: Linkable;
  readonly taggable?: Taggable;
  readonly referrable?: Referrable;
}
