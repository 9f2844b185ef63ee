import { addSignature, formatCommit } from './commit-object.ts';
import { type NewObject, storeLoose } from './loose-store.ts';
import { objectId, type ObjectType } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';
import type { CommitDraft } from './port.ts';
import { type Edits, editTree } from './tree-edit.ts';

/** Writes objects; never an index, a file of the user or a ref. */
export interface ObjectWriter {
  writeTree(base: string | undefined, edits: Edits): Promise<string>;
  writeCommit(draft: CommitDraft, sign?: (payload: Uint8Array) => Promise<string>): Promise<string>;
}

/** Returns a writer of loose objects into `objectsDir`. What it returns the id of is durable. */
export function openObjectWriter(objectsDir: string, reader: ObjectReader): ObjectWriter {
  async function writeTree(base: string | undefined, edits: Edits): Promise<string> {
    const wanted: NewObject[] = [];
    const add = (type: ObjectType, content: Uint8Array): Promise<string> => {
      wanted.push({ type, content });
      return Promise.resolve(objectId(type, content));
    };
    const store = {
      readTree: (oid: string) => reader.tree(oid),
      addBlob: (bytes: Uint8Array) => add('blob', bytes),
      addTree: (bytes: Buffer) => add('tree', bytes),
    };
    const root = await editTree(store, base, edits);
    await storeLoose(objectsDir, wanted);
    return root;
  }

  async function writeCommit(draft: CommitDraft, sign?: (payload: Uint8Array) => Promise<string>): Promise<string> {
    const payload = formatCommit(draft);
    const commit = sign ? addSignature(payload, await sign(payload)) : payload;
    await storeLoose(objectsDir, [{ type: 'commit', content: commit }]);
    return objectId('commit', commit);
  }

  return { writeTree, writeCommit };
}
