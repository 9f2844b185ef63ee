import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git, type RunOptions } from '../support/git.ts';
import type { Outcome } from '../support/registry.ts';
import type { Variant } from '../support/threat-index.ts';
import { keepInWorkshop, makeScene, stand, tryGit, type Scene, type ServerName } from './scene.ts';
import { THREATS, type ThreatId } from './threats.ts';

/** What an attack pushes, and where the server stands before it. */
export interface Push {
  /** The commit on the server's branch. */
  readonly base: string;
  /** The commit that is pushed to the branch; or `words`. */
  readonly tip?: string;
  /** Flags and refspecs of the attacker's own. */
  readonly words?: readonly string[];
  /** Where git runs; the workshop when absent. */
  readonly from?: string;
  readonly options?: RunOptions;
}

/** An attack that arrives as a push, made with stock git to a server with the real hook. */
export interface PushAttack extends Variant<ThreatId> {
  /** What the pusher must be told beside the code: the path, what was expected or found. */
  readonly about: string | readonly string[];
  /** Which server; git's own checks are on when absent. */
  readonly to?: ServerName;
  make(scene: Scene): Promise<Push>;
}

/** An attack on a command: `run` carries it out and expects what must be seen. */
export interface CommandAttack extends Variant<ThreatId> {
  run(scene: Scene): Promise<void> | void;
}

/** Makes one test of each attack, under the threat that it belongs to, all on one scene. */
export function tryAll(tried: readonly (PushAttack | CommandAttack)[]): void {
  let scene: Scene;
  beforeAll(async () => {
    scene = await makeScene();
  });
  afterAll(() => {
    scene.leave();
  });
  for (const { id, threat } of THREATS) {
    const attacks = tried.filter(({ row }) => row === id);
    if (attacks.length === 0) continue;
    describe(threat, () => {
      it.each(attacks.map((attack) => [attack.variant, attack] as const))('%s', async (_variant, attack) => {
        if ('run' in attack) await attack.run(scene);
        else await tryPush(scene, attack);
      });
    });
  }
}

async function tryPush(scene: Scene, attack: PushAttack): Promise<void> {
  const server = scene[attack.to ?? 'server'];
  const push = await attack.make(scene);
  stand(scene, server, push.base);
  keepInWorkshop(scene);
  const before = git(server, ['for-each-ref']);
  const outcome = pushed(scene, server, push);
  const told = textOf(outcome.stderr);
  for (const about of [attack.about].flat()) expect(told).toContain(about);
  const codes = codesOf(outcome);
  expect(codes, `${codes.join(' ')}: ${told}`).toEqual([attack.code].flat().toSorted());
  if (attack.code === 'accepted') {
    expect(git(server, ['for-each-ref'])).not.toBe(before);
    return;
  }
  expect(outcome.code, told).not.toBe(0);
  expect(git(server, ['for-each-ref']), 'no ref moves').toBe(before);
  if (!codes.includes('git') && !told.includes('error [')) expectAdvice(told);
}

/** Pushes to the branch, with force, so that nothing but the server can decline. */
function pushed(scene: Scene, server: string, { tip = '', words, from, options }: Push): Outcome {
  const given = (words ?? [`${tip}:refs/heads/main`]).map((word) => word.replace('{server}', server));
  const flags = given.some((word) => word.startsWith('--')) ? given : ['--force', server, ...given];
  return tryGit(from ?? scene.workshop, ['push', '--quiet', ...flags], options);
}

/** The pusher is told what was expected, what was found and what to do. */
function expectAdvice(told: string): void {
  for (const label of ['expected', 'found', 'to do']) expect(told).toMatch(new RegExp(` ${label} {1,}\\S`));
}

/** What the server said, as one line: git and mreg both break it where a terminal ends. */
function textOf(stderr: string): string {
  return stderr.replaceAll(/^remote: ?/gm, '').replaceAll(/\s+/g, ' ');
}

function codesOf({ code, stderr }: Outcome): readonly string[] {
  if (code === 0) return ['accepted'];
  const codes = [
    ...stderr.matchAll(/^remote: +\[([a-z0-9-]+)\]/gm),
    ...stderr.matchAll(/^remote: error \[([a-z-]+)\]/gm),
  ];
  return codes.length === 0 ? ['git'] : [...new Set(codes.map(([, found]) => found ?? ''))].sort();
}
