import type { Digest } from '../documents/digest.ts';
import type { Slot, StageDocument } from '../documents/kinds/stage.ts';
import { stagePath } from '../documents/paths.ts';
import type { Refusal } from '../documents/refusal.ts';
import { checkKustomization } from './kustomization-file.ts';
import type { Stored } from './read-file.ts';
import { entryAt, fileAt } from './snapshot.ts';
import { digestOf } from '../documents/digest.ts';
import type { StageAddress } from './stage-chain.ts';
import { stateAt, type VerifyContext } from './verify-context.ts';

/** A version as its document records it, for whatever points at it. */
export interface KnownVersion {
  readonly digest: string;
  readonly uri: string;
}

/** A pointer to verify, with what it must agree with. */
export interface PointerFacts {
  readonly at: StageAddress;
  readonly stage: Stored<StageDocument>;
  /** Digest of the promotion.yaml beside it. */
  readonly promotion: Digest | undefined;
  readonly versions: ReadonlyMap<string, KnownVersion>;
}

/** Verifies what a pointer says against its promotion, the versions it serves, and the pointer before it. */
export async function verifyPointer(context: VerifyContext, facts: PointerFacts): Promise<readonly Refusal[]> {
  return [
    ...checkPromotion(facts),
    ...checkSlot(facts, 'blue'),
    ...checkSlot(facts, 'green'),
    ...(await checkKustomization(context.snapshot, facts.at, RESTORE)),
    ...(await checkPrevious(context, facts)),
  ];
}

const RESTORE = 'it is the same for every stage: restore it from history';

function checkPromotion({ stage, promotion }: PointerFacts): readonly Refusal[] {
  const found = promotion ?? 'none';
  if (stage.body.spec.promotion === found) return [];
  const hint = 'git log -- the folder of the stage; go back to a state whose files belong together';
  return [
    {
      code: 'chain',
      path: stage.path,
      expected: `promotion: ${found}, the file beside it`,
      found: stage.body.spec.promotion,
      hint,
    },
  ];
}

function checkSlot({ stage, versions }: PointerFacts, name: 'blue' | 'green'): readonly Refusal[] {
  const slot: Slot = stage.body.spec.slots[name];
  const known = versions.get(slot.version);
  const refuse = (expected: string, found: string): Refusal => {
    const hint = 'mreg rollback to a version that is whole';
    return { code: 'subject', path: `${stage.path}:spec.slots.${name}`, expected, found, hint };
  };
  if (known === undefined) return [refuse('a version that is there and verifies', slot.version)];
  return (['digest', 'uri'] as const)
    .filter((field) => known[field] !== slot[field])
    .map((field) => refuse(`${field}: ${known[field]}, as ${slot.version} says`, slot[field]));
}

/** One link: `base` is a commit of this history, and the pointer that stands there is the one that `previous` names. */
async function checkPrevious(context: VerifyContext, { at, stage }: PointerFacts): Promise<readonly Refusal[]> {
  const { base, previous } = stage.body.spec;
  const hint = 'history was rewritten, or the pointer comes from elsewhere: compare with another clone';
  const refuse = (expected: string, found: string): readonly Refusal[] => [
    { code: 'chain', path: stage.path, expected, found, hint },
  ];
  if (!(await isInHistory(context, base))) {
    return context.isCopy === true ? [] : refuse('base: a commit of this history', base);
  }
  const then = await stateAt(context, base);
  const file =
    (await entryAt(then, stagePath(at.model, at.stage))) && (await fileAt(then, stagePath(at.model, at.stage)));
  const found = file?.state === 'present' ? digestOf(file.bytes) : 'none';
  return found === previous ? [] : refuse(`previous: ${found}, which stood in ${base}`, previous);
}

async function isInHistory({ source, line, snapshot }: VerifyContext, commit: string): Promise<boolean> {
  if (line.has(commit)) return true;
  // Rare: a base that came in through a merge.
  return snapshot.commit !== undefined && source.isAncestor(commit, snapshot.commit);
}
