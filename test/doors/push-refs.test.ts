import { describe, expect, it } from 'vitest';
import { checkRefs } from '../../src/doors/push-refs.ts';

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)];
const PROTECTED = new Set(['refs/heads/main', 'refs/heads/release/x']);

describe('checkRefs', () => {
  it.each([
    ['a new branch', 'refs/heads/mine', undefined, A, false],
    ['a branch of the users, moved anywhere', 'refs/heads/mine', A, B, false],
    ['a branch of the users, deleted', 'refs/heads/mine', A, undefined, false],
    ['a request', 'refs/heads/promote/fraud/prod/v1', undefined, A, false],
    ['the protected branch, moved', 'refs/heads/main', A, B, false],
    ['the protected branch, deleted', 'refs/heads/main', A, undefined, true],
    ['a new tag', 'refs/tags/v1', undefined, A, false],
    ['a tag moved', 'refs/tags/v1', A, B, true],
    ['a tag deleted', 'refs/tags/v1', A, undefined, true],
    ['a replacement', `refs/replace/${A}`, undefined, B, true],
    ['a replacement removed', `refs/replace/${A}`, B, undefined, false],
    ['notes', 'refs/notes/commits', A, B, false],
    ['a case twin', 'refs/heads/Main', undefined, A, true],
    ['a case twin removed', 'refs/heads/Main', A, undefined, false],
    ['a twin in full-width letters', 'refs/heads/ｍain', undefined, A, true],
    ['a tag of the same name', 'refs/tags/main', undefined, A, true],
    ['a ref of the same name', 'refs/release/x', undefined, A, true],
    ['a tag with the name that clones give the branch', 'refs/tags/origin/main', undefined, A, true],
    ['a tag with such a name in capitals', 'refs/tags/Upstream/Main', undefined, A, true],
    ['a tag with the name of a remote', 'refs/tags/origin', undefined, A, true],
    ['a tag that only ends like it', 'refs/tags/remain', undefined, A, false],
    ['a longer name', 'refs/heads/maintenance', undefined, A, false],
  ])('of %s refuses: %j %j %j %j', (_, ref, old, next, isRefused) => {
    const refusals = checkRefs([{ ref, old, new: next }], PROTECTED);
    expect(refusals.map(({ code, path }) => [code, path])).toEqual(isRefused ? [['protected-ref', ref]] : []);
  });
});
