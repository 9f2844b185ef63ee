import { describe, expect, it } from 'vitest';
import { formatTree, parseTree } from '../../src/git/tree-object.ts';

const oid = '1'.repeat(40);
const id = 'f'.repeat(40);
const raw = (mode: string, name: string) =>
  Buffer.concat([Buffer.from(`${mode} ${name}\0`, 'latin1'), Buffer.from(oid, 'hex')]);
const parse = (...parts: Buffer[]) => parseTree(Buffer.concat(parts), id);

describe('parseTree', () => {
  it('reads entries with their exact names and writes the same bytes', () => {
    const bytes = Buffer.concat([raw('100644', 'a'), raw('40000', 'b'), raw('120000', 'caf\xe9'), raw('160000', 'm')]);
    const entries = parseTree(bytes, id);
    expect(entries.map(({ mode, name }) => [mode, name])).toEqual([
      ['100644', 'a'],
      ['40000', 'b'],
      ['120000', 'caf\ufffd'],
      ['160000', 'm'],
    ]);
    expect(formatTree([...entries].reverse())).toEqual(bytes);
  });

  it.each([
    ['an unknown mode', [raw('100777', 'a')]],
    ['a padded mode', [raw('040000', 'a')]],
    ['an empty name', [raw('100644', '')]],
    ['a slash in a name', [raw('100644', 'a/b')]],
    ['the name ..', [raw('100644', '..')]],
    ['the name .', [raw('40000', '.')]],
    ['unsorted entries', [raw('100644', 'b'), raw('100644', 'a')]],
    ['a folder sorted as a file', [raw('40000', 'a'), raw('100644', 'a.b')]],
    ['a name twice', [raw('100644', 'a'), raw('100644', 'a')]],
    ['a file and a folder of one name', [raw('100644', 'a'), raw('100644', 'a.b'), raw('40000', 'a')]],
    ['a cut entry', [raw('100644', 'a').subarray(0, -1)]],
    ['a missing id', [Buffer.from('100644 a\0')]],
    ['junk', [Buffer.from('junk')]],
  ])('refuses %s', (_, parts) => {
    expect(() => parse(...parts)).toThrow(expect.objectContaining({ code: 'integrity' }) as Error);
  });
});
