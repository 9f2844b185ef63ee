import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { entryAt } from '../../src/registry/snapshot.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import * as plans from '../support/moves.ts';
import { expectAccepted, storyUpTo, type Story } from '../support/story.ts';
import { idOf, minutes, POLICY, signerOf, someDigest, type CommitWish } from '../support/world.ts';

const PROD = 'registry/fraud/stages/prod';

/** A step of a story: where it starts, its plan, and who carries it out. */
interface Step extends CommitWish {
  readonly parent: string;
  readonly plan: CommitPlan;
}

/** A step with the files that it writes, signed, and those that it removes. */
interface SignedStep extends Step {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly gone: Readonly<Record<string, null>>;
}

async function signed(step: Step): Promise<SignedStep> {
  const entries = Object.entries(await story.world.signed(step.parent, step.plan, step));
  const files = entries.flatMap(([path, content]) => (content === null ? [] : [[path, content] as const]));
  const gone = entries.flatMap(([path, content]) => (content === null ? [[path, null] as const] : []));
  return { ...step, files: Object.fromEntries(files), gone: Object.fromEntries(gone) };
}

let story: Story;
/** One step of each kind, all of which are accepted. */
let steps: readonly SignedStep[];
beforeAll(async () => {
  story = await storyUpTo('rolling');
  const { world, second, following, rolling } = story;
  const { first } = world;
  const held = await world.land(rolling, await plans.barring(world, rolling, { version: 'v2' }), { by: 'oli' });
  const prod = { version: 'v2', stage: 'prod' };
  const planned: Step[] = [
    { parent: first, plan: await plans.registration(world, first), by: 'reg' },
    { parent: second, plan: await plans.promotion(world, second, { version: 'v2' }), by: 'pam' },
    { parent: following, plan: await plans.promotion(world, following, prod), by: 'pam', approvedBy: ['rex'] },
    {
      parent: rolling,
      plan: await plans.rolloutStep(world, rolling, { now: minutes(30) }),
      by: 'con',
      now: minutes(30),
    },
    { parent: rolling, plan: await plans.measurement(world, rolling), by: 'eve' },
    {
      parent: held,
      plan: await plans.barring(world, held, { version: 'v2', by: 'olga', action: 'release' }),
      by: 'olga',
      approvedBy: ['rita'],
    },
    {
      parent: rolling,
      plan: await plans.trustChange(world, rolling, (spec) => ({ ...spec, expires: '2031-01-01T00:00:00Z' })),
      by: 'ann',
      approvedBy: ['bob'],
    },
    {
      parent: rolling,
      plan: await plans.policyChange(world, rolling, (spec) => ({ ...spec, description: 'new' })),
      by: 'ann',
      approvedBy: ['bob'],
    },
  ];
  for (const step of planned) await world.land(step.parent, step.plan, step);
  steps = await Promise.all(planned.map(signed));
});

const stepIndex = fc.nat({ max: 7 });

