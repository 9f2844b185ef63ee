import { createHash } from 'node:crypto';

/** The types of object that git stores. */
export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

/** Git's id of "no object": a ref that does not exist. */
export const ZERO_OID = '0'.repeat(40);

/** The tree without entries; git knows it even where nobody wrote it. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Returns the sha1 id that git gives an object. */
export function objectId(type: ObjectType, bytes: Uint8Array): string {
  return createHash('sha1')
    .update(`${type} ${String(bytes.length)}\0`)
    .update(bytes)
    .digest('hex');
}

/** Tells whether `text` is a full sha1 object id. */
export function isOid(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}
