import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { Lineage, Origin } from '../documents/kinds/model-version.ts';

/** Another registry, read: what it is in words, and its models. */
export interface ForeignRegistry {
  /** `an MLflow file store`, for people. */
  readonly found: string;
  readonly models: readonly ForeignModel[];
}

/** A model elsewhere, under the name that it has there. */
export interface ForeignModel {
  readonly name: string;
  readonly description?: string | undefined;
  /** In the order in which they were made. */
  readonly versions: readonly ForeignVersion[];
}

/** A version elsewhere. What takes time is read when it is asked for. */
export interface ForeignVersion {
  readonly origin: Origin;
  read(): Promise<ForeignDetails>;
}

/** What came with a version. */
export interface ForeignDetails {
  readonly description?: string | undefined;
  readonly lineage?: Lineage | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  readonly tool?: EvidenceDocument['spec']['tool'] | undefined;
  /** What could not be brought along, in sentences. */
  readonly notes: readonly string[];
  readonly artifact: ForeignArtifact | Missing;
}

/** How bytes are brought to this machine; `onBytes` hears the length of each piece, negative when it must come again. */
export interface TakeOptions {
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that can be had. */
export interface ForeignArtifact {
  sizeBytes(): Promise<number>;
  /** Returns a file or folder that holds them: an existing one, or one made in `directory`. */
  take(directory: string, options?: TakeOptions): Promise<string>;
}

/** Why bytes cannot be had, and what to do about it. */
export interface Missing {
  readonly reason: string;
  readonly hint: string;
}
