import { placeOf, stagePath } from '../documents/paths.ts';
import type { Refusal } from '../documents/refusal.ts';
import type { Change } from './changes.ts';

/** One thing that a step changes; `path` is its document. */
export type Subject = { readonly path: string } & (
  | { readonly kind: 'settings' }
  | { readonly kind: 'trust' }
  | { readonly kind: 'policy'; readonly name: string }
  | { readonly kind: 'freeze'; readonly sequence: number }
  | { readonly kind: 'model'; readonly model: string }
  | { readonly kind: 'version'; readonly model: string; readonly version: string }
  | {
      readonly kind: 'evidence';
      readonly model: string;
      readonly version: string;
      readonly evidenceKind: string;
      readonly sequence: number;
    }
  | { readonly kind: 'hold'; readonly model: string; readonly version: string; readonly sequence: number }
  | { readonly kind: 'stage'; readonly model: string; readonly stage: string }
);

/** Returns the things that a set of changed files is about, each once, in path order. */
export function subjectsOf(changes: readonly Change[]): readonly Subject[] {
  const found = new Map<string, Subject>();
  for (const { path } of changes) {
    const subject = subjectOf(path);
    if (subject !== undefined) found.set(subject.path, subject);
  }
  return [...found.values()];
}

function subjectOf(path: string): Subject | undefined {
  const place = placeOf(path);
  switch (place.kind) {
    case 'registry':
      return { kind: 'settings', path };
    case 'trust-root':
      return { kind: 'trust', path };
    case 'allowed-signers':
      return { kind: 'trust', path: 'trust/root.yaml' };
    case 'policy':
      return { kind: 'policy', path, name: place.name };
    case 'freeze':
    case 'model':
    case 'version':
    case 'evidence':
    case 'hold':
      return { ...place, path };
    case 'stage':
    case 'promotion':
    case 'decision':
    case 'kustomization':
      return { kind: 'stage', model: place.model, stage: place.stage, path: stagePath(place.model, place.stage) };
    case 'signature':
    case 'approval':
      return subjectOf(place.of);
    case 'ungoverned':
    case 'unknown':
      return undefined;
  }
}

const GOVERNANCE = new Set<Subject['kind']>(['settings', 'trust', 'policy']);

/**
 * Attack: a policy weakened in the same commit as the promotion that needs it weak. Governance stands alone in its commit,
 * and a promotion or rollout step comes with no other change to its model.
 */
export function checkMixture(changes: readonly Change[], subjects: readonly Subject[]): readonly Refusal[] {
  const governance = subjects.filter(({ kind }) => GOVERNANCE.has(kind));
  const hint = 'split it into several commits';
  if (governance.length > 0 && subjects.length > 1) {
    const expected = 'a policy, the trust root or mreg.yaml alone in its commit';
    return governance.map(({ path }) => ({
      code: 'mixed-change',
      path,
      expected,
      found: others(subjects, path),
      hint,
    }));
  }
  return checkPromotionsAlone(changes, subjects);
}

function checkPromotionsAlone(changes: readonly Change[], subjects: readonly Subject[]): readonly Refusal[] {
  const changed = new Set(changes.map(({ path }) => path));
  const ofModel = subjectsByModel(subjects);
  return subjects.flatMap((subject): readonly Refusal[] => {
    if (subject.kind !== 'stage' || !changed.has(promotionBeside(subject.path))) return [];
    const beside = ofModel.get(subject.model) ?? [];
    if (beside.every((other) => other === subject)) return [];
    const expected = 'a promotion with no other change to its model';
    const found = others(beside, subject.path);
    return [{ code: 'mixed-change', path: subject.path, expected, found, hint: 'split it into several commits' }];
  });
}

/** Without holds: a rollback brings an older promotion.yaml back and a hold rides along, which its own rule judges. */
function subjectsByModel(subjects: readonly Subject[]): ReadonlyMap<string, readonly Subject[]> {
  const groups = new Map<string, Subject[]>();
  for (const subject of subjects) {
    if (!('model' in subject) || subject.kind === 'hold') continue;
    const group = groups.get(subject.model);
    if (group === undefined) groups.set(subject.model, [subject]);
    else group.push(subject);
  }
  return groups;
}

function promotionBeside(path: string): string {
  return path.replace(/stage\.yaml$/, 'promotion.yaml');
}

/** Ten thousand things mixed would each be told with all the others. */
const MOST_NAMED = 10;

function others(subjects: readonly Subject[], path: string): string {
  // One more than can be named, because one of them may be the thing itself.
  const named = subjects
    .slice(0, MOST_NAMED + 1)
    .filter((subject) => subject.path !== path)
    .slice(0, MOST_NAMED);
  const left = subjects.length - 1 - named.length;
  return [...named.map((subject) => subject.path), ...(left > 0 ? [`${String(left)} more`] : [])].join(', ');
}

const APPEND_ONLY = new Set<Subject['kind']>(['version', 'evidence', 'hold', 'freeze']);

/** A file that may not change, and the document that it belongs to. */
export interface ImmutableChange {
  readonly subject: string;
  readonly refusal: Refusal;
}

/** Versions, evidence, holds and freezes are added and then stay: any change or removal, also of their signatures, is refused. */
export function checkImmutable(changes: readonly Change[]): readonly ImmutableChange[] {
  return changes.flatMap((change): ImmutableChange[] => {
    const subject = subjectOf(change.path);
    if (subject === undefined || !APPEND_ONLY.has(subject.kind) || change.before === undefined) return [];
    const found = change.after === undefined ? 'its removal' : 'a change';
    const hint = `git checkout <parent> -- ${change.path}; then register a new version, or add the next ${subject.kind}`;
    const expected = `${subject.kind} files that never change`;
    return [{ subject: subject.path, refusal: { code: 'immutable', path: change.path, expected, found, hint } }];
  });
}
