import { holdPath, versionPath } from '../documents/paths.ts';
import type { Change } from './changes.ts';
import { readLeniently } from './commit-mark.ts';
import type { Deed, StepFacts, WantedDeeds } from './deed.ts';
import type { Snapshot } from './snapshot.ts';
import { stageDeed } from './stage-deed.ts';
import { subjectsOf, type Subject } from './subjects.ts';

/** Returns what a step did: one deed for each stage that moved, and for each version and document beside. */
export async function deedsOf(step: StepFacts): Promise<readonly Deed[]> {
  const subjects = subjectsOf(step.changes);
  if (isGenesis(step.changes)) {
    return [{ action: 'init', document: { path: 'trust/root.yaml', kind: 'TrustRoot' } }];
  }
  const deeds = governanceDeeds(subjects);
  for (const freeze of ofKind(subjects, 'freeze')) deeds.push(await freezeDeed(step.states.after, freeze));
  for (const [model, own] of byModel(subjects, step.wanted)) deeds.push(...(await modelDeeds(step, model, own)));
  return deeds;
}

function byModel(
  subjects: readonly Subject[],
  wanted: WantedDeeds,
): readonly (readonly [string, readonly Subject[]])[] {
  const groups = new Map<string, Subject[]>();
  for (const subject of subjects) {
    if (!('model' in subject) || (wanted.model ?? subject.model) !== subject.model) continue;
    const group = groups.get(subject.model) ?? [];
    group.push(subject);
    groups.set(subject.model, group);
  }
  return [...groups].slice(0, wanted.models);
}

function isGenesis(changes: readonly Change[]): boolean {
  return changes.some(({ path, before }) => path === 'trust/root.yaml' && before === undefined);
}

function governanceDeeds(subjects: readonly Subject[]): Deed[] {
  return subjects.flatMap((subject): Deed[] => {
    switch (subject.kind) {
      case 'settings':
        return [{ action: 'settings', document: { path: subject.path, kind: 'Registry' } }];
      case 'trust':
        return [{ action: 'trust', document: { path: subject.path, kind: 'TrustRoot' } }];
      case 'policy':
        return [{ action: 'policy', document: { path: subject.path, kind: 'Policy' } }];
      default:
        return [];
    }
  });
}

async function freezeDeed(after: Snapshot, { path }: SubjectOf<'freeze'>): Promise<Deed> {
  const freeze = await readLeniently(after, 'Freeze', path);
  return { action: freeze?.body.spec.action ?? 'other', document: { path, kind: 'Freeze' } };
}

type SubjectOf<K extends Subject['kind']> = Extract<Subject, { readonly kind: K }>;

function ofKind<K extends Subject['kind']>(subjects: readonly Subject[], kind: K): readonly SubjectOf<K>[] {
  return subjects.filter((subject): subject is SubjectOf<K> => subject.kind === kind);
}

/** A version brings its model, its first evidence and its first stage along; a rollback brings a hold. */
async function modelDeeds(step: StepFacts, model: string, subjects: readonly Subject[]): Promise<readonly Deed[]> {
  const versions = ofKind(subjects, 'version');
  const evidence = ofKind(subjects, 'evidence');
  const moves: Deed[] = [];
  for (const { stage } of ofKind(subjects, 'stage')) moves.push(await stageDeed(step, { model, stage }));
  const rolledBack = moves.some(({ action }) => action === 'rollback');
  if (rolledBack) return moves.map((move) => ({ ...move, document: holdAlong(subjects) }));
  if (versions.length > 0) {
    return versions.map(({ version }) =>
      registration({ model, version, moves, evidence: evidenceOf(evidence, version) }),
    );
  }
  const holds: Deed[] = [];
  for (const hold of ofKind(subjects, 'hold')) holds.push(await holdDeed(step.states.after, hold));
  const measured = measurements(model, evidence);
  const deeds = [...moves, ...holds, ...measured];
  const [about] = ofKind(subjects, 'model');
  if (deeds.length > 0 || about === undefined) return deeds;
  return [{ action: 'model', model, document: { path: about.path, kind: 'Model' } }];
}

/** The files of a rollback are signed by whoever made them long ago; the hold that rides along by whoever rolled back. */
function holdAlong(subjects: readonly Subject[]): Deed['document'] {
  const [hold] = ofKind(subjects, 'hold');
  return hold === undefined ? undefined : { path: hold.path, kind: 'Hold' };
}

function evidenceOf(evidence: readonly SubjectOf<'evidence'>[], version: string): readonly string[] {
  const own = evidence.filter((subject) => subject.version === version);
  return own.map(({ evidenceKind, sequence }) => `${evidenceKind}-${String(sequence)}`);
}

function registration(of: {
  readonly model: string;
  readonly version: string;
  readonly moves: readonly Deed[];
  readonly evidence: readonly string[];
}): Deed {
  const { model, version, moves, evidence } = of;
  const move = moves.find((deed) => deed.version === version);
  return {
    action: 'register',
    model,
    version,
    ...(move?.stage === undefined ? {} : { stage: move.stage }),
    ...(move?.previousVersion === undefined ? {} : { previousVersion: move.previousVersion }),
    ...(evidence.length === 0 ? {} : { evidence }),
    document: { path: versionPath(model, version), kind: 'ModelVersion' },
  };
}

function measurements(model: string, evidence: readonly SubjectOf<'evidence'>[]): readonly Deed[] {
  const first = new Map(evidence.toReversed().map(({ version, path }) => [version, path] as const));
  return [...first].map(([version, path]) => {
    const document = { path, kind: 'Evidence' as const };
    return { action: 'evidence', model, version, evidence: evidenceOf(evidence, version), document };
  });
}

async function holdDeed(after: Snapshot, { model, version, sequence }: SubjectOf<'hold'>): Promise<Deed> {
  const path = holdPath(model, version, sequence);
  const hold = await readLeniently(after, 'Hold', path);
  return { action: hold?.body.spec.action ?? 'other', model, version, document: { path, kind: 'Hold' } };
}
