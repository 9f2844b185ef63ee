import { addSignature, formatCommit } from './commit-object.ts';
import { storeLoose } from './loose-store.ts';
import { type BuiltObject, buildObject } from './object-builder.ts';
import { objectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';
import type { CommitDraft } from './port.ts';
import { type Edits, editTree } from './tree-edit.ts';
import type { RawEntry } from './tree-object.ts';

/** Writes objects; never an index, a file of the user or a ref. */
export interface ObjectWriter {
  writeTree(base: string | undefined, edits: Edits): Promise<string>;
  writeCommit(draft: CommitDraft, sign?: (payload: Uint8Array) => Promise<string>): Promise<string>;
}

/** Returns a writer of loose objects into `objectsDir`. What it returns the id of is durable. */
export function openObjectWriter(objectsDir: string, reader: ObjectReader): ObjectWriter {
  async function writeTree(base: string | undefined, edits: Edits): Promise<string> {
    const built: Promise<BuiltObject>[] = [];
    const trees = new Map<string, readonly RawEntry[]>();
    const root = await editTree(
      {
        readTree: (oid) => reader.tree(oid),
        addBlob: (bytes) => {
          built.push(buildObject('blob', bytes));
          return Promise.resolve(objectId('blob', bytes));
        },
        addTree: (bytes, entries) => {
          const oid = objectId('tree', bytes);
          trees.set(oid, entries);
          built.push(buildObject('tree', bytes));
          return Promise.resolve(oid);
        },
      },
      base,
      edits,
    );
    await storeLoose(objectsDir, await Promise.all(built));
    return root;
  }

  async function writeCommit(draft: CommitDraft, sign?: (payload: Uint8Array) => Promise<string>): Promise<string> {
    const payload = formatCommit(draft);
    const commit = sign ? addSignature(payload, await sign(payload)) : payload;
    const built = await buildObject('commit', commit);
    await storeLoose(objectsDir, [built]);
    return built.oid;
  }

  return { writeTree, writeCommit };
}
