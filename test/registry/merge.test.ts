import { beforeAll, describe, it } from 'vitest';
import { measurement, promotion } from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await storyUpTo('registered');
});

const MODEL = 'registry/fraud/model.yaml';

describe('a merge', () => {
  it('is judged by what it changes against its first parent: signed content may come in', async () => {
    const { world, registered } = story;
    const plan = await measurement(world, registered);
    const files = await world.signed(registered, plan, { by: 'eve' });
    const side = await world.commit(registered, files, { committer: null });
    const merge = await world.commit(registered, files, { merging: [side] });
    expectAccepted(await world.judge(merge));
  });

  it('is refused when it brings what nobody signed, whatever the merged branch held', async () => {
    const { world, registered } = story;
    const hostile = { [MODEL]: await world.read(registered, MODEL), [`${MODEL}.sig`]: 'text' };
    const side = await world.commit(registered, hostile, { committer: null });
    expectRefused(
      await world.judge(await world.commit(registered, hostile, { merging: [side] })),
      'bad-signature',
      MODEL,
    );
  });

  it('is refused when it brings what neither parent holds', async () => {
    const { world, registered } = story;
    const side = await world.commit(registered, { 'README.md': 'mine' });
    const evil = await world.commit(registered, { [MODEL]: '[' }, { merging: [side] });
    expectRefused(await world.judge(evil), 'yaml-syntax', MODEL);
  });

  it('is accepted when it leaves the governed files as they are, though the merged branch does not', async () => {
    const { world, registered } = story;
    const side = await world.commit(registered, { [MODEL]: '[' }, { committer: null });
    expectAccepted(await world.judge(await world.commit(registered, { 'README.md': 'mine' }, { merging: [side] })));
  });

  it('of a request is one step, with the approvals on its branch', async () => {
    const { world, registered } = story;
    const plan = await promotion(world, registered);
    const asked = await world.carryOut(registered, plan, { by: 'pam' });
    const files = await world.signed(registered, plan, { by: 'pam' });
    expectAccepted(await world.judge(await world.commit(registered, files, { merging: [asked] })));
  });
});
