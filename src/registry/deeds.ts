import { MregError } from '../documents/error.ts';
import type { Kind } from '../documents/kinds/index.ts';
import { holdPath, promotionPath, stagePath, versionPath } from '../documents/paths.ts';
import type { Trust } from '../trust/trust.ts';
import type { Change, States } from './changes.ts';
import { readLeniently } from './commit-mark.ts';
import { readPromotionRecord } from './promotion-record.ts';
import type { Snapshot } from './snapshot.ts';
import { newcomerOf, stageStateAt, type StageState } from './stage-chain.ts';
import { subjectsOf, type Subject } from './subjects.ts';

/** What kind of thing a step did. */
export type DeedAction =
  | 'init'
  | 'trust'
  | 'policy'
  | 'settings'
  | 'model'
  | 'register'
  | 'evidence'
  | 'hold'
  | 'release'
  | 'freeze'
  | 'unfreeze'
  | 'promote'
  | 'approve'
  | 'rollout'
  | 'rollback'
  | 'reject'
  | 'other';

/** One thing that a step did, as the difference of two states tells it. */
export interface Deed {
  readonly action: DeedAction;
  readonly model?: string;
  readonly stage?: string;
  readonly version?: string;
  readonly previousVersion?: string;
  /** Who asked for a promotion; who brought it in may be another. */
  readonly requestedBy?: string;
  readonly approvedBy?: readonly string[];
  /** Why the glass was broken for a promotion. */
  readonly breakGlass?: string;
  /** Evidence that was added: `offline-1`. */
  readonly evidence?: readonly string[];
  /** The document whose author answers for it, where the commit's signature tells nothing. */
  readonly document: { readonly path: string; readonly kind: Kind } | undefined;
}

/** A step to be told: its two states, what changed between them and the trust in force. */
export interface StepFacts {
  readonly states: States;
  readonly changes: readonly Change[];
  readonly trust: Trust | undefined;
  readonly wanted: WantedDeeds;
}

/** Which deeds are asked for. A commit may bring in a thousand models; nobody pays for those that are not told. */
export interface WantedDeeds {
  readonly model: string | undefined;
  /** Models to tell of at most. */
  readonly models: number;
}

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

interface StagePlace {
  readonly model: string;
  readonly stage: string;
}

async function stageDeed(step: StepFacts, at: StagePlace): Promise<Deed> {
  const before = await stateOrNothing(step.states.before, at);
  const after = await stateOrNothing(step.states.after, at);
  if (after === undefined) return { action: 'other', ...at, document: undefined };
  const document = { path: promotionPath(at.model, at.stage), kind: 'Promotion' as const };
  if (before?.digest === after.digest) return { action: 'approve', ...at, version: newcomerOf(after.stage), document };
  if (after.stage.spec.previous !== (before?.digest ?? 'none')) return rollbackDeed(at, { before, after });
  if (before !== undefined && isSamePromotion(before, after)) return rolloutDeed(at, { before, after });
  const record = await readPromotionRecord({ snapshot: step.states.after, trust: step.trust }, at);
  return {
    action: 'promote',
    ...at,
    version: newcomerOf(after.stage),
    ...(before === undefined ? {} : { previousVersion: before.stage.spec.version }),
    ...(record?.requestedBy === undefined ? {} : { requestedBy: record.requestedBy }),
    ...(record === undefined || record.approvedBy.length === 0 ? {} : { approvedBy: record.approvedBy }),
    ...(record?.spec.breakGlass === undefined ? {} : { breakGlass: record.spec.breakGlass.reason }),
    document,
  };
}

function isSamePromotion(before: StageState, after: StageState): boolean {
  const { promotion } = after.stage.spec;
  return promotion !== 'none' && promotion === before.stage.spec.promotion;
}

/** A stage that does not follow on the one before it came back from earlier. */
function rollbackDeed(
  at: StagePlace,
  { before, after }: { readonly before: StageState | undefined; readonly after: StageState },
): Deed {
  const previous = before === undefined ? {} : { previousVersion: newcomerOf(before.stage) };
  return { action: 'rollback', ...at, version: after.stage.spec.version, ...previous, document: undefined };
}

function rolloutDeed(
  at: StagePlace,
  { before, after }: { readonly before: StageState; readonly after: StageState },
): Deed {
  const completed = after.stage.spec.version !== before.stage.spec.version;
  return {
    action: 'rollout',
    ...at,
    version: newcomerOf(after.stage),
    ...(completed ? { previousVersion: before.stage.spec.version } : {}),
    document: { path: stagePath(at.model, at.stage), kind: 'Stage' },
  };
}

/** Returns the state of a stage, or undefined where it is empty or cannot be read. */
export async function stateOrNothing(snapshot: Snapshot, at: StagePlace): Promise<StageState | undefined> {
  try {
    return await stageStateAt(snapshot, at);
  } catch (error) {
    if (error instanceof MregError && error.refusals.length > 0) return undefined;
    throw error;
  }
}
