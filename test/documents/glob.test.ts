import { describe, expect, it } from 'vitest';
import { globMatches } from '../../src/documents/glob.ts';

describe('a glob over model names', () => {
  it.each([
    ['*', 'fraud', true],
    ['*', 'risk/fraud', true],
    ['*', '', true],
    ['risk/*', 'risk/fraud', true],
    ['risk/*', 'risk', false],
    ['risk/*', 'other/fraud', false],
    ['*/fraud', 'risk/fraud', true],
    ['*/fraud', 'fraud', false],
    ['fraud', 'fraud', true],
    ['fraud', 'fraud2', false],
    ['fraud', 'my/fraud', false],
    ['fr*d', 'fraud', true],
    ['fr*d', 'frd', true],
    ['fr*d', 'frauds', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'acb', false],
    ['a*b*c', 'a1b2b3c', true],
    ['a*bc*c', 'abc', false],
    ['**', 'x', true],
    ['r.sk', 'risk', false],
    ['', '', true],
    ['', 'a', false],
  ])('%j on %j: %s', (glob, name, matches) => {
    expect(globMatches(glob, name)).toBe(matches);
  });

  it('takes no longer for a glob made of stars', () => {
    expect(globMatches('a*'.repeat(64), `${'a'.repeat(20_000)}b`)).toBe(true);
    expect(globMatches(`${'a*'.repeat(64)}c`, `${'a'.repeat(20_000)}b`)).toBe(false);
  });
});
