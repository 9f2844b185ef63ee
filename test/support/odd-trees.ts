import { objectId } from '../../src/git/object-id.ts';
import type { MemoryRepository } from '../../src/git/memory-port.ts';
import { formatTree } from '../../src/git/tree-object.ts';

/** An entry that no plan writes: a link, a submodule, an executable, a folder without files. */
export interface OddEntry {
  readonly mode: string;
  readonly oid: string;
}

/** Keeps a blob and returns an entry that gives it a mode of the test's choice. */
export function blobEntry(repository: MemoryRepository, mode: string, content: string): OddEntry {
  const bytes = Buffer.from(content);
  const oid = objectId('blob', bytes);
  repository.objects.set(oid, { type: 'blob', bytes });
  return { mode, oid };
}

/** Keeps the tree without entries, which git never writes but reads, and returns it as an entry. */
export function emptyFolder(repository: MemoryRepository): OddEntry {
  return { mode: '40000', oid: keepTree(repository, []) };
}

/** Returns `tree` with an entry put at `path`, whatever stood there; folders on the way are made. */
export async function treeWith(
  repository: MemoryRepository,
  tree: string | undefined,
  at: { readonly path: string; readonly entry: OddEntry },
): Promise<string> {
  const [name = '', ...rest] = at.path.split('/');
  const entries = tree === undefined ? [] : await repository.readTree(tree);
  const old = entries.find((entry) => entry.name === name && entry.mode === '40000');
  const entry =
    rest.length === 0
      ? at.entry
      : { mode: '40000', oid: await treeWith(repository, old?.oid, { path: rest.join('/'), entry: at.entry }) };
  return keepTree(repository, [...entries.filter((other) => other.name !== name), { name, ...entry }]);
}

function keepTree(repository: MemoryRepository, entries: readonly (OddEntry & { readonly name: string })[]): string {
  const bytes = formatTree(entries.map((entry) => ({ ...entry, rawName: Buffer.from(entry.name) })));
  const oid = objectId('tree', bytes);
  repository.objects.set(oid, { type: 'tree', bytes });
  return oid;
}
