import { expect } from 'vitest';
import type { RefusalCode } from '../../src/documents/refusal.ts';
import type { Verdict } from '../../src/registry/admit.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { promotion, registration } from './moves.ts';
import { makeWorld, START, type CommitWish, type World, type WorldOptions } from './world.ts';

/** The life of a model, one commit a chapter: `fraud@v1` goes into prod, `fraud@v2` starts to follow it. */
const CHAPTERS = {
  /** v1 in dev. */
  registered: (world: World, parent: string, now: Date) =>
    told(registration(world, parent, { now }), { by: 'reg', now }),
  /** v1 in staging. */
  staged: (world: World, parent: string, now: Date) => told(promotion(world, parent, { now }), { by: 'pam', now }),
  /** v1 in prod, the first there. */
  serving: (world: World, parent: string, now: Date) =>
    told(promotion(world, parent, { stage: 'prod', now }), { by: 'pam', approvedBy: ['rex'], now }),
  /** v2 in dev. */
  second: (world: World, parent: string, now: Date) =>
    told(registration(world, parent, { auc: 0.95, now }), { by: 'reg', now }),
  /** v2 in staging. */
  following: (world: World, parent: string, now: Date) =>
    told(promotion(world, parent, { version: 'v2', now }), { by: 'pam', now }),
  /** v2 in prod with a tenth of the traffic. */
  rolling: (world: World, parent: string, now: Date) =>
    told(promotion(world, parent, { version: 'v2', stage: 'prod', now }), { by: 'pam', approvedBy: ['rex'], now }),
};

type Chapter = keyof typeof CHAPTERS;

/** The commit of each chapter that was told, and of the first one. */
export type Story = { readonly world: World } & Readonly<Record<Chapter, string>>;

/** Makes a registry and lives through its history up to a chapter, all of it at one instant; later chapters are empty. */
export async function storyUpTo(last: Chapter, options: WorldOptions = {}, now = START): Promise<Story> {
  const world = await makeWorld(options);
  const commits: Record<Chapter, string> = {
    ...{ registered: '', staged: '', serving: '' },
    ...{ second: '', following: '', rolling: '' },
  };
  let parent = world.first;
  for (const [chapter, plan] of Object.entries(CHAPTERS) as [Chapter, (typeof CHAPTERS)[Chapter]][]) {
    const [wanted, wish] = await plan(world, parent, now);
    parent = await world.land(parent, wanted, wish);
    commits[chapter] = parent;
    if (chapter === last) break;
  }
  return { world, ...commits };
}

async function told(plan: Promise<CommitPlan>, wish: CommitWish): Promise<[CommitPlan, CommitWish]> {
  return [await plan, wish];
}

/**
 * Expects a verdict that refuses with exactly these codes, so that no other rule hides the one under test. `about` is part
 * of the line `<code> <path>: <expected>; <found>` of one of them.
 */
export function expectRefused(verdict: Verdict, codes: RefusalCode | readonly RefusalCode[], about = ''): void {
  const lines = verdict.refusals.map(({ code, path, expected, found }) => `${code} ${path}: ${expected}; ${found}`);
  const told = lines.join('\n');
  expect(told).toContain(about);
  expect(new Set(lines).size, 'each reason is told once').toBe(lines.length);
  expect([...new Set(verdict.refusals.map(({ code }) => code))].sort(), told).toEqual([codes].flat().sort());
  expect(verdict.accepted).toBe(false);
}

/** Expects a verdict that refuses nothing. */
export function expectAccepted(verdict: Verdict): void {
  expect(verdict.refusals).toEqual([]);
  expect(verdict.accepted).toBe(true);
}