describe('a step of the protected branch', () => {
  it('is refused when any bit of any file in it is another', async () => {
    await fc.assert(
      fc.asyncProperty(stepIndex, fc.nat(), fc.nat(), fc.nat({ max: 7 }), async (index, whichFile, whichByte, bit) => {
        const { world } = story;
        const step = steps[index]!;
        const files = Object.entries(step.files);
        const [path, content] = files[whichFile % files.length]!;
        const bytes = Buffer.from(content);
        bytes[whichByte % bytes.length]! ^= 1 << bit;
        const commit = await world.commit(step.parent, { ...step.files, ...step.gone, [path]: bytes }, step);
        expect((await world.judge(commit, step)).accepted, `${path} byte ${String(whichByte % bytes.length)}`).toBe(
          false,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('is refused without any one of its files', async () => {
    const { world } = story;
    for (const step of steps) {
      for (const path of Object.keys(step.files)) {
        const commit = await world.commit(step.parent, { ...step.files, ...step.gone, [path]: null }, step);
        expect((await world.judge(commit, step)).accepted, path).toBe(false);
      }
    }
  });
});

/** Paths of every kind of place, of documents that are there and of some that are not. */
const PLACES = [
  ...['mreg.yaml', 'trust/root.yaml', 'trust/allowed_signers', 'policies/default.yaml', 'policies/new.yaml'],
  ...['registry/fraud/model.yaml', 'registry/new/model.yaml', 'registry/fraud', 'registry/a/b/model.yaml'],
  ...['v1', 'v2', 'v3'].flatMap((version) => {
    const folder = `registry/fraud/versions/${version}`;
    return [
      `${folder}/version.yaml`,
      `${folder}/evidence/offline-1.yaml`,
      `${folder}/evidence/offline-2.yaml`,
      `${folder}/holds/1.yaml`,
    ];
  }),
  ...['dev', 'staging', 'prod', 'other'].flatMap((stage) =>
    ['stage', 'promotion', 'decision', 'kustomization'].map((name) => `registry/fraud/stages/${stage}/${name}.yaml`),
  ),
  `${PROD}/approvals/${idOf('rita')}.sig`,
  `${PROD}/approvals/${idOf('rita')}.review.yaml`,
  `registry/fraud/versions/v2/holds/1.yaml.approvals/${idOf('rita')}.sig`,
];

const place = fc.constantFrom(...PLACES, ...PLACES.map((path) => `${path}.sig`));

const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(
    '',
    '\n',
    '[',
    '{}',
    'kind: Hold',
    'kind: Stage\nspec: {}',
    `${'a'.repeat(70_000)}\n`,
    '[\n'.repeat(1000),
  ),
  fc.constant(null),
  // The text of another document: well formed, signed perhaps, and out of place.
  place.map((path) => ({ copyOf: path })),
);

describe('the judge', () => {
  it('never throws, whatever stands in governed files', async () => {
    await fc.assert(
      fc.asyncProperty(stepIndex, fc.dictionary(place, garbage, { maxKeys: 4 }), async (index, chosen) => {
        const { world } = story;
        const step = steps[index]!;
        const edits: Record<string, string | Uint8Array | null> = { ...step.files, ...step.gone };
        for (const [path, content] of Object.entries(chosen)) edits[path] = await contentOf(step.parent, content);
        if (isFileAndFolder(Object.keys(edits).filter((path) => edits[path] !== null))) return;
        const verdict = await world.judge(await world.commit(step.parent, edits, step), step);
        expect(verdict.accepted).toBe(verdict.refusals.length === 0);
      }),
      { numRuns: 100 },
    );
  });

  it('never throws, whatever somebody with a key signs', async () => {
    const leaf = fc.constantFrom<unknown>(
      ...[0, -1, 1.5, 99, 1e9, true, null, [], {}, [{}], '', 'none', 'v1', 'v99', 'x/y', 'prod', 'canary', 'shadow'],
      ...['advance', 'resume', 'complete', '1s', '9999-12-31T23:59:59Z', '2026-02-30T00:00:00Z', someDigest],
      ...['f'.repeat(40), idOf('zoe'), undefined],
    );
    await fc.assert(
      fc.asyncProperty(stepIndex, fc.nat(), fc.nat(), leaf, async (index, whichFile, whichLeaf, value) => {
        const { world } = story;
        const step = steps[index]!;
        const { path, namespace } = step.plan.signatures[whichFile % step.plan.signatures.length]!;
        const document: unknown = parse(String(step.plan.edits.get(path)));
        const leaves = leavesOf(document);
        const text = writeYaml(withLeaf(document, leaves[whichLeaf % leaves.length]!, value));
        const sig = await createSignature(signerOf(step.by ?? 'ann'), namespace, text);
        const edits = { ...step.files, ...step.gone, [path]: text, [`${path}.sig`]: sig };
        const verdict = await world.judge(await world.commit(step.parent, edits, step), step);
        expect(verdict.accepted).toBe(verdict.refusals.length === 0);
      }),
      { numRuns: 100 },
    );
  });

  type Place = readonly (string | number)[];

  /** Every key of a document, also those of maps and lists. */
  function leavesOf(value: unknown, at: Place = []): Place[] {
    if (typeof value !== 'object' || value === null) return [at];
    const below = Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...at, key]));
    return at.length === 0 ? below : [at, ...below];
  }

  /** The document with another value at one place; without it when the value is undefined. */
  function withLeaf(value: unknown, [key, ...rest]: Place, leaf: unknown): unknown {
    if (key === undefined) return leaf;
    if (Array.isArray(value)) {
      const items = value.map((item, index) => (index === Number(key) ? withLeaf(item, rest, leaf) : item));
      return items.filter((item) => item !== undefined);
    }
    return { ...(value as object), [key]: withLeaf((value as Record<string, unknown>)[key], rest, leaf) };
  }

  async function contentOf(commit: string, content: Uint8Array | string | null | { readonly copyOf: string }) {
    if (content === null || typeof content === 'string' || content instanceof Uint8Array) return content;
    return story.world.read(commit, content.copyOf).catch(() => 'nothing');
  }

  function isFileAndFolder(paths: readonly string[]): boolean {
    return paths.some((path) => paths.some((other) => other.startsWith(`${path}/`)));
  }
});

describe('an approval', () => {
  it('never counts again through a bot or a second key of the same person', async () => {
    const floors = [{ to: 'staging', approvals: 2 }];
    const strict = await storyUpTo('registered', { root: (spec) => ({ ...spec, floors }) });
    const { world, registered } = strict;
    const plan = await plans.promotion(world, registered);
    const people = fc.uniqueArray(fc.constantFrom('rita', 'rex', 'pam', 'olga', 'zoe'), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(people, async (approvedBy) => {
        const bots = approvedBy.filter((name) => name === 'rita' || name === 'pam').map((name) => `${name}-bot`);
        const judged = async (names: readonly string[]) =>
          world.judge(await world.carryOut(registered, plan, { by: 'pam', approvedBy: names }));
        const verdict = await judged(approvedBy);
        expect((await judged([...approvedBy, ...bots])).accepted).toBe(verdict.accepted);
        expect(verdict.accepted).toBe(approvedBy.filter((name) => name !== 'pam' && name !== 'zoe').length >= 2);
      }),
      { numRuns: 10 },
    );
  });
});

describe('a policy', () => {
  type Gate = PolicyDocument['spec']['transitions'][number]['gates'][number];
  const gate: fc.Arbitrary<Gate> = fc.constantFrom<Gate>(
    { id: 'more', type: 'metric', evidence: 'offline', metric: 'auc', max: 0.95 },
    { id: 'unknown', type: 'metric', evidence: 'drift', metric: 'psi', max: 1 },
    { id: 'code', type: 'lineage', require: ['code'] },
    { id: 'free', type: 'quarantine' },
    { id: 'two', type: 'approvals', total: 2 },
    { id: 'cel', type: 'cel', expression: 'true' },
  );

  it('that asks for one gate more never lets through what was refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0.7, 0.8, 0.9, 0.99), gate, async (auc, extra) => {
        const asked = await acceptedUnder(POLICY, auc);
        const more = await acceptedUnder(withGate(extra), auc);
        expect(more && !asked).toBe(false);
      }),
      { numRuns: 8 },
    );
  });

  function withGate(extra: Gate): PolicyDocument['spec'] {
    return { ...POLICY, transitions: POLICY.transitions.map((one) => ({ ...one, gates: [...one.gates, extra] })) };
  }

  async function acceptedUnder(policy: PolicyDocument['spec'], auc: number): Promise<boolean> {
    const { world } = await storyUpTo('registered', { policy });
    const registered = await world.land(world.first, await plans.registration(world, world.first, { auc }), {
      by: 'reg',
    });
    const plan = await plans.promotion(world, registered);
    return (await world.judge(await world.carryOut(registered, plan, { by: 'pam' }))).accepted;
  }
});

