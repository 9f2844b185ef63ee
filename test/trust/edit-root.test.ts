import { describe, expect, it } from 'vitest';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import { withoutPrincipal, withPrincipal, withRotatedKey } from '../../src/trust/edit-root.ts';

const SPEC: TrustRootDocument['spec'] = {
  version: 1,
  previous: 'none',
  expires: '2030-01-01T00:00:00Z',
  principals: [
    { id: 'ann', keys: ['key-a', 'key-b'] },
    { id: 'bob', keys: ['key-c'], forges: { github: 'bob' } },
  ],
  roles: [
    { role: 'owner', principals: ['ann'], models: ['a', 'b'] },
    { role: 'owner', principals: ['ann', 'bob'], models: ['*'] },
  ],
  thresholds: { root: 1, policy: 1 },
};

const adding = (change: Partial<Parameters<typeof withPrincipal>[1]>) =>
  withPrincipal(SPEC, { id: 'bob', roles: [], models: ['*'], ...change });

describe('a root with a principal', () => {
  it('has somebody new, with a key, an owner and roles', () => {
    const spec = withPrincipal(SPEC, { id: 'bot', key: 'key-d', owner: 'ann', roles: ['oncall'], models: ['*'] });
    expect(spec.principals.at(-1)).toEqual({ id: 'bot', keys: ['key-d'], owner: 'ann' });
    expect(spec.roles.at(-1)).toEqual({ role: 'oncall', principals: ['bot'], models: ['*'] });
  });

  it('keeps what somebody had, and adds what is given', () => {
    const spec = adding({ key: 'key-d', forges: { gitlab: 'bob2' } });
    expect(spec.principals).toEqual([
      SPEC.principals[0],
      { id: 'bob', keys: ['key-c', 'key-d'], forges: { github: 'bob', gitlab: 'bob2' } },
    ]);
  });

  it('is the same when nothing is new', () => {
    expect(adding({ key: 'key-c', roles: ['owner'] })).toEqual(SPEC);
  });

  it('puts people with the same role for the same models into one grant', () => {
    expect(adding({ roles: ['owner'], models: ['b', 'a'] }).roles[0]).toEqual({
      role: 'owner',
      principals: ['ann', 'bob'],
      models: ['a', 'b'],
    });
    expect(adding({ roles: ['owner'], models: ['a'] }).roles).toHaveLength(3);
  });
});

describe('a root without', () => {
  it('a principal has no grants of theirs either', () => {
    const spec = withoutPrincipal(SPEC, { id: 'ann' });
    expect(spec.principals.map(({ id }) => id)).toEqual(['bob']);
    expect(spec.roles).toEqual([{ role: 'owner', principals: ['bob'], models: ['*'] }]);
  });

  it('a key keeps the principal and their other keys', () => {
    const spec = withoutPrincipal(SPEC, { id: 'ann', key: 'key-a' });
    expect(spec.principals[0]).toEqual({ id: 'ann', keys: ['key-b'] });
    expect(spec.roles).toEqual(SPEC.roles);
  });

  it('some roles keeps the principal and the others', () => {
    const spec = withoutPrincipal(SPEC, { id: 'bob', roles: ['owner'] });
    expect(spec.principals).toEqual(SPEC.principals);
    expect(spec.roles.map(({ principals }) => principals)).toEqual([['ann'], ['ann']]);
    expect(withoutPrincipal(SPEC, { id: 'bob', roles: ['oncall'] })).toEqual(SPEC);
  });
});

describe('a rotated key', () => {
  it('takes the place of the old one, of that principal alone', () => {
    const spec = withRotatedKey(SPEC, { id: 'ann', old: 'key-b', new: 'key-z' });
    expect(spec.principals).toEqual([{ id: 'ann', keys: ['key-a', 'key-z'] }, SPEC.principals[1]]);
    expect(withRotatedKey(SPEC, { id: 'bob', old: 'key-a', new: 'key-z' })).toEqual(SPEC);
  });
});
