import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  approvalPath,
  besideApprovalPath,
  decisionPath,
  isGoverned,
  kustomizationPath,
  parseRequestBranch,
  pathOf,
  placeOf,
  requestBranch,
  reviewPath,
  sigPath,
  type DocumentPlace,
  type Place,
} from '../../src/documents/paths.ts';

const MODEL = 'registry/risk/fraud_detector';
const model = 'risk/fraud_detector';
const PROMOTION = `${MODEL}/stages/prod/promotion.yaml`;

const DOCUMENTS: readonly [string, DocumentPlace][] = [
  ['mreg.yaml', { kind: 'registry' }],
  ['trust/root.yaml', { kind: 'trust-root' }],
  ['policies/default.yaml', { kind: 'policy', name: 'default' }],
  ['policies/freezes/12.yaml', { kind: 'freeze', sequence: 12 }],
  ['policies/freezes.yaml', { kind: 'policy', name: 'freezes' }],
  ['registry/fraud/model.yaml', { kind: 'model', model: 'fraud' }],
  [`${MODEL}/model.yaml`, { kind: 'model', model }],
  [`${MODEL}/versions/v7/version.yaml`, { kind: 'version', model, version: 'v7' }],
  ['registry/fraud/versions/v1/version.yaml', { kind: 'version', model: 'fraud', version: 'v1' }],
  [
    `${MODEL}/versions/v7/evidence/offline-1.yaml`,
    { kind: 'evidence', model, version: 'v7', evidenceKind: 'offline', sequence: 1 },
  ],
  [
    `${MODEL}/versions/v7/evidence/load-test-2-13.yaml`,
    { kind: 'evidence', model, version: 'v7', evidenceKind: 'load-test-2', sequence: 13 },
  ],
  [`${MODEL}/versions/v7/holds/2.yaml`, { kind: 'hold', model, version: 'v7', sequence: 2 }],
  [`${MODEL}/stages/prod/stage.yaml`, { kind: 'stage', model, stage: 'prod' }],
  [PROMOTION, { kind: 'promotion', model, stage: 'prod' }],
  [`${MODEL}/stages/prod/decision.yaml`, { kind: 'decision', model, stage: 'prod' }],
];

