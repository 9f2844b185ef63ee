import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { git } from '../support/git.ts';
import { barring, measurement, promotion } from '../support/moves.ts';
import { idOf, type CommitWish } from '../support/world.ts';
import type { CommandAttack, Push, PushAttack } from './attack.ts';
import { checkoutAt } from './checkout.ts';
import { keepInWorkshop, mregIn, stand, type Scene } from './scene.ts';

const MAIN = 'refs/heads/main';
const PROD = 'registry/fraud/stages/prod';

/** A commit of the users' own beside the registry. */
function note({ world, story }: Scene, parent = story.second, wish: CommitWish = {}): Promise<string> {
  return world.commit(parent, { 'notes.txt': `${parent}\n` }, wish);
}

const MERGES: readonly PushAttack[] = (
  [
    {
      variant: 'a merge that keeps the branch first: it goes through',
      code: 'accepted',
      about: '',
      make: async (scene) => {
        const { world, story } = scene;
        const side = await note(scene, story.serving);
        return { base: story.second, tip: await world.commit(story.second, { 'notes.txt': 'x' }, { merging: [side] }) };
      },
    },
    {
      variant: 'an evil merge: a pointer edited on the way',
      code: ['bad-signature', 'ungoverned-shape'],
      about: `${PROD}/stage.yaml`,
      make: async (scene) => {
        const { world, story } = scene;
        const side = await note(scene, story.serving);
        const text = (await world.read(story.second, `${PROD}/stage.yaml`)).replace(
          'strategy: canary',
          'strategy: immediate',
        );
        return {
          base: story.second,
          tip: await world.commit(story.second, { [`${PROD}/stage.yaml`]: text }, { merging: [side] }),
        };
      },
    },
    {
      variant: 'a merge that brings a bad document which its branch held',
      code: 'missing-signature',
      about: 'evidence/offline-2.yaml',
      make: async ({ world, story, then }) => {
        const plan = await measurement(world, story.second, { version: 'v2', now: then });
        const files = await world.signed(story.second, plan, { by: 'eve' });
        const bad = Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('.sig')));
        const side = await world.commit(story.second, bad);
        return { base: story.second, tip: await world.commit(story.second, bad, { merging: [side] }) };
      },
    },
    {
      variant: 'an octopus',
      code: 'history-shape',
      about: '3 parents',
      make: async (scene) => {
        const { world, story } = scene;
        const sides = [await note(scene, story.serving), await note(scene, story.staged)];
        return { base: story.second, tip: await world.commit(story.second, { 'notes.txt': 'x' }, { merging: sides }) };
      },
    },
    {
      variant: 'a foxtrot: the old tip as the second parent',
      code: 'history-shape',
      about: 'only through another parent',
      make: async (scene) => {
        const { world, story } = scene;
        const side = await note(scene, story.serving);
        return { base: story.second, tip: await world.commit(side, { 'notes.txt': 'x' }, { merging: [story.second] }) };
      },
    },
    {
      variant: 'a foxtrot with an honest commit on top',
      code: 'history-shape',
      about: 'only through another parent',
      make: async (scene) => {
        const { world, story } = scene;
        const side = await note(scene, story.serving);
        const fox = await world.commit(side, { 'notes.txt': 'x' }, { merging: [story.second] });
        return { base: story.second, tip: await note(scene, fox) };
      },
    },
    {
      variant: 'the old tip as the third parent',
      code: 'history-shape',
      about: 'only through another parent',
      make: async (scene) => {
        const { world, story } = scene;
        const [side, other] = [await note(scene, story.serving), await note(scene, story.staged)];
        return {
          base: story.second,
          tip: await world.commit(side, { 'notes.txt': 'x' }, { merging: [other, story.second] }),
        };
      },
    },
    {
      variant: 'a bad step between two good ones',
      code: 'missing-signature',
      about: ['evidence/offline-2.yaml', '1 later commit'],
      make: async (scene) => {
        const { world, story, then } = scene;
        const plan = await measurement(world, story.second, { version: 'v2', now: then });
        const path = `${String([...plan.edits.keys()][0])}.sig`;
        const bad = await world.carryOut(await note(scene), plan, { by: 'eve', with: { [path]: null } });
        return { base: story.second, tip: await note(scene, bad) };
      },
    },
    {
      variant: 'a bad step that the next one takes back',
      code: 'ungoverned-shape',
      about: 'registry/fraud/notes.txt',
      make: async ({ world, story }) => {
        const bad = await world.commit(story.second, { 'registry/fraud/notes.txt': 'mine' });
        return { base: story.second, tip: await world.commit(bad, { 'registry/fraud/notes.txt': null }) };
      },
    },
    {
      variant: 'a request branch with content of the attacker, merged',
      code: ['bad-signature', 'gate'],
      about: `${PROD}/approvals/${idOf('rex')}.sig`,
      make: async ({ world, story, then }) => {
        const asked = await promotion(world, story.following, { version: 'v2', stage: 'prod', now: then });
        const honest = await world.signed(story.following, asked, { by: 'pam', approvedBy: ['rex'] });
        const approval = `${PROD}/approvals/${idOf('rex')}.sig`;
        const other = await promotion(world, story.following, {
          version: 'v2',
          stage: 'prod',
          now: then,
          plan: { strategy: 'immediate' },
        });
        const wish = { by: 'pam', with: { [approval]: honest[approval] ?? null } };
        const branch = await world.carryOut(story.following, other, wish);
        return {
          base: story.following,
          tip: await world.carryOut(story.following, other, { ...wish, merging: [branch] }),
        };
      },
    },
    {
      variant: 'a promotion based on a merged branch that nobody judged',
      code: 'replay',
      about: 'which holds another',
      make: async ({ world, story, then }) => {
        const path = `${PROD}/kustomization.yaml`;
        const branch = await world.commit(story.following, { [path]: 'kind: Component\n' });
        const merged = await world.commit(story.following, { 'notes.txt': 'x' }, { merging: [branch] });
        const plan = await promotion(world, branch, { version: 'v2', stage: 'prod', now: then });
        return { base: merged, tip: await world.carryOut(merged, plan, { by: 'pam', approvedBy: ['rex'] }) };
      },
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'merge-shapes', ...attack }));

