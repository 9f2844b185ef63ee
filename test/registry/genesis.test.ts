import { beforeAll, describe, expect, it } from 'vitest';
import { admit } from '../../src/registry/admit.ts';
import { emptySnapshot } from '../../src/registry/snapshot.ts';
import { registration } from '../support/moves.ts';
import { expectAccepted, expectRefused } from '../support/story.ts';
import {
  approvalBy,
  idOf,
  makeWorld,
  someDigest,
  START,
  type Edits,
  type World,
  type WorldOptions,
} from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});

/** The files of a first commit. */
async function filesOf(given: World): Promise<Edits> {
  const { first, repository } = given;
  const files: Record<string, string> = {};
  async function collect(tree: string, prefix: string): Promise<void> {
    for (const { name, mode, oid } of await repository.readTree(tree)) {
      if (mode === '40000') await collect(oid, `${prefix}${name}/`);
      else files[prefix + name] = await given.read(first, prefix + name);
    }
  }
  await collect((await repository.readCommit(first)).tree, '');
  return files;
}

/** Judges a first commit whose files are as mreg writes them but for these. */
async function judgedWith(edits: Edits, given = world) {
  return given.judge(await given.commit(undefined, { ...(await filesOf(given)), ...edits }));
}

/** Judges the first commit of a registry that was made otherwise. */
async function judgedWhen(options: WorldOptions) {
  const other = await makeWorld(options);
  return other.judge(other.first);
}

