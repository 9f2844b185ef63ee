import { describe, expect, it } from 'vitest';
import { parseChallenge, uniteScopes } from '../../../src/artifacts/oci/challenge.ts';

const bearer = (realm: string, service?: string, scope?: string) => ({ scheme: 'bearer', realm, service, scope });

describe('what a registry asks for', () => {
  it.each([
    [
      'a token',
      'Bearer realm="https://a/t",service="s",scope="repository:x:pull"',
      bearer('https://a/t', 's', 'repository:x:pull'),
    ],
    [
      'a scope with a comma in its quotes',
      'Bearer realm="https://a/t",scope="repository:x:pull,push"',
      bearer('https://a/t', undefined, 'repository:x:pull,push'),
    ],
    ['spaces, and no quotes', 'bearer  realm = https://a/t , service = s', bearer('https://a/t', 's')],
    ['an escaped quote', 'Bearer realm="https://a/t",service="a \\"b\\""', bearer('https://a/t', 'a "b"')],
    ['a password', 'Basic realm="x"', { scheme: 'basic' }],
    ['either: the token is preferred', 'Basic realm="x", Bearer realm="https://a/t"', bearer('https://a/t')],
    [
      'either, the other way round: what the password is for is not the token’s',
      'Bearer realm="https://a/t",service="s", Basic realm="x",service="y"',
      bearer('https://a/t', 's'),
    ],
    ['a scheme that nobody knows, then a password', 'Negotiate abc==, Basic realm="x"', { scheme: 'basic' }],
    [
      'a password for a realm that is called like a scheme',
      'Basic realm="x, Bearer realm=https://evil/t"',
      { scheme: 'basic' },
    ],
    ['nothing that is known', 'Negotiate', undefined],
    ['a token from nowhere', 'Bearer service="s"', undefined],
    ['nothing', '', undefined],
    ['half a word', 'Bearer realm="https://a/t', undefined],
  ])('is %s', (_what, header, asked) => {
    expect(parseChallenge(header)).toEqual(asked);
  });

  it('is read in a time that does not explode', () => {
    const spaces = ' '.repeat(20_000);
    expect(parseChallenge(`Bearer${spaces}x${spaces}"\\${'\\'.repeat(20_000)}`)).toBeUndefined();
  });
});

describe('scopes', () => {
  it.each([
    [undefined, 'repository:x:pull', 'repository:x:pull'],
    ['repository:x:pull', 'repository:x:push,pull', 'repository:x:pull,push'],
    ['repository:x:pull', 'repository:y:pull', 'repository:x:pull repository:y:pull'],
    [undefined, undefined, undefined],
  ])('of %j and %j are united to %j', (known, asked, united) => {
    expect(uniteScopes(known, asked)).toBe(united);
  });
});
