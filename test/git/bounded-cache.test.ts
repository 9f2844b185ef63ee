import { expect, it } from 'vitest';
import { BoundedCache } from '../../src/git/bounded-cache.ts';

it('forgets what was used longest ago, and keeps its weight within the bound', () => {
  const cache = new BoundedCache<string>(10);
  cache.set('a', 'A', 4);
  cache.set('b', 'B', 4);
  expect(cache.get('a')).toBe('A');
  cache.set('c', 'C', 4);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['A', undefined, 'C']);
});

it('does not keep what alone outweighs the bound', () => {
  const cache = new BoundedCache<string>(10);
  cache.set('a', 'A', 4);
  cache.set('big', 'B', 11);
  expect([cache.get('a'), cache.get('big')]).toEqual(['A', undefined]);
});

it('counts a value that is set twice once', () => {
  const cache = new BoundedCache<string>(10);
  cache.set('a', 'A', 6);
  cache.set('a', 'A', 6);
  cache.set('b', 'B', 4);
  expect([cache.get('a'), cache.get('b')]).toEqual(['A', 'B']);
});
