import { describe, expect, it } from 'vitest';
import { cvssBaseScore, severityOfScore } from '../../src/scan/cvss.ts';
import { licenceOfText, licencesOf, readLicenceList } from '../../src/scan/licences.ts';
import { LockfileFault, readLockfile } from '../../src/scan/lockfile.ts';
import { OsvSnapshot, type LockedPackage } from '../../src/scan/osv.ts';
import { comparePep440, compareSemver } from '../../src/scan/version-order.ts';

describe('the order of versions', () => {
  it.each([
    ['1.0.dev1 1.0a1.dev1 1.0a1 1.0b2 1.0rc1 1.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.10 2 1!0.1'],
    ['0.9 1.0a2 1.0a10 1.0'],
  ])('of Python is %s', (line) => {
    expectOrdered(comparePep440, line.split(' '));
  });

  it('of npm is that of semver', () => {
    const line =
      '0.9.9 1.0.0-1 1.0.0-2 1.0.0-10 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-rc.1 1.0.0 1.0.1 1.10.0';
    expectOrdered(compareSemver, line.split(' '));
  });

  it.each([
    ['1.0', '1'],
    ['1.0.0', 'v1.0'],
    ['1.0-alpha.1', '1.0a1'],
    ['1.0-1', '1.0.post1'],
    ['1.0RC1', '1.0.c1'],
  ])('takes %s and %s of Python for the same', (a, b) => {
    expect(comparePep440(a, b)).toBe(0);
  });

  it('is none for what is no version', () => {
    expect(comparePep440('latest', '1')).toBeUndefined();
    expect(compareSemver('1.0', '1.0.0')).toBeUndefined();
  });
});

describe('the base score of CVSS 3', () => {
  it.each([
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8, 'critical'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1, 'medium'],
    ['CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 7.8, 'high'],
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H', 9.9, 'critical'],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N', 3.1, 'low'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0, 'low'],
  ] as const)('of %s is %d', (vector, score, severity) => {
    expect(cvssBaseScore(vector)).toBe(score);
    expect(severityOfScore(score)).toBe(severity);
  });

  it.each(['CVSS:4.0/AV:N', 'CVSS:3.1/AV:N', 'nonsense', 'CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'])(
    'of %s is none',
    (vector) => {
      expect(cvssBaseScore(vector)).toBeUndefined();
    },
  );
});

describe('a lockfile', () => {
  it.each([
    [
      'requirements.txt',
      'numpy==1.2 \\\n  --hash=sha256:ab # why\nx[extra] == 2 ; python_version > "3"\n-r other.txt',
      ['numpy 1.2', 'x 2'],
    ],
    [
      'poetry.lock',
      '[[package]]\nname = "a"\nversion = "1"\n[package.dependencies]\nversion = "9"\n\n[[package]]\nname = "b"\nversion = "2"\n',
      ['a 1', 'b 2'],
    ],
    ['uv.lock', 'version = 1\n\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "r" }\n', ['a 1']],
    ['Pipfile.lock', '{"default":{"a":{"version":"==1"}},"develop":{"b":{"version":"==2"}}}', ['a 1', 'b 2']],
    [
      'package-lock.json',
      '{"packages":{"":{},"node_modules/@s/a":{"version":"1.0.0","license":"MIT"},"node_modules/a/node_modules/b":{"version":"2.0.0"}}}',
      ['@s/a 1.0.0', 'b 2.0.0'],
    ],
    [
      'package-lock.json',
      '{"dependencies":{"a":{"version":"1.0.0","dependencies":{"b":{"version":"2.0.0"}}}}}',
      ['a 1.0.0', 'b 2.0.0'],
    ],
    [
      'conda.yaml',
      'dependencies:\n  - numpy=1.2=py311\n  - conda-forge::x==3\n  - pip:\n      - y==4\n',
      ['numpy 1.2', 'x 3', 'y 4'],
    ],
  ])('%s: %j pins %j', (name, text, pins) => {
    expect(readLockfile(name, text).packages.map(({ name: each, version }) => `${each} ${version}`)).toEqual(pins);
  });

  it.each([
    ['requirements.txt', 'numpy>=1\ntorch\nx==1.*\n-e .\ngit+https://h/x.git', 5],
    ['conda.yaml', 'dependencies: [python, "numpy>=1"]', 2],
    ['Pipfile.lock', '{"default":{"a":{"git":"https://h"}}}', 1],
  ])('%s: tells what it leaves open in %j', (name, text, open) => {
    expect(readLockfile(name, text).unpinned).toHaveLength(open);
  });

  it.each([
    ['package-lock.json', '{'],
    ['package-lock.json', '[]'],
    ['Pipfile.lock', 'x'],
    ['conda.yaml', 'a: [1'],
    ['poetry.lock', '[[package]]\nnome = 1'],
  ])('%s is refused when it is damaged: %j', (name, text) => {
    expect(() => readLockfile(name, text)).toThrow(LockfileFault);
  });
});

