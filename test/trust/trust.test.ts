import { describe, expect, it } from 'vitest';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import { formatAllowedSigners } from '../../src/trust/allowed-signers.ts';
import { registryIdOf } from '../../src/trust/registry-id.ts';
import { coversGlob, holdsRole, personOf, principalOfKey, rolesOf, trustOf } from '../../src/trust/trust.ts';
import { keyLineOf, signerOf } from '../support/world.ts';

const ROOT: TrustRootDocument = {
  apiVersion: 'mreg.dev/v1',
  kind: 'TrustRoot',
  metadata: { registry: '' },
  spec: {
    version: 1,
    previous: 'none',
    expires: '2030-01-01T00:00:00Z',
    principals: [
      { id: 'ann', keys: [keyLineOf('ann'), keyLineOf('ann-2')] },
      { id: 'bot', keys: [keyLineOf('bot')], owner: 'ann' },
      { id: 'bob', keys: [] },
    ],
    roles: [
      { role: 'promoter', principals: ['ann'], models: ['risk/*', 'fraud'] },
      { role: 'reviewer', principals: ['ann', 'bob'], models: ['*'] },
      { role: 'reviewer', principals: ['bot'], models: ['fraud'] },
    ],
    thresholds: { root: 1, policy: 1 },
  },
};
const trust = trustOf(ROOT);

describe('who a key belongs to', () => {
  it.each([
    ['ann', 'ann'],
    ['ann-2', 'ann'],
    ['bot', 'bot'],
    ['mallory', undefined],
  ])('is told by the key of %s alone: %s', (name, principal) => {
    expect(principalOfKey(trust, signerOf(name).key)).toBe(principal);
  });

  it('is a person also where it is a bot', () => {
    expect(['ann', 'bot', 'bob', 'stranger'].map((id) => personOf(trust, id))).toEqual([
      'ann',
      'ann',
      'bob',
      'stranger',
    ]);
  });
});

describe('the roles of a principal', () => {
  it.each([
    ['ann', 'fraud', ['promoter', 'reviewer']],
    ['ann', 'risk/score', ['promoter', 'reviewer']],
    ['ann', 'risk', ['reviewer']],
    ['bot', 'fraud', ['reviewer']],
    ['bot', 'risk/score', []],
    ['bob', undefined, ['reviewer']],
    ['bot', undefined, ['reviewer']],
    ['stranger', 'fraud', []],
  ] as const)('%s has for %s: %j', (principal, model, roles) => {
    expect(rolesOf(trust, principal, model)).toEqual(roles);
  });

  it('are any of several', () => {
    expect(holdsRole(trust, 'ann', { roles: ['owner', 'promoter'], model: 'fraud' })).toBe(true);
    expect(holdsRole(trust, 'ann', { roles: ['owner', 'promoter'], model: 'other' })).toBe(false);
    expect(holdsRole(trust, 'ann', { roles: [], model: 'fraud' })).toBe(false);
  });
});

describe('a grant', () => {
  it.each([
    ['ann', 'promoter', 'risk/*', true],
    ['ann', 'promoter', 'risk/fraud', true],
    ['ann', 'promoter', 'fraud', true],
    ['ann', 'promoter', '*', false],
    ['ann', 'promoter', 'r*', false],
    ['ann', 'owner', 'fraud', false],
    ['bob', 'reviewer', '*', true],
    ['bot', 'reviewer', '*', false],
    ['stranger', 'reviewer', 'fraud', false],
  ])('gives %s as %s all of %s: %s', (principal, role, glob, covers) => {
    expect(coversGlob(trust, principal, { roles: [role], glob })).toBe(covers);
  });
});

describe('allowed_signers', () => {
  it('names every key with its principal, for the namespaces of mreg and git', () => {
    const [comment, ...lines] = formatAllowedSigners(ROOT).trimEnd().split('\n');
    expect(comment).toMatch(/^# /);
    expect(lines).toEqual([
      `ann namespaces="git,mreg.*" ${keyLineOf('ann')}`,
      `ann namespaces="git,mreg.*" ${keyLineOf('ann-2')}`,
      `bot namespaces="git,mreg.*" ${keyLineOf('bot')}`,
    ]);
  });
});

describe('the id of a registry', () => {
  const id = registryIdOf('acme', ROOT);

  it('is its name and twelve digits', () => {
    expect(id).toMatch(/^acme-[0-9a-f]{12}$/);
  });

  it('follows from the first root alone, and not from the id in it', () => {
    expect(registryIdOf('acme', { ...ROOT, metadata: { registry: id } })).toBe(id);
    const other = { ...ROOT, spec: { ...ROOT.spec, nonce: '0123456789abcdef' } };
    expect(registryIdOf('acme', other)).not.toBe(id);
  });
});
