import { describe, expect, it } from 'vitest';
import { isGovernedRoot } from '../../src/registry/changes.ts';

describe('isGovernedRoot', () => {
  it.each(['mreg.yaml', 'mreg.yaml.sig', 'mreg.yaml.approvals', 'trust', 'policies', 'registry'])(
    'governs %s',
    (name) => {
      expect(isGovernedRoot(name)).toBe(true);
    },
  );

  it.each([
    ...['Registry', 'TRUST.', 'policies ', 'MREG.YAML', 'ｒegistry', 're\u200cgistry', 'trust::$INDEX_ALLOCATION'],
    ...['REGIST~1', 'polici~1', 'mreg~1'],
  ])('governs %j, which some file system takes for a folder of the registry', (name) => {
    expect(isGovernedRoot(name)).toBe(true);
  });

  it.each(['deploy', 'README.md', 'registry-tools', 'trusty', '.github', 'mreg', 'mreg.yml'])(
    'leaves %s to the users',
    (name) => {
      expect(isGovernedRoot(name)).toBe(false);
    },
  );
});