describe('placeOf', () => {
  it.each(DOCUMENTS)('%s', (path, place) => {
    expect(placeOf(path)).toEqual(place);
    expect(pathOf(place)).toBe(path);
    expect(placeOf(sigPath(path))).toEqual({ kind: 'signature', of: path });
    expect(isGoverned(path)).toBe(true);
  });

  it.each<[string, Place]>([
    ['trust/allowed_signers', { kind: 'allowed-signers' }],
    [`${MODEL}/stages/prod/kustomization.yaml`, { kind: 'kustomization', model, stage: 'prod' }],
    [
      `${MODEL}/stages/prod/approvals/alice@acme.example.sig`,
      { kind: 'approval', of: PROMOTION, principal: 'alice@acme.example', form: 'sig' },
    ],
    [
      `${MODEL}/stages/prod/approvals/bob.review.yaml`,
      { kind: 'approval', of: PROMOTION, principal: 'bob', form: 'review' },
    ],
    [
      `${MODEL}/stages/prod/approvals/bob.review.yaml.sig`,
      { kind: 'approval', of: PROMOTION, principal: 'bob', form: 'review-sig' },
    ],
    ['mreg.yaml.approvals/bob.sig', { kind: 'approval', of: 'mreg.yaml', principal: 'bob', form: 'sig' }],
    [
      'trust/root.yaml.approvals/bob.new.sig',
      { kind: 'approval', of: 'trust/root.yaml', principal: 'bob', form: 'sig', isNewKey: true },
    ],
    [
      'policies/default.yaml.approvals/bob.sig',
      { kind: 'approval', of: 'policies/default.yaml', principal: 'bob', form: 'sig' },
    ],
    [
      `${MODEL}/versions/v7/holds/2.yaml.approvals/bob.sig`,
      { kind: 'approval', of: `${MODEL}/versions/v7/holds/2.yaml`, principal: 'bob', form: 'sig' },
    ],
  ])('%s', (path, place) => {
    expect(placeOf(path)).toEqual(place);
  });

  it.each([
    'README.md',
    'deploy/prod/kustomization.yaml',
    '.gitattributes',
    '.github/workflows/registry.yml',
    'src/registry/x.ts',
    'registry.md',
    'trusted/root.yaml',
    'mreg.yaml.bak',
    'docs/mreg.yaml',
  ])('%s is the users’ own', (path) => {
    expect(placeOf(path)).toEqual({ kind: 'ungoverned' });
  });

  it.each([
    // no place of the format
    ...['trust', 'trust/root.yml', 'trust/keys/alice.pub', 'policies/README.md', 'policies/a/b.yaml', 'policies/.yaml'],
    ...['registry', 'registry/README.md', 'registry/model.yaml', 'registry/a/b/c/model.yaml', 'registry/a/notes.txt'],
    ...['registry/a/model.yaml/x', 'registry/a/versions/v7', 'registry/a/versions/v7/version.yml', 'mreg.yaml/x'],
    ...[
      'registry/a/versions/v0/version.yaml',
      'registry/a/versions/v07/version.yaml',
      'registry/a/versions/7/version.yaml',
    ],
    ...['registry/a/versions/v7/evidence/offline.yaml', 'registry/a/versions/v7/evidence/offline-0.yaml'],
    ...['registry/a/versions/v7/evidence/offline-01.yaml', 'registry/a/versions/v7/evidence/-1.yaml'],
    ...[
      'registry/a/versions/v7/evidence/x/offline-1.yaml',
      'registry/a/versions/v7/evidence/offline-1.yaml.approvals/b.sig',
    ],
    ...[
      'registry/a/versions/v7/holds/0.yaml',
      'registry/a/versions/v7/holds/1',
      'registry/a/versions/v7/holds/1e1.yaml',
    ],
    ...['policies/freezes/0.yaml', 'policies/freezes/1', 'policies/freezes/01.yaml', 'policies/freezes/a.yaml'],
    ...['policies/freezes', 'policies/freezes/1/1.yaml', 'policies/freezes/1.yaml.approvals/b.sig'],
    ...['registry/a/stages/prod/other.yaml', 'registry/a/stages/prod', 'registry/a/stages/stage.yaml'],
    ...['registry/a/stages/prod/stage.yaml.approvals/b.sig', 'registry/a/stages/prod/kustomization.yaml.sig'],
    ...[
      'registry/a/stages/prod/approvals/b',
      'registry/a/stages/prod/approvals/.sig',
      'registry/a/stages/prod/approvals/b/c.sig',
    ],
    ...['registry/a/approvals/b.sig', 'trust/allowed_signers.sig', 'trust/root.yaml.approvals/b'],
    ...['registry/.gitattributes', 'registry/a/.gitmodules', 'registry/a/versions/v7/.git/config', 'trust/root.yaml~'],
    // names that are none
    ...['registry/A/model.yaml', 'registry/versions/model.yaml', 'registry/con/model.yaml', 'registry/a-/model.yaml'],
    ...['registry/stages/versions/v1/version.yaml', 'registry/constructor/model.yaml', 'registry/__proto__/model.yaml'],
    ...['policies/A.yaml', 'policies/con.yaml', 'registry/a/stages/nul/stage.yaml', 'registry/a\n/model.yaml'],
    ...[
      'registry/a/stages/prod/approvals/Bob.sig',
      'registry/a/stages/prod/approvals/a b.sig',
      'registry/a\0/model.yaml',
    ],
    ...['registry/é/model.yaml', 'registry/ａ/model.yaml', 'registry/a /model.yaml', 'registry/-a/model.yaml'],
    // what some file system takes for a place of the format
    ...['Registry/a/model.yaml', 'MREG.YAML', 'mreg.yaml.', 'trust /root.yaml', 'TRUST/root.yaml', 'Policies/x.yaml'],
    ...[
      'registry./a/model.yaml',
      'registry::$INDEX_ALLOCATION/a',
      'regist~1/a/model.yaml',
      'POLICI~1/x.yaml',
      'MREG~1.YAM',
    ],
    ...[
      'trus\u200bt/root.yaml',
      'ｔrust/root.yaml',
      'regiſtry/a/model.yaml',
      'mreg.yaml.SIG',
      'Mreg.yaml.approvals/b.sig',
    ],
    ...[
      'registry\\a\\model.yaml',
      '/registry/a/model.yaml',
      './registry/a/model.yaml',
      'deploy/../registry/a/model.yaml',
    ],
    ...['registry//a/model.yaml', '', 'registry/../x', 'trust/'],
  ])('%j is governed and no place', (path) => {
    expect(isGoverned(path)).toBe(true);
    expect(placeOf(path)).toEqual({ kind: 'unknown' });
  });

  it('knows the paths that are built', () => {
    expect(placeOf(decisionPath('a', 'dev')).kind).toBe('decision');
    expect(placeOf(kustomizationPath('a', 'dev')).kind).toBe('kustomization');
    expect(placeOf(approvalPath('a', 'dev', 'bob'))).toMatchObject({ form: 'sig', principal: 'bob' });
    expect(placeOf(reviewPath('a', 'dev', 'bob'))).toMatchObject({ form: 'review', principal: 'bob' });
    expect(placeOf(besideApprovalPath('mreg.yaml', 'bob'))).toMatchObject({ principal: 'bob' });
    expect(placeOf(besideApprovalPath('mreg.yaml', 'bob', { isNewKey: true }))).toMatchObject({ isNewKey: true });
  });

  it('gives each place of the format one path', () => {
    const name = fc.constantFrom('a', 'b-1', 'x_y', 'v7', 'offline', '1-2');
    const at = {
      model: fc.oneof(
        name,
        fc.tuple(name, name).map((parts) => parts.join('/')),
      ),
      stage: name,
    };
    const version = fc.nat(99).map((count) => `v${count + 1}`);
    const sequence = fc.integer({ min: 1, max: 999_999_999 });
    const place = fc.oneof<fc.Arbitrary<DocumentPlace>[]>(
      fc.record({ kind: fc.constantFrom('stage', 'promotion', 'decision'), ...at }),
      fc.record({ kind: fc.constant('evidence'), model: at.model, version, evidenceKind: name, sequence }),
      fc.record({ kind: fc.constant('hold'), model: at.model, version, sequence }),
      fc.record({ kind: fc.constant('policy'), name }),
      fc.record({ kind: fc.constant('freeze'), sequence }),
    );
    fc.assert(
      fc.property(place, (given) => {
        expect(placeOf(pathOf(given))).toEqual(given);
      }),
    );
  });
});

describe('request branches', () => {
  it.each([
    ['promote/fraud/prod/v7', { model: 'fraud', stage: 'prod', version: 'v7' }],
    ['promote/risk/fraud_detector/prod/v7', { model: 'risk/fraud_detector', stage: 'prod', version: 'v7' }],
  ])('%s', (branch, request) => {
    expect(parseRequestBranch(branch)).toEqual(request);
    expect(requestBranch(request.model, request.stage, request.version)).toBe(branch);
  });

  it.each([
    ...['main', 'promote', 'promote/fraud/prod', 'promote/fraud/prod/7', 'promote/a/b/c/prod/v7', 'promote//prod/v7'],
    ...['promote/Fraud/prod/v7', 'promote/fraud/con/v7', 'promote/../prod/v7', 'refs/heads/promote/fraud/prod/v7', ''],
  ])('%j is none', (branch) => {
    expect(parseRequestBranch(branch)).toBeUndefined();
  });
});
