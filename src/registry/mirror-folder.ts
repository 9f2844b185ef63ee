import { MregError } from '../documents/error.ts';
import { entriesAt, fileAt, isTree, type Snapshot } from './snapshot.ts';

/** Returns the edits that make a folder of `onto` equal, byte for byte, to the same folder of `from`. */
export async function mirrorFolder(
  directory: string,
  states: { readonly from: Snapshot; readonly onto: Snapshot },
): Promise<ReadonlyMap<string, Uint8Array | null>> {
  const edits = new Map<string, Uint8Array | null>();
  for (const path of await filesBelow(states.onto, directory)) edits.set(path, null);
  for (const path of await filesBelow(states.from, directory)) {
    const file = await fileAt(states.from, path);
    if (file.state !== 'present') throw new MregError('integrity', `${path}: expected a document, found ${file.state}`);
    edits.set(path, file.bytes);
  }
  return edits;
}

/** Returns the paths of all files below a folder, in tree order. */
async function filesBelow(snapshot: Snapshot, directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await entriesAt(snapshot, directory)) {
    const path = `${directory}/${entry.name}`;
    if (isTree(entry)) found.push(...(await filesBelow(snapshot, path)));
    else found.push(path);
  }
  return found;
}
