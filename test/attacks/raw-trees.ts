import { objectId } from '../../src/git/object-id.ts';
import { formatTree } from '../../src/git/tree-object.ts';
import { blobEntry, treeWith, type OddEntry } from '../support/odd-trees.ts';
import { commitTree } from '../support/world.ts';
import type { Push } from './attack.ts';
import type { Scene } from './scene.ts';

/** One entry as it is to stand in the bytes of a tree: any name, any mode, any order. */
export type RawName = readonly [name: string | Buffer, entry: OddEntry];

/** Commits an entry at a path, whatever git would say of it. */
export async function entryAt(scene: Scene, path: string, mode: string, content = 'x'): Promise<Push> {
  const { repository } = scene.world;
  return committed(
    scene,
    path,
    mode === '160000' ? { mode, oid: scene.story.second } : blobEntry(repository, mode, content),
  );
}

/** Commits a folder whose tree holds exactly these entries, in this order. */
export async function folderOf(scene: Scene, path: string, names: readonly RawName[]): Promise<Push> {
  // One by one: `formatTree` sorts what it is given.
  const parts = names.map(([name, entry]) => formatTree([{ ...entry, rawName: Buffer.from(name) }]));
  const bytes = Buffer.concat(parts);
  const oid = objectId('tree', bytes);
  scene.world.repository.objects.set(oid, { type: 'tree', bytes });
  return committed(scene, path, { mode: '40000', oid });
}

async function committed(scene: Scene, path: string, entry: OddEntry): Promise<Push> {
  const { world, story } = scene;
  const { tree } = await world.repository.readCommit(story.second);
  const made = await treeWith(world.repository, tree, { path, entry });
  return { base: story.second, tip: await commitTree(world.repository, { tree: made, parents: [story.second] }) };
}
