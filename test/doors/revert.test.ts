import { describe, expect, it } from 'vitest';
import { expectFsckClean, git } from '../support/git.ts';
import { makeTeam, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

interface Reverted {
  readonly registry: TestRegistry;
  /** The commit that promoted v2, which is in force. */
  readonly promotion: string;
}

const SIGNED = template((home) => twicePromoted(home, 'signed'));
const ANY = template((home) => twicePromoted(home, 'any'));

/** A server on which v2 has followed v1 in staging; bob is on call, eve is nobody in particular. */
async function twicePromoted(home: string, commits: 'signed' | 'any'): Promise<TestRegistry> {
  const registry = await makeTeam({
    people: {
      ann: ['root', 'policy', 'registrar', 'evaluator', 'promoter', 'owner'],
      bob: ['oncall'],
      eve: ['reviewer'],
    },
    server: true,
    commits,
    home,
  });
  for (const version of ['v1', 'v2']) {
    await registerVersion(registry, 'fraud');
    mustSucceed(await registry.mreg(['promote', `fraud@${version}`, '--to', 'staging']));
  }
  return registry;
}

async function promoted(make = SIGNED): Promise<Reverted> {
  const registry = await make();
  return { registry, promotion: registry.git('rev-parse', 'main') };
}

function revert({ registry }: Reverted, commit: string, who: string | undefined): void {
  const as = who === undefined ? {} : { as: registry.person(who) };
  mustSucceed(registry.tryGit(['revert', '--no-edit', commit], as));
}

function push({ registry }: Reverted): string {
  const { code, stderr } = registry.tryGit(['push', 'origin', 'main']);
  expectFsckClean(registry.server);
  const moved = git(registry.server, ['rev-parse', 'main']) === registry.git('rev-parse', 'main');
  expect(moved).toBe(code === 0);
  return code === 0 ? 'accepted' : stderr;
}

describe('git revert of a promotion, with stock git', () => {
  it('is accepted from whoever is on call, and serves the version before', async () => {
    const state = await promoted();
    revert(state, state.promotion, 'bob');
    expect(push(state)).toBe('accepted');
    expect(state.registry.read('registry/fraud/stages/staging/stage.yaml')).toMatch(/^ {2}version: v1$/m);
    expect(await state.registry.mreg(['verify'])).toMatchObject({ code: 0 });
  });

  it('is refused from somebody without a role for it', async () => {
    const state = await promoted();
    revert(state, state.promotion, 'eve');
    expect(push(state)).toContain('[not-authorised]');
  });

  it('is refused without a signature, also where commits need none', async () => {
    const [signed, any] = [await promoted(), await promoted(ANY)];
    for (const state of [signed, any]) revert(state, state.promotion, undefined);
    expect(push(signed)).toContain('[unsigned-commit]');
    expect(push(any)).toContain('[not-authorised]');
  });

  it('lets nobody bring the reverted promotion back: by reverting the revert, by cherry-pick, by force', async () => {
    const state = await promoted();
    const { registry, promotion } = state;
    revert(state, promotion, 'bob');
    expect(push(state)).toBe('accepted');
    const reverted = registry.git('rev-parse', 'main');
    revert(state, reverted, 'ann');
    expect(push(state)).toMatch(/\[(?:replay|chain)\]/);
    registry.git('reset', '-q', '--hard', reverted);
    mustSucceed(registry.tryGit(['cherry-pick', promotion], { as: registry.person('ann') }));
    expect(push(state)).toMatch(/\[(?:replay|chain)\]/);
    expect(registry.tryGit(['push', '--force', 'origin', `${promotion}:main`]).stderr).toContain('[history-shape]');
  });

  it('is followed by a fresh promotion of the same version', async () => {
    const state = await promoted();
    revert(state, state.promotion, 'bob');
    expect(push(state)).toBe('accepted');
    mustSucceed(await state.registry.mreg(['promote', 'fraud@v2', '--to', 'staging']));
    expectFsckClean(state.registry.server);
  });
});
