import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globCovers, globMatches } from '../../src/documents/glob.ts';

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

describe('a glob that covers another', () => {
  it.each([
    ['*', '*', true],
    ['*', 'risk/*', true],
    ['risk/*', '*', false],
    ['risk/*', 'risk/*', true],
    ['risk/*', 'risk/fraud*', true],
    ['risk/fraud*', 'risk/*', false],
    ['*', 'fraud', true],
    ['fraud', 'fraud', true],
    ['fraud', 'frau*', false],
    ['fraud', '*', false],
    ['a*b', 'a*', false],
    ['a*b', 'a*c*b', true],
    ['**', '*', true],
    ['*', '**', true],
    ['?', '*', false],
  ])('%j over %j: %s', (outer, inner, covers) => {
    expect(globCovers(outer, inner)).toBe(covers);
  });

  it('matches whatever the other one matches, and one that does not misses something', () => {
    const glob = fc.array(fc.constantFrom('a', 'b', '/', '*'), { maxLength: 6 }).map((parts) => parts.join(''));
    const filling = fc.array(fc.constantFrom('a', 'b', '/', 'ab', ''), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(glob, glob, filling, (outer, inner, words) => {
        let star = 0;
        const name = inner.replaceAll('*', () => words[star++] ?? '');
        if (globCovers(outer, inner)) expect(globMatches(outer, name)).toBe(true);
        else expect(globMatches(outer, inner.replaceAll('*', 'z'))).toBe(false);
      }),
    );
  });
});
