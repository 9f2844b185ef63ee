import { assert } from '../documents/error.ts';
import type { ObjectType } from './object-id.ts';

/** An object ready to be stored: its id and the deflated bytes that git keeps in a loose file. */
export interface BuiltObject {
  readonly oid: string;
  readonly deflated: Uint8Array;
}

/**
 * Builds a git object with isomorphic-git, in memory. isomorphic-git takes no locks and knows nothing of durability, so
 * it never sees the disk, the index or a ref. It gets finished content, not parsed trees and commits: it sorts trees by
 * UTF-16 units instead of bytes, and rewrites messages that a signature already covers.
 */
export async function buildObject(type: ObjectType, content: Uint8Array): Promise<BuiltObject> {
  // Imported when first needed: reading a registry should not pay for it.
  const isomorphicGit = await import('isomorphic-git');
  const files = new Map<string, Uint8Array>();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- its successors take no finished trees and commits
  const oid = await isomorphicGit.writeObject({
    fs: memoryFiles(files),
    gitdir: '/',
    type,
    object: content,
    format: 'content',
  });
  const [deflated, ...others] = files.values();
  assert(deflated !== undefined && others.length === 0, 'an object is one file');
  return { oid, deflated };
}

/** The part of node's fs.promises that writing one object touches. */
function memoryFiles(files: Map<string, Uint8Array>) {
  const absent = () => Promise.reject(Object.assign(new Error('not found'), { code: 'ENOENT' }));
  const done = () => Promise.resolve();
  const writeFile = (path: string, bytes: Uint8Array) => {
    files.set(path, bytes);
    return Promise.resolve();
  };
  return {
    promises: {
      ...{ readFile: absent, readdir: absent, stat: absent, lstat: absent, readlink: absent },
      ...{ unlink: done, mkdir: done, rmdir: done, symlink: done, chmod: done },
      writeFile,
    },
  };
}
