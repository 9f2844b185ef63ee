import { describe, expect, it } from 'vitest';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import { checkTrustRoot } from '../../src/trust/check-root.ts';
import { wireString } from '../../src/signing/wire.ts';
import { NON_CANONICAL, TORSION_ENCODINGS } from '../signing/weak-points.ts';
import { keyLineOf } from '../support/world.ts';

type Spec = TrustRootDocument['spec'];

const ANN = { id: 'ann', keys: [keyLineOf('ann')] };
const BOB = { id: 'bob', keys: [keyLineOf('bob')] };

/** A sound root of two people, with whatever a test changes. */
function rootWith(change: Partial<Spec>): TrustRootDocument {
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'TrustRoot',
    metadata: { registry: 'acme-0123456789ab' },
    spec: {
      version: 1,
      previous: 'none',
      expires: '2030-01-01T00:00:00Z',
      principals: [ANN, BOB],
      roles: ['root', 'policy'].map((role) => ({ role, principals: ['ann', 'bob'], models: ['*'] })),
      thresholds: { root: 2, policy: 2 },
      ...change,
    },
  };
}

const standing = (...principals: string[]): Spec['roles'] =>
  ['root', 'policy'].map((role) => ({ role, principals, models: ['*'] }));

describe('a trust root', () => {
  it('is sound with people, their bots, and thresholds that they can meet', () => {
    const bot = { id: 'bot', keys: [keyLineOf('bot')], owner: 'ann' };
    expect(checkTrustRoot(rootWith({}))).toEqual([]);
    expect(
      checkTrustRoot(rootWith({ principals: [{ ...ANN, keys: [...ANN.keys, keyLineOf('ann-2')] }, BOB, bot] })),
    ).toEqual([]);
  });

  const unsound: readonly (readonly [string, Partial<Spec>, string, string])[] = [
    [
      'one id twice',
      { principals: [ANN, BOB, { id: 'ann', keys: [keyLineOf('c')] }] },
      'principals: each id once',
      '"ann" twice',
    ],
    [
      'one key of two people',
      { principals: [ANN, BOB, { id: 'eve', keys: ANN.keys }] },
      'principals.eve.keys: keys used once',
      'also of ann',
    ],
    [
      'one key twice',
      { principals: [ANN, { ...BOB, keys: [...BOB.keys, ...BOB.keys] }] },
      'principals.bob.keys: keys used once',
      'also of bob',
    ],
    [
      'a key that is none',
      { principals: [ANN, BOB, { id: 'eve', keys: [`ssh-ed25519 ${'A'.repeat(68)}`] }] },
      'principals.eve.keys: a sound Ed25519 key',
      'AAAA',
    ],
    [
      'a bot of nobody',
      { principals: [ANN, BOB, { id: 'bot', keys: [], owner: 'eve' }] },
      'principals.bot.owner: a principal of this root',
      'eve',
    ],
    [
      'a bot of a bot',
      {
        principals: [ANN, { ...BOB, owner: 'ann' }, { id: 'bot', keys: [], owner: 'bob' }],
        thresholds: { root: 1, policy: 1 },
      },
      'principals.bot.owner: a person, not a bot',
      'bob',
    ],
    [
      'its own bot',
      { principals: [ANN, { ...BOB, owner: 'bob' }] },
      'principals.bob.owner: a person, not a bot',
      'bob',
    ],
    [
      'a role of nobody',
      { roles: [...standing('ann', 'bob'), { role: 'owner', principals: ['eve'], models: ['*'] }] },
      'roles.owner: principals of this root',
      'eve',
    ],
    [
      'a root threshold that nobody can meet',
      { thresholds: { root: 3, policy: 2 } },
      'thresholds.root: an integer from 1 to 2',
      '3',
    ],
    [
      'a policy threshold that nobody can meet',
      { thresholds: { root: 2, policy: 3 } },
      'thresholds.policy: an integer from 1 to 2',
      '3',
    ],
    ['a threshold of nobody', { thresholds: { root: 0, policy: 2 } }, 'thresholds.root: an integer from 1 to 2', '0'],
    ['half a threshold', { thresholds: { root: 2, policy: 1.5 } }, 'thresholds.policy: an integer from 1 to 2', '1.5'],
    [
      'a threshold that is no number',
      { thresholds: { root: Number.NaN, policy: 2 } },
      'thresholds.root: an integer from 1 to 2',
      'NaN',
    ],
    [
      'a threshold that a person and her bot would meet',
      { principals: [ANN, { ...BOB, owner: 'ann' }] },
      'thresholds.root: an integer from 1 to 1',
      '2',
    ],
    [
      'a threshold that counts people without keys',
      { principals: [ANN, { ...BOB, keys: [] }] },
      'thresholds.root: an integer from 1 to 1',
      '2',
    ],
  ];
  it.each(unsound)('is refused with %s', (_what, change, expected, found) => {
    const refusals = checkTrustRoot(rootWith(change));
    expect(refusals.map(({ code }) => code)).toEqual(refusals.map(() => 'trust-rule'));
    expect(refusals).toContainEqual(
      expect.objectContaining({ expected: expect.stringContaining(expected), found: expect.stringContaining(found) }),
    );
  });

  it('is refused with a key by which any message verifies', () => {
    for (const point of [...TORSION_ENCODINGS.map(([, bytes]) => bytes), ...NON_CANONICAL]) {
      const blob = Buffer.concat([wireString('ssh-ed25519'), wireString(point)]);
      const weak = { id: 'eve', keys: [`ssh-ed25519 ${blob.toString('base64')}`] };
      const refusals = checkTrustRoot(rootWith({ principals: [ANN, BOB, weak] }));
      expect(refusals).toMatchObject([{ code: 'trust-rule', expected: 'principals.eve.keys: a sound Ed25519 key' }]);
    }
  });

  // Attack on nobody, but fatal: no key in the world could sign the next root.
  it('is refused when those who hold the role have keys only through bots that do not', () => {
    const bot = { id: 'bot', keys: [keyLineOf('bot')], owner: 'ann' };
    const lost = rootWith({ principals: [{ ...ANN, keys: [] }, BOB, bot], roles: standing('ann', 'bob') });
    expect(checkTrustRoot(lost)).toMatchObject([
      { expected: 'thresholds.root: an integer from 1 to 1 (persons with that role)' },
      { expected: 'thresholds.policy: an integer from 1 to 1 (persons with that role)' },
    ]);
  });
});
