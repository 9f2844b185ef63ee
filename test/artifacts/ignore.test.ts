import { describe, expect, it } from 'vitest';
import { parseIgnore } from '../../src/artifacts/ignore.ts';

describe('a line of .mregignore', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['*.log', ['a.log', 'x/y/a.log', '.log'], ['a.log/b', 'a.logs']],
    ['a?b', ['axb', 'x/a😀b'], ['ab', 'axxb', 'a/b']],
    ['/top', ['top'], ['x/top']],
    ['docs/*/draft', ['docs/x/draft'], ['docs/draft', 'docs/x/y/draft', 'x/docs/x/draft']],
    ['docs/**/draft', ['docs/draft', 'docs/x/y/draft'], ['docs/x/drafts']],
    ['docs/**', ['docs/x', 'docs/x/y'], ['docs', 'x/docs/y']],
    ['**/tmp', ['tmp', 'a/tmp', 'a/b/tmp'], ['a/tmp/b']],
    ['a**b', ['ab', 'axxb'], ['a/b']],
    ['a.c', ['a.c'], ['abc']],
  ])('%s', (line, left, kept) => {
    const ignored = parseIgnore(line);
    expect(left.filter((path) => !ignored(path, false))).toEqual([]);
    expect(kept.filter((path) => ignored(path, false))).toEqual([]);
  });

  it('takes no longer for many wildcards than for few', () => {
    const ignored = parseIgnore(`${'*a'.repeat(60)}b\n${'**/a/'.repeat(60)}b\n`);
    expect(ignored('a'.repeat(200), false)).toBe(false);
    expect(ignored(Array(200).fill('a').join('/'), false)).toBe(false);
  });
});