/** Pushes refspecs of the attacker's own; `{note}` stands for a commit on top of the branch, `{old}` for the one before it. */
function refspecs(...words: readonly string[]): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const { second, serving } = scene.story;
    const names = { '{note}': await note(scene), '{tip}': second, '{old}': serving };
    const given = words.map((word) =>
      Object.entries(names).reduce((text, [name, oid]) => text.replace(name, oid), word),
    );
    return { base: second, words: given };
  };
}

/** The same on a server that has the tags and branches of others. */
function after(existing: readonly string[], ...words: readonly string[]): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const push = await refspecs(...words)(scene);
    stand(scene, scene.server, push.base);
    for (const ref of existing) git(scene.server, ['update-ref', ref, push.base]);
    return push;
  };
}

const shadow = { code: 'protected-ref', about: 'names that nobody takes for refs/heads/main' } as const;

const REFS: readonly PushAttack[] = (
  [
    {
      variant: 'an older state by force',
      code: 'history-shape',
      about: 'never by a force push',
      make: refspecs(`{old}:${MAIN}`),
    },
    {
      variant: 'another history by force',
      code: 'history-shape',
      about: 'a descendant of',
      make: async (scene) => ({ base: scene.story.second, tip: await note(scene, scene.story.serving) }),
    },
    {
      variant: 'a history without parents by force',
      code: ['history-shape'],
      about: MAIN,
      make: async ({ world, story }) => ({
        base: story.second,
        tip: await world.commit(undefined, { 'notes.txt': 'new' }),
      }),
    },
    { variant: 'the branch deleted', code: 'protected-ref', about: 'its deletion', make: refspecs(`:${MAIN}`) },
    {
      variant: 'the branch deleted along with the birth of another',
      code: 'protected-ref',
      about: 'its deletion',
      make: refspecs(`:${MAIN}`, '{note}:refs/heads/trunk'),
    },
    {
      variant: 'a good branch along with a bad one, of which neither may move',
      code: 'history-shape',
      about: MAIN,
      make: refspecs(`{old}:${MAIN}`, '{note}:refs/heads/mine'),
    },
    {
      variant: 'a replacement of an object',
      code: 'protected-ref',
      about: 'no replace refs',
      make: refspecs('{note}:refs/replace/{tip}'),
    },
    { variant: 'the name of the branch in capitals', ...shadow, make: refspecs('{note}:refs/heads/MAIN') },
    { variant: 'the name of the branch in wide letters', ...shadow, make: refspecs('{note}:refs/heads/ｍａｉｎ') },
    { variant: 'a tag with the name of the branch', ...shadow, make: refspecs('{note}:refs/tags/main') },
    {
      variant: 'a ref with the name of the branch, outside of refs/heads',
      ...shadow,
      make: refspecs('{note}:refs/main'),
    },
    {
      variant: 'a tag with the name under which clones know the branch',
      ...shadow,
      make: refspecs('{note}:refs/tags/origin/main'),
    },
    {
      variant: 'a tag with that name for a remote of another name',
      ...shadow,
      make: refspecs('{note}:refs/tags/upstream/Main'),
    },
    { variant: 'a tag with the long name of the branch', ...shadow, make: refspecs('{note}:refs/tags/heads/main') },
    {
      variant: 'a tag with the name of the remote itself',
      ...shadow,
      make: refspecs('{note}:refs/tags/origin'),
    },
    {
      variant: 'a tag moved',
      code: 'protected-ref',
      about: 'tags that stay',
      make: after(['refs/tags/v1'], '{note}:refs/tags/v1'),
    },
    {
      variant: 'a tag deleted',
      code: 'protected-ref',
      about: 'tags that stay',
      make: after(['refs/tags/v1'], ':refs/tags/v1'),
    },
    { variant: 'a branch below the branch', code: 'git', about: 'main/x', make: refspecs('{note}:refs/heads/main/x') },
    {
      variant: 'a branch that starts like an option',
      code: 'git',
      about: 'refs/heads/-x',
      make: refspecs('{note}:refs/heads/-x..y'),
    },
    { variant: 'HEAD of the server', code: 'git', about: 'HEAD', make: refspecs('{note}:HEAD') },
    {
      variant: 'push options, which nobody asked for',
      code: 'git',
      about: 'push options',
      make: refspecs('--force', '--push-option=ci.skip', '{server}', `{note}:${MAIN}`),
    },
    {
      variant: 'a push from a shallow clone that would cut the history',
      code: 'git',
      about: 'shallow',
      make: (scene) => {
        const clone = checkoutAt(scene, scene.story.second, '--depth=1');
        git(clone.directory, ['checkout', '--quiet', '--orphan', 'cut']);
        git(clone.directory, ['commit', '--quiet', '-m', 'Cut']);
        const tip = git(clone.directory, ['rev-parse', 'HEAD']);
        const commit = git(clone.directory, ['cat-file', 'commit', tip]).replace(
          '\nauthor',
          `\nparent ${scene.story.serving}\nauthor`,
        );
        const grafted = git(clone.directory, ['hash-object', '-t', 'commit', '-w', '--stdin'], {
          input: `${commit}\n`,
        });
        writeFileSync(join(clone.directory, '.git', 'shallow'), `${grafted}\n${scene.story.second}\n`);
        git(scene.server, ['update-ref', 'refs/heads/main', scene.story.registered]);
        stand(scene, scene.server, scene.story.second);
        return Promise.resolve({
          base: scene.story.second,
          from: clone.directory,
          words: [`${grafted}:refs/heads/cut`],
        });
      },
    },
    {
      variant: 'more refs in one push than anybody has',
      code: 'too-large',
      about: 'at most 1000 refs',
      make: async (scene) => {
        const { words = [], base } = await refspecs('{note}')(scene);
        return {
          base,
          words: Array.from({ length: 1001 }, (_, index) => `${String(words[0])}:refs/heads/b${String(index)}`),
        };
      },
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'refs', ...attack }));

