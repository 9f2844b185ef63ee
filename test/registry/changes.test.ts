import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../src/git/memory-repository.ts';
import { changesBetween, isGovernedRoot } from '../../src/registry/changes.ts';
import { emptySnapshot, type ObjectSource } from '../../src/registry/snapshot.ts';

describe('isGovernedRoot', () => {
  it.each(['mreg.yaml', 'mreg.yaml.sig', 'mreg.yaml.approvals', 'trust', 'policies', 'registry'])(
    'governs %s',
    (name) => {
      expect(isGovernedRoot(name)).toBe(true);
    },
  );

  it.each([
    ...['Registry', 'TRUST.', 'policies ', 'MREG.YAML', 'ｒegistry', 're\u200cgistry', 'trust::$INDEX_ALLOCATION'],
    ...['REGIST~1', 'polici~1', 'mreg~1'],
  ])('governs %j, which some file system takes for a folder of the registry', (name) => {
    expect(isGovernedRoot(name)).toBe(true);
  });

  it.each(['deploy', 'README.md', 'registry-tools', 'trusty', '.github', 'mreg', 'mreg.yml'])(
    'leaves %s to the users',
    (name) => {
      expect(isGovernedRoot(name)).toBe(false);
    },
  );
});

describe('changesBetween', () => {
  const repository = memoryRepository();

  async function treeOf(models: number, text: string): Promise<string> {
    const paths = Array.from({ length: models }, (_, index) => `registry/m${String(index)}/versions/v1/version.yaml`);
    return repository.writeTree(undefined, new Map(paths.map((path) => [path, Buffer.from(text + path)])));
  }

  async function changed(objects: ObjectSource): Promise<readonly string[]> {
    const [before, after] = [await treeOf(150, 'a'), await treeOf(200, 'b')];
    const at = (tree: string) => ({ ...emptySnapshot(objects), tree });
    return (await changesBetween({ before: at(before), after: at(after) })).map(({ path }) => path);
  }

  it('finds the same whatever is read ahead, and reads few trees ahead at once', async () => {
    const plain = await changed({ ...repository, readSmallTrees: () => Promise.resolve(new Map()) });
    expect(plain).toHaveLength(200);
    const asked: number[] = [];
    const counting: ObjectSource = {
      ...repository,
      readSmallTrees: (oids) => {
        asked.push(oids.length);
        return repository.readSmallTrees(oids);
      },
    };
    expect(await changed(counting)).toEqual(plain);
    expect(Math.max(...asked)).toBe(64);
    const lying = { ...repository, readSmallTrees: (oids: readonly string[]) => Promise.resolve(lies(oids)) };
    expect(await changed(lying)).toEqual(plain);
  });

  function lies(oids: readonly string[]) {
    return new Map(oids.map((oid, index) => [oid, [{ name: `lie-${String(index)}`, mode: '40000', oid }]]));
  }
});
