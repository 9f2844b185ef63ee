import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { EVERY_FAULT, tellCount } from './fault.ts';
import { git } from '../support/git.ts';
import { ALL_ROLES, makeTeam, registerVersion } from '../support/registry.ts';
import {
  cloneFor,
  expectAllDone,
  expectSettled,
  expectSoundHistory,
  failuresIn,
  letLoose,
  meet,
  startAll,
  subjectsOf,
  type CrowdTrial,
  type Writer,
} from './crowd.ts';

const [WRITERS, EACH] = EVERY_FAULT ? [20, 10] : [4, 3];

/** Crowds of processes in clones of one server, or in one clone. */
export const TRIED: readonly CrowdTrial[] = [
  {
    row: 'crowd',
    variant: 'writers in clones of their own, each promoting one model after the other',
    code: 'done',
    run: async () => {
      const meeting = await meet(WRITERS * EACH);
      const { models, newest } = meeting.registry;
      const writers = Array.from({ length: WRITERS }, (_, index): Writer => {
        const mine = models.slice(index * EACH, (index + 1) * EACH);
        const commands = mine.map((model) => ['promote', `${model}@${newest}`, '--to', 'staging']);
        return { cwd: cloneFor(meeting, `writer-${String(index)}`), commands };
      });
      const start = performance.now();
      const outcomes = await letLoose(meeting, writers);
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      const done = outcomes.filter(({ code }) => code === 0).length;
      tellCount(`crowd: ${String(done)} of ${String(outcomes.length)} done in ${seconds} s`);
      expect(failuresIn(outcomes)).toEqual([]);
      await expectAllDone(
        meeting,
        models.map((model) => `Promote ${model}@${newest} to staging`),
      );
      for (const { cwd } of writers) expectSettled(cwd);
    },
  },
  {
    row: 'crowd',
    variant: 'processes in one clone, each promoting a model of its own',
    code: 'done',
    run: async () => {
      const meeting = await meet(WRITERS);
      const { models, newest } = meeting.registry;
      const cwd = cloneFor(meeting, 'shared');
      const writers = models.map((model) => ({
        cwd,
        commands: [['promote', `${model}@${newest}`, '--to', 'staging']],
      }));
      expect(failuresIn(await letLoose(meeting, writers))).toEqual([]);
      await expectAllDone(
        meeting,
        models.map((model) => `Promote ${model}@${newest} to staging`),
      );
      expectSettled(cwd);
    },
  },
  {
    row: 'crowd',
    variant: 'the same without a server: processes in one repository',
    code: 'done',
    run: async () => {
      const meeting = await meet(WRITERS);
      const { models, newest, directory } = meeting.registry;
      const writers = models.map((model) => ({
        cwd: directory,
        commands: [['promote', `${model}@${newest}`, '--to', 'staging', '--no-push']],
      }));
      expect(failuresIn(await letLoose(meeting, writers))).toEqual([]);
      expect(subjectsOf(directory).slice(meeting.before).toSorted()).toEqual(
        models.map((model) => `Promote ${model}@${newest} to staging`),
      );
      expectSettled(directory);
    },
  },
  {
    row: 'crowd',
    variant: 'writers who promote, register and measure at once',
    code: 'done',
    run: async () => {
      const meeting = await meet(WRITERS);
      const { models, newest } = meeting.registry;
      const writers = models.map((model, index) => {
        const cwd = cloneFor(meeting, `writer-${String(index)}`);
        return { cwd, commands: [workOf(index, { model, newest, home: meeting.home })] };
      });
      expect(failuresIn(await letLoose(meeting, writers))).toEqual([]);
      expect(subjectsOf(meeting.server)).toHaveLength(meeting.before + WRITERS);
      await expectSoundHistory(meeting);
    },
  },
  {
    row: 'crowd',
    variant:
      'approvers of one request at once, each in a clone of their own: nobody’s approval is lost, and it lands once',
    code: 'done',
    run: async () => {
      const { team, clones } = await teamWithRequest(WRITERS);
      const outcomes = await startAll(
        [...clones].map(([name, cwd]) => ({
          words: ['approve', 'fraud', '--to', 'staging', '--yes'],
          cwd,
          env: { ...team.env, MREG_KEY: team.person(name).keyFile },
        })),
      );
      // Exit code 5: approved, and others still missing.
      expect(outcomes.filter(({ code }) => code !== 0 && code !== 5)).toEqual([]);
      expect(outcomes.some(({ code }) => code === 0)).toBe(true);
      const approvals = git(team.server, ['ls-tree', '--name-only', 'main:registry/fraud/stages/staging/approvals']);
      expect(approvals.split('\n')).toHaveLength(WRITERS);
      expect(subjectsOf(team.server).filter((subject) => subject.startsWith('Promote'))).toHaveLength(1);
    },
  },
  {
    row: 'crowd',
    variant: 'writers who all promote one version to one stage: it is promoted once, and all are told that it is there',
    code: 'done',
    run: async () => {
      const meeting = await meet(1);
      const { models, newest } = meeting.registry;
      const [model = ''] = models;
      const commands = [['promote', `${model}@${newest}`, '--to', 'staging']];
      const writers = Array.from({ length: WRITERS }, (_, index) => ({
        cwd: cloneFor(meeting, `writer-${String(index)}`),
        commands,
      }));
      expect(failuresIn(await letLoose(meeting, writers))).toEqual([]);
      await expectAllDone(meeting, [`Promote ${model}@${newest} to staging`]);
    },
  },
];

function workOf(
  index: number,
  { model, newest, home }: { readonly model: string; readonly newest: string; readonly home: string },
): readonly string[] {
  if (index % 3 === 0) return ['promote', `${model}@${newest}`, '--to', 'staging'];
  if (index % 3 === 1) {
    const file = join(home, `${model}.onnx`);
    writeFileSync(file, model);
    return ['register', model, file];
  }
  const file = join(home, `${model}.json`);
  writeFileSync(file, '{"auc": 0.95}');
  return ['evidence', 'add', `${model}@${newest}`, file, '--kind', 'offline'];
}

/** A request that waits for `count` approvals, and a clone for each of those who may give one. */
async function teamWithRequest(count: number) {
  const names = Array.from({ length: count }, (_, index) => `rev${String(index)}`);
  const reviewers = Object.fromEntries(names.map((name) => [name, ['reviewer']]));
  const gate = { id: 'approvals', type: 'approvals' as const, total: count };
  const team = await makeTeam({
    server: true,
    people: { ann: ALL_ROLES, ...reviewers },
    policy: { models: ['*'], transitions: [{ from: 'dev', to: 'staging', gates: [gate] }] },
  });
  await registerVersion(team, 'fraud');
  expect(await team.mreg(['promote', 'fraud@v1', '--to', 'staging'])).toMatchObject({ code: 5 });
  const clones = new Map(names.map((name) => [name, join(team.home, name)]));
  for (const clone of clones.values()) git(team.home, ['clone', '--quiet', team.server, clone], { env: team.env });
  return { team, clones };
}