describe('a rollback', () => {
  it('after any rollout restores the folder of the stage, byte for byte', async () => {
    const moves = fc.array(fc.constantFrom('advance', 'pause', 'resume', 'complete' as const), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(moves, async (actions) => {
        const { world, serving, rolling } = story;
        let [tip, after] = [rolling, 0];
        for (const action of actions) {
          after += 150;
          const now = minutes(after);
          const plan = await plans.rolloutStep(world, tip, { action: action as 'advance', now });
          const commit = await world.carryOut(tip, plan, { by: 'con', now });
          if ((await world.judge(commit, { now })).accepted) tip = commit;
        }
        const now = minutes(after);
        const back = await world.land(tip, await plans.rollback(world, tip, { now }), { by: 'oli', now });
        expect(await folderIn(back)).toBe(await folderIn(serving));
      }),
      { numRuns: 8 },
    );
  });

  async function folderIn(commit: string): Promise<string | undefined> {
    return (await entryAt(await story.world.at(commit), PROD))?.oid;
  }
});

describe('plans for two models', () => {
  it('come to the same, whichever lands first', async () => {
    const { world, following } = story;
    const other = await world.land(following, await plans.registration(world, following, { model: 'risk' }), {
      by: 'reg',
    });
    const ofFraud: Step[] = [
      {
        parent: other,
        plan: await plans.promotion(world, other, { version: 'v2', stage: 'prod' }),
        by: 'pam',
        approvedBy: ['rex'],
      },
      { parent: other, plan: await plans.registration(world, other, { auc: 0.85 }), by: 'reg' },
      { parent: other, plan: await plans.barring(world, other), by: 'oli' },
    ];
    const ofRisk: Step[] = [
      { parent: other, plan: await plans.promotion(world, other, { model: 'risk' }), by: 'pam' },
      { parent: other, plan: await plans.measurement(world, other, { model: 'risk' }), by: 'eve' },
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ofFraud), fc.constantFrom(...ofRisk), async (one, two) => {
        const trees = [await treeAfter(one, two), await treeAfter(two, one)];
        expect(trees[0]).toBe(trees[1]);
      }),
      { numRuns: 8 },
    );
  });

  async function treeAfter(first: Step, then: Step): Promise<string> {
    const { world } = story;
    const one = await world.land(first.parent, first.plan, first);
    const files = await world.signed(then.parent, then.plan, then);
    const two = await world.commit(one, files, then);
    expectAccepted(await world.judge(two));
    return (await world.repository.readCommit(two)).tree;
  }
});