/** What `mreg verify` refuses in a clone that verified the branch before the server's disk was changed. */
function verifiedAfter(rewrite: (scene: Scene) => Promise<string> | string) {
  return async (scene: Scene): Promise<void> => {
    const clone = checkoutAt(scene, scene.story.second);
    git(clone.directory, ['config', 'mreg.root', String(scene.world.pinnedRoot)]);
    expect(mregIn(clone.directory, ['verify'])).toMatchObject({ code: 0 });
    const forged = await rewrite(scene);
    keepInWorkshop(scene);
    stand(scene, scene.server, forged);
    clone.git('fetch', '--quiet', 'origin', '+main:refs/remotes/origin/main');
    clone.git('reset', '--quiet', '--hard', 'refs/remotes/origin/main');
    const { code, stdout, stderr } = mregIn(clone.directory, ['verify']);
    expect(stdout + stderr).toContain('[history-shape]');
    expect(stdout + stderr).toContain(scene.story.second);
    expect(code).toBe(4);
  };
}

const REWRITTEN: readonly CommandAttack[] = (
  [
    { variant: 'the newest commits taken away', run: verifiedAfter(({ story }) => story.serving) },
    {
      variant: 'the newest commit replaced by another that is valid',
      run: verifiedAfter(async ({ world, story, then }) =>
        world.land(story.serving, await barring(world, story.serving, { version: 'v1', now: then }), {
          by: 'oli',
          now: then,
        }),
      ),
    },
    {
      variant: 'a commit in the middle left out',
      run: verifiedAfter(async (scene) => {
        const { world, story } = scene;
        const { tree } = await world.repository.readCommit(story.second);
        const { commitTree } = await import('../support/world.ts');
        return commitTree(world.repository, { tree, parents: [story.staged] });
      }),
    },
  ] as const
).map((attack) => ({ row: 'rewritten-server', code: 'history-shape', ...attack }));

/** Attacks on the shape of history and on the names of refs. */
export const TRIED: readonly (PushAttack | CommandAttack)[] = [...MERGES, ...REFS, ...REWRITTEN];
