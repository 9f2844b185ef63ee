import { beforeAll, describe, expect, it } from 'vitest';
import { verifyTree } from '../../src/registry/verify-tree.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import { freezing, unfreezing } from '../support/moves.ts';
import { storyUpTo, type Story } from '../support/story.ts';
import { signerOf, type Edits } from '../support/world.ts';

const [FIRST, SECOND, THIRD] = [1, 2, 3].map((number) => `policies/freezes/${String(number)}.yaml`) as [
  string,
  string,
  string,
];

let story: Story;
/** Frozen twice, of which the first is lifted. */
let tip: string;
beforeAll(async () => {
  story = await storyUpTo('registered');
  const { world, registered } = story;
  const first = await world.land(registered, await freezing(world, registered), { by: 'oli' });
  const second = await world.land(first, await freezing(world, first, { models: ['risk/*'], by: 'risky' }), {
    by: 'risky',
  });
  tip = await world.land(second, await unfreezing(world, second), { by: 'oli' });
});

/** Verifies what somebody with the server's disk makes of the tip: nothing was judged. */
async function verified(edits: Edits = {}): Promise<readonly string[]> {
  const { world } = story;
  const commit = await world.commit(tip, edits, { by: 'oli' });
  const line: string[] = [];
  for (let at: string | undefined = commit; at !== undefined; at = (await world.repository.readCommit(at)).parents[0]) {
    line.push(at);
  }
  const { refusals } = await verifyTree({
    source: world.repository,
    snapshot: await world.at(commit),
    line: new Map(line.map((oid, index) => [oid, index])),
    changing: async (path) => world.repository.commitsTouching(path, undefined, commit),
    pinnedRoot: world.pinnedRoot,
  });
  return refusals.map(({ code, path, expected, found }) => `${code} ${path}: ${expected}; ${found}`);
}

/** A freeze with its text changed, signed by somebody. */
async function resigned(path: string, by: string, [from, to]: readonly [string | RegExp, string]): Promise<Edits> {
  const text = (await story.world.read(tip, path)).replace(from, to);
  return { [path]: text, [`${path}.sig`]: await createSignature(signerOf(by), 'mreg.freeze.v1', text) };
}

const gone = (path: string): Edits => ({ [path]: null, [`${path}.sig`]: null });

describe('the freezes of a verified state', () => {
  it('are good as they were admitted', async () => {
    expect(await verified()).toEqual([]);
  });

  it('miss none', async () => {
    expect(await verified(gone(SECOND))).toContain(`sequence ${SECOND}: numbers without gaps; this one is missing`);
    expect(await verified(gone(FIRST))).toContain(`sequence ${FIRST}: numbers without gaps; this one is missing`);
  });

  it('follow from one another', async () => {
    const [fault] = await verified(await resigned(THIRD, 'oli', [/standing:\n( +)- 2/, 'standing: []']));
    expect(fault).toMatch(/^chain .*3\.yaml: standing: 2, which nobody lifted; left out/);
    expect(await verified(await resigned(THIRD, 'oli', ['lifts: 1', 'lifts: 7']))).toContain(
      `chain ${THIRD}: lifts: 1, 2; 7`,
    );
  });

  it('are signed by somebody who answers for all that they froze, with a key of the trust', async () => {
    const same = ['reason: holidays', 'reason: weekend'] as const;
    expect(await verified(await resigned(FIRST, 'risky', same))).toEqual([
      expect.stringMatching(/^not-authorised .*1\.yaml: a signature by a oncall or owner or policy of \*;/) as string,
    ]);
    expect(await verified(await resigned(FIRST, 'pam', same))).toEqual([
      expect.stringMatching(/^not-authorised/) as string,
    ]);
    expect(await verified(await resigned(FIRST, 'mallory', same))).toEqual([
      expect.stringMatching(/^unknown-key/) as string,
    ]);
    expect(await verified({ [FIRST]: 'text' })).not.toEqual([]);
    expect(await verified({ [`${FIRST}.sig`]: null })).toEqual([expect.stringMatching(/^missing-signature/) as string]);
  });

  it('leave no signature behind', async () => {
    const path = 'policies/freezes/4.yaml';
    expect(await verified({ [`${path}.sig`]: 'text' })).toContain(`missing-file ${path}: the file; nothing`);
  });
});
