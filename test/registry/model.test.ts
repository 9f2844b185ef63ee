import { beforeAll, describe, expect, it } from 'vitest';
import { registration } from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { altered, idOf } from '../support/world.ts';

const MODEL = 'registry/fraud/model.yaml';

let story: Story;
beforeAll(async () => {
  story = await storyUpTo('registered');
});

/** Changes the description of the model, signed by somebody. */
async function described(by: string) {
  const { world, registered } = story;
  const plan = {
    edits: new Map([[MODEL, await world.read(registered, MODEL)]]),
    signatures: [{ path: MODEL, namespace: 'mreg.model.v1' }],
    ...{ subject: 'Describe', trailers: {} },
  };
  const changed = altered(plan, { kind: 'Model', path: MODEL }, (document) => ({
    ...document,
    spec: { ...document.spec, description: `by ${by}` },
  }));
  const commit = await world.carryOut(registered, changed, { by });
  return { commit, files: await world.signed(registered, changed, { by }), verdict: await world.judge(commit) };
}

describe('model.yaml', () => {
  it.each(['olga', 'ann', 'reg'])('may be changed by %s, an owner or registrar', async (by) => {
    const { verdict } = await described(by);
    expectAccepted(verdict);
    expect(verdict.changes).toEqual([{ action: 'model', model: 'fraud', by: idOf(by) }]);
  });

  it.each(['eve', 'pam', 'risky', 'zoe'])('is refused from %s', async (by) => {
    expectRefused((await described(by)).verdict, 'not-authorised', 'a owner or registrar of fraud');
  });

  it('is refused without its signature, and without itself', async () => {
    const { world, registered } = story;
    const bare = await world.commit(registered, { [`${MODEL}.sig`]: null });
    expectRefused(await world.judge(bare), 'missing-signature');
    const gone = await world.commit(registered, { [MODEL]: null, [`${MODEL}.sig`]: null });
    expectRefused(await world.judge(gone), 'missing-file', MODEL);
  });

  // Attack: what was in force once comes back, with its valid signature, from somebody who may not write it.
  it('is refused when an earlier one is put back, unless by somebody who may write it', async () => {
    const { world, registered } = story;
    const old = {
      [MODEL]: await world.read(registered, MODEL),
      [`${MODEL}.sig`]: await world.read(registered, `${MODEL}.sig`),
    };
    const changed = await described('olga');
    expectAccepted(changed.verdict);
    for (const wish of [{ committer: null }, { by: 'pam' }, { by: 'mallory' }]) {
      const verdict = await world.judge(await world.commit(changed.commit, old, wish));
      expectRefused(verdict, 'replay', `what ${registered} brought`);
    }
    expectAccepted(await world.judge(await world.commit(changed.commit, old, { by: 'olga' })));
    const next = await world.commit(changed.commit, (await described('ann')).files, { committer: null });
    expectAccepted(await world.judge(next));
  });

  it('is refused as a copy of another model’s', async () => {
    const { world, registered } = story;
    const other = await registration(world, registered, { model: 'risk' });
    const files = await world.signed(registered, other, { by: 'reg' });
    const copied = {
      [MODEL]: files['registry/risk/model.yaml']!,
      [`${MODEL}.sig`]: files['registry/risk/model.yaml.sig']!,
    };
    expectRefused(
      await world.judge(await world.commit(registered, copied)),
      'path-mismatch',
      'fraud, as the path says',
    );
  });
});
