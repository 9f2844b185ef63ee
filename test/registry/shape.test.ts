import { beforeAll, describe, expect, it } from 'vitest';
import { barring, registration } from '../support/moves.ts';
import { blobEntry, emptyFolder, treeWith, type OddEntry } from '../support/odd-trees.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { commitTree, type World } from '../support/world.ts';

let story: Story;
beforeAll(async () => {
  story = await storyUpTo('registered');
});

const MODEL = 'registry/fraud/model.yaml';

/** Commits an entry that only plumbing makes. */
async function oddCommit(
  parent: string,
  path: string,
  entry: (repository: World['repository']) => OddEntry,
): Promise<string> {
  const { repository } = story.world;
  const { tree } = await repository.readCommit(parent);
  const odd = await treeWith(repository, tree, { path, entry: entry(repository) });
  return commitTree(repository, { tree: odd, parents: [parent] });
}

describe('the shape of a step', () => {
  it.each([
    ['an executable', '100755'],
    ['a file that its group may write', '100664'],
    ['a link', '120000'],
    ['a submodule', '160000'],
  ])('is refused with %s in the place of a document', async (_what, mode) => {
    const { world, registered } = story;
    const text = await world.read(registered, MODEL);
    const commit = await oddCommit(registered, MODEL, (repository) => blobEntry(repository, mode, text));
    const { refusals } = await world.judge(commit);
    expect(refusals).toContainEqual(
      expect.objectContaining({ code: 'ungoverned-shape', path: MODEL, found: `mode ${mode}` }),
    );
  });

  // Attack: git shows no file, but a listing of the folder does: hold 2 without content would end hold 1.
  it.each([
    ['a hold', 'registry/fraud/versions/v1/holds/1.yaml'],
    ['evidence', 'registry/fraud/versions/v1/evidence/offline-2.yaml'],
    ['a version', 'registry/fraud/versions/v2'],
    ['approvals', 'registry/fraud/stages/dev/approvals'],
    ['a policy', 'policies/empty.yaml'],
    ['something inside such a folder', 'registry/empty/inside'],
  ])('is refused with a folder without files that looks like %s', async (_what, path) => {
    const commit = await oddCommit(story.registered, path, emptyFolder);
    const { refusals } = await story.world.judge(commit);
    expect(refusals).toContainEqual(expect.objectContaining({ code: 'ungoverned-shape', path, found: 'mode 40000' }));
  });

  it('keeps a hold in force when a folder without files stands where its release would', async () => {
    const { world, registered } = story;
    const held = await world.land(registered, await barring(world, registered), { by: 'oli' });
    const commit = await oddCommit(held, 'registry/fraud/versions/v1/holds/2.yaml', emptyFolder);
    expect((await world.judge(commit)).accepted).toBe(false);
  });

  it.each([
    ['a file beside the policies', 'policies/README.md'],
    ['a file beside the trust root', 'trust/keys.txt'],
    ['a model without a name', 'registry/model.yaml'],
    ['a model three folders deep', 'registry/a/b/c/model.yaml'],
    ['a model named like a folder of the layout', 'registry/versions/model.yaml'],
    ['a model named like a device', 'registry/con/model.yaml'],
    ['a model named in capitals', 'registry/Fraud2/model.yaml'],
    ['a model named in other letters', 'registry/frаud/model.yaml'],
    ['a file of its own in a stage', 'registry/fraud/stages/dev/notes.yaml'],
    ['approvals of a version', 'registry/fraud/versions/v1/version.yaml.approvals/ann@example.org.sig'],
    ['approvals of evidence', 'registry/fraud/versions/v1/evidence/offline-1.yaml.approvals/ann@example.org.sig'],
    ['approvals of a pointer', 'registry/fraud/stages/dev/stage.yaml.approvals/ann@example.org.sig'],
    ['a signature of a signature', 'registry/fraud/model.yaml.sig.sig'],
    ['attributes of git', 'registry/.gitattributes'],
    ['a twin of the registry in capitals', 'Registry/x.yaml'],
    ['a twin of the registry with a trailing dot', 'registry./x.yaml'],
    ['a twin of the registry with an invisible letter', 'regis\u200dtry/x.yaml'],
    ['a twin of the registry in short names of Windows', 'REGIST~1/x.yaml'],
    ['a stream of mreg.yaml', 'mreg.yaml::$DATA'],
  ])('is refused with %s', async (_what, path) => {
    const { world, registered } = story;
    const commit = await world.commit(registered, { [path]: 'text' });
    const { refusals } = await world.judge(commit);
    expect(refusals).toContainEqual(expect.objectContaining({ code: 'ungoverned-shape', path }));
  });

  it('is the users’ own business outside the governed folders', async () => {
    const { world, registered } = story;
    const files = { 'deploy/app.yaml': 'a: &x 1', 'mreg.yaml.bak': '', 'README.md': '', 'deploy/registry/x': '' };
    expectAccepted(await world.judge(await world.commit(registered, files, { committer: null })));
  });

  it.each([
    ['differs in a dash from another', 'score-card', 'score_card'],
    ['is that of a namespace with models in it', 'risk/score', 'risk'],
    ['has the name of a model as its namespace', 'risk', 'risk/score'],
  ])('is refused with a model whose name %s', async (_what, first, second) => {
    const { world, registered } = story;
    const one = await world.land(registered, await registration(world, registered, { model: first }), { by: 'reg' });
    const two = await world.carryOut(one, await registration(world, one, { model: second }), { by: 'reg' });
    expectRefused(await world.judge(two), 'name-collision', first.includes('/') ? 'registry/risk' : first);
  });

  it('is refused with two files whose names some file systems take for one', async () => {
    const { world, registered } = story;
    const commit = await world.commit(registered, { 'policies/a-b.yaml': 'x', 'policies/a_b.yaml': 'x' });
    const { refusals } = await world.judge(commit);
    expect(refusals.map(({ code }) => code)).toContain('name-collision');
  });
});
