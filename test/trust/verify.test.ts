import { describe, expect, it } from 'vitest';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import { trustOf } from '../../src/trust/trust.ts';
import { checkQuorum, signerOf } from '../../src/trust/verify.ts';
import { keyLineOf, signerOf as keyOf } from '../support/world.ts';

const ROOT: TrustRootDocument = {
  apiVersion: 'mreg.dev/v1',
  kind: 'TrustRoot',
  metadata: { registry: '' },
  spec: {
    version: 7,
    previous: 'none',
    expires: '2030-01-01T00:00:00Z',
    principals: ['ann', 'bob', 'eve']
      .map((id) => ({ id, keys: [keyLineOf(id)] }))
      .concat([{ id: 'bot', keys: [keyLineOf('bot')], owner: 'ann' } as { id: string; keys: string[] }]),
    roles: [{ role: 'root', principals: ['ann', 'bob', 'bot'], models: ['*'] }],
    thresholds: { root: 2, policy: 2 },
  },
};
const trust = trustOf(ROOT);
const path = 'policies/default.yaml';
const bytes = Buffer.from('a: 1\n');
const namespace = 'mreg.policy.v1';

describe('who signed some bytes', () => {
  it('is the principal of the key', async () => {
    const armour = await createSignature(keyOf('ann'), namespace, bytes);
    expect(signerOf(trust, { path, bytes, armour, namespace })).toEqual({ ok: true, principal: 'ann' });
  });

  it.each([
    ['there is no signature', () => Promise.resolve(undefined), 'missing-signature', `a signature in ${path}.sig`],
    ['it is of other bytes', () => createSignature(keyOf('ann'), namespace, 'a: 2\n'), 'bad-signature', namespace],
    ['it is for another purpose', () => createSignature(keyOf('ann'), 'git', bytes), 'bad-signature', namespace],
    ['it is none', () => Promise.resolve('-----BEGIN'), 'bad-signature', namespace],
    ['nobody knows its key', () => createSignature(keyOf('mallory'), namespace, bytes), 'unknown-key', 'version 7'],
  ])('is nobody when %s', async (_what, armourOf, code, expected) => {
    const reading = signerOf(trust, { path, bytes, armour: await armourOf(), namespace });
    expect(reading).toMatchObject({ ok: false, refusal: { code, path } });
    expect(reading.ok ? '' : reading.refusal.expected).toContain(expected);
  });
});

describe('a quorum', () => {
  const rule = { role: 'root', threshold: 2 };

  it.each([[['ann', 'bob']], [['bot', 'bob']], [['ann', 'bot', 'bob', 'eve']]])('of two is met by %j', (principals) => {
    expect(checkQuorum(trust, rule, { path, principals })).toEqual([]);
  });

  it.each([
    [[], '0 (nobody)'],
    [['ann'], '1 (ann)'],
    [['ann', 'ann'], '1 (ann)'],
    [['ann', 'bot'], '1 (ann)'],
    [['ann', 'eve'], '1 (ann)'],
    [['ann', 'stranger'], '1 (ann)'],
  ])('of two is not met by %j', (principals, found) => {
    expect(checkQuorum(trust, rule, { path, principals })).toMatchObject([{ code: 'threshold', path, found }]);
  });
});