describe('the first commit of a registry', () => {
  it('is accepted as mreg writes it, signed or not: the signatures of its files are what counts', async () => {
    const verdict = await world.judge(world.first);
    expectAccepted(verdict);
    expect(verdict.changes).toEqual([{ action: 'init', detail: 'acme' }]);
    expectAccepted(await world.judge(await world.commit(undefined, await filesOf(world), { committer: null })));
  });

  it('is accepted beside files of the users’ own that were there before', async () => {
    const own = await world.commit(undefined, { 'README.md': 'mine' }, { committer: null });
    expectAccepted(await world.judge(own));
    expectAccepted(await world.judge(await world.commit(own, await filesOf(world))));
  });

  it('is refused when another root is pinned, and accepted when none is', async () => {
    const commit = await world.repository.readCommit(world.first);
    const step = { before: emptySnapshot(world.repository), after: await world.at(world.first), commit };
    const pinnedTo = (pinnedRoot: World['pinnedRoot']) =>
      admit(step, { source: world.repository, now: START, pinnedRoot });
    expectRefused(await pinnedTo(someDigest), 'root-not-pinned', `the pinned root ${someDigest}`);
    expectAccepted(await pinnedTo(undefined));
  });

  it.each([
    ['its trust root', 'trust/root.yaml', 'immutable'],
    ['mreg.yaml', 'mreg.yaml', 'immutable'],
    ['the author’s signature of the root', 'trust/root.yaml.sig', ['missing-signature', 'threshold']],
    ['the second signature of the root', `trust/root.yaml.approvals/${idOf('bob')}.sig`, 'threshold'],
    ['the author’s signature of mreg.yaml', 'mreg.yaml.sig', ['missing-signature', 'threshold']],
    ['the second signature of mreg.yaml', `mreg.yaml.approvals/${idOf('bob')}.sig`, 'threshold'],
    ['the author’s signature of a policy', 'policies/default.yaml.sig', ['missing-signature', 'threshold']],
    ['the second signature of a policy', `policies/default.yaml.approvals/${idOf('bob')}.sig`, 'threshold'],
    ['allowed_signers', 'trust/allowed_signers', 'derived-file'],
  ] as const)('is refused without %s', async (_what, path, codes) => {
    expectRefused(await judgedWith({ [path]: null }), codes, path.replace(/\.(sig|approvals).*/, ''));
  });

  it.each([
    ['a model', { 'registry/fraud/model.yaml': 'text' }, 'mixed-change', 'registry/fraud/model.yaml'],
    ['a signature without its policy', { 'policies/x.yaml.sig': 'text' }, 'missing-file', 'policies/x.yaml'],
    ['a policy that cannot be read', { 'policies/x.yaml': '[' }, ['yaml-syntax', 'threshold'], 'policies/x.yaml'],
    ['a root that cannot be read', { 'trust/root.yaml': '[' }, 'yaml-syntax', 'trust/root.yaml'],
    ['a mreg.yaml that cannot be read', { 'mreg.yaml': '[' }, 'yaml-syntax', 'mreg.yaml'],
    ['a file of no place', { 'trust/notes.txt': 'text' }, 'ungoverned-shape', 'trust/notes.txt'],
  ] as const)('is refused with %s', async (_what, edits, codes, about) => {
    expectRefused(await judgedWith(edits), codes, about);
  });

  it('is refused with the approval of a stranger', async () => {
    const { 'policies/default.yaml': text } = await filesOf(world);
    const path = `policies/default.yaml.approvals/${idOf('mallory')}.sig`;
    expectRefused(await judgedWith({ [path]: await approvalBy('mallory', text ?? '') }), 'unknown-key');
  });

  // Attack: whoever reaches an empty server first lays out what the registry will take for its own.
  it.each([
    ['a model', { 'registry/fraud/versions/v1/version.yaml': 'text' }, 'mixed-change'],
    ['a policy', { 'policies/open.yaml': 'kind: Policy' }, ['schema', 'threshold']],
    ['a stray file', { 'trust/notes.txt': 'text' }, 'ungoverned-shape'],
  ] as const)('is refused on top of %s that was there before', async (_what, edits, codes) => {
    const before = await world.commit(undefined, edits, { committer: null });
    expectAccepted(await world.judge(before));
    expectRefused(await world.judge(await world.commit(before, await filesOf(world))), codes);
  });

  it('is refused in two halves', async () => {
    const files = await filesOf(world);
    const half = await world.commit(undefined, { 'mreg.yaml': files['mreg.yaml'] ?? '' });
    expectRefused(await world.judge(half), 'immutable', 'trust/root.yaml');
  });

  it.each([
    ['a root that is not the first', { root: (spec) => ({ ...spec, version: 2 }) }, 'chain', 'version 1; version 2'],
    ['a root that follows another', { root: (spec) => ({ ...spec, previous: someDigest }) }, 'chain', 'previous: none'],
    ['settings that are not the first', { settings: { version: 2 } }, 'chain', 'mreg.yaml: version 1; version 2'],
    ['a root that has expired', { root: (spec) => ({ ...spec, expires: '2026-01-05T10:00:00Z' }) }, 'expired', 'root'],
    ['a misspelt stage in its policy', { settings: { stages: ['dev', 'prod'] } }, 'policy', 'staging'],
    ['a floor for no stage', { root: (spec) => ({ ...spec, floors: [{ to: 'x' }] }) }, 'trust-rule', 'floors'],
    [
      'an unsound root',
      { root: (spec) => ({ ...spec, thresholds: { root: 9, policy: 2 } }) },
      ['trust-rule', 'threshold'],
      '9',
    ],
  ] as [string, WorldOptions, Parameters<typeof expectRefused>[1], string][])(
    'is refused with %s',
    async (_what, options, codes, about) => {
      expectRefused(await judgedWhen(options), codes, about);
    },
  );

  it('is refused under an id that does not follow from its root', async () => {
    const other = await makeWorld({ root: (spec) => ({ ...spec, nonce: 'ffeeddccbbaa99887766554433221100' }) });
    expect(other.registry).not.toBe(world.registry);
    const files = await filesOf(world);
    const renamed = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, String(text).replaceAll(world.registry, other.registry)]),
    );
    const { refusals } = await world.judge(await world.commit(undefined, renamed));
    expect(refusals).toContainEqual(
      expect.objectContaining({ code: 'wrong-registry', expected: `registry ${world.registry}` }),
    );
  });
});

describe('a repository without a registry', () => {
  it('is the users’ own', async () => {
    const files = { 'registry/notes.txt': 'mine', 'policies/x.yaml': 'a: 1' };
    expectAccepted(await world.judge(await world.commit(undefined, files, { committer: null })));
  });
});

describe('a signature of one registry', () => {
  it('is worth nothing in another', async () => {
    const other = await makeWorld({ root: (spec) => ({ ...spec, nonce: 'ffeeddccbbaa99887766554433221100' }) });
    const files = await world.signed(world.first, await registration(world, world.first), { by: 'reg' });
    const { accepted, refusals } = await other.judge(await other.commit(other.first, files, { by: 'reg' }));
    expect(accepted).toBe(false);
    expect(refusals.map(({ code }) => code)).toContain('wrong-registry');
  });
});
