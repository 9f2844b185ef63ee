/** What git knows of an object without loading it. */
export interface ObjectInfo {
  readonly oid: string;
  readonly type: string;
  readonly size: number;
}

/** An object as git stores it; `content` undefined when it is larger than what was asked for. */
export interface StoredObject extends ObjectInfo {
  readonly content: Buffer | undefined;
}