describe('a snapshot of OSV', () => {
  const numpy = (version: string): LockedPackage => ({ ecosystem: 'PyPI', name: 'NumPy', version });
  const ranges = (...events: object[]) => [{ type: 'ECOSYSTEM', events }];
  const record = (more: object, affected: object) => ({
    id: 'GHSA-1',
    affected: [{ package: { ecosystem: 'PyPI', name: 'numpy' }, ...affected }],
    ...more,
  });

  it.each([
    ['1.21', [{ introduced: '0' }, { fixed: '1.22' }], true],
    ['1.22', [{ introduced: '0' }, { fixed: '1.22' }], false],
    ['1.22rc1', [{ introduced: '0' }, { fixed: '1.22' }], true],
    ['1.9', [{ introduced: '1.10' }, { fixed: '1.22' }], false],
    ['1.22', [{ introduced: '1.0' }, { last_affected: '1.22' }], true],
    ['1.22.1', [{ introduced: '1.0' }, { last_affected: '1.22' }], false],
    ['3.5', [{ fixed: '2' }, { introduced: '3' }, { introduced: '1' }, { fixed: '4' }], true],
    ['2.5', [{ fixed: '2' }, { introduced: '3' }, { introduced: '1' }, { fixed: '4' }], false],
    ['unknown', [{ introduced: '1.0' }, { fixed: '1.22' }], true],
    ['5', [], false],
  ])('of %s in %j says %s', (version, events, hit) => {
    const snapshot = new OsvSnapshot([numpy(version)]);
    snapshot.add(record({}, { ranges: ranges(...events) }));
    expect(snapshot.against(numpy(version))).toHaveLength(hit ? 1 : 0);
  });

  it('takes versions that are listed, and leaves out what was withdrawn or is of another package', () => {
    const snapshot = new OsvSnapshot([numpy('1.0')]);
    snapshot.add(record({ id: 'A' }, { versions: ['1.0.0'] }));
    snapshot.add(record({ id: 'B', withdrawn: '2020-01-01T00:00:00Z' }, { versions: ['1.0'] }));
    snapshot.add({ id: 'C', affected: [{ package: { ecosystem: 'npm', name: 'numpy' }, versions: ['1.0'] }] });
    expect(snapshot.against(numpy('1.0')).map(({ id }) => id)).toEqual(['A']);
  });

  it.each([
    [{ severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }] }, 'critical', true],
    [{ database_specific: { severity: 'MODERATE' } }, 'medium', true],
    [{ severity: [{ type: 'CVSS_V4', score: 'CVSS:4.0/AV:N' }], database_specific: { severity: 'LOW' } }, 'low', true],
    [{}, 'high', false],
  ] as const)('rates %j as %s', (more, severity, isRated) => {
    const snapshot = new OsvSnapshot([numpy('1.0')]);
    snapshot.add(record(more, { versions: ['1.0'] }));
    expect(snapshot.against(numpy('1.0'))).toMatchObject([{ severity, isRated }]);
  });

  it('tells one thing once, as the record says that rates it', () => {
    const snapshot = new OsvSnapshot([numpy('1.0')]);
    snapshot.add(record({ id: 'PYSEC-1', aliases: ['CVE-1'] }, { versions: ['1.0'] }));
    snapshot.add(
      record({ id: 'GHSA-1', aliases: ['CVE-1'], database_specific: { severity: 'LOW' } }, { versions: ['1.0'] }),
    );
    expect(snapshot.against(numpy('1.0'))).toMatchObject([{ id: 'GHSA-1', severity: 'low' }]);
  });

  it('refuses what is no record', () => {
    const snapshot = new OsvSnapshot([]);
    expect([snapshot.add([]), snapshot.add({}), snapshot.add(undefined), snapshot.size]).toEqual([
      false,
      false,
      false,
      0,
    ]);
  });
});

describe('licences', () => {
  it.each([
    ['MIT', ['MIT']],
    ['(MIT OR AGPL-3.0-only)', ['MIT', 'AGPL-3.0-only']],
    ['Apache License 2.0', ['Apache-2.0']],
    ['BSD-3-Clause AND MIT', ['BSD-3-Clause', 'MIT']],
    ['', ['NOASSERTION']],
    [undefined, ['NOASSERTION']],
  ])('of %j are %j', (text, ids) => {
    expect(licencesOf(text)).toEqual(ids);
  });

  it.each([
    ['MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy', 'MIT'],
    ['Apache License\n   Version 2.0, January 2004', 'Apache-2.0'],
    ['GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3', 'AGPL-3.0-only'],
    ['all rights reserved', 'NOASSERTION'],
  ])('of the text %j is %s', (text, id) => {
    expect(licenceOfText(text)).toBe(id);
  });

  it.each([
    [
      { bomFormat: 'CycloneDX', components: [{ name: 'a', licenses: [{ license: { id: 'MIT' } }] }, { name: 'b' }] },
      ['MIT', 'NOASSERTION'],
    ],
    [
      { spdxVersion: 'SPDX-2.3', packages: [{ name: 'a', licenseConcluded: 'NOASSERTION', licenseDeclared: 'ISC' }] },
      ['ISC'],
    ],
    [[{ Name: 'a', Version: '1', License: 'MIT License' }], ['MIT']],
  ])('are read from %j', (list, ids) => {
    expect(readLicenceList(list)?.flatMap(({ licences }) => licences)).toEqual(ids);
  });

  it('are read from no list that is unknown', () => {
    expect(readLicenceList({ a: 1 })).toBeUndefined();
  });
});

function expectOrdered(compare: (a: string, b: string) => number | undefined, versions: readonly string[]): void {
  for (const [at, version] of versions.entries())
    for (const [other, against] of versions.entries())
      expect(compare(version, against), `${version} ${against}`).toBe(Math.sign(at - other));
}
