import { subtract } from '../documents/decimal.ts';
import { assert } from '../documents/error.ts';
import type { Digest } from '../documents/digest.ts';
import type { ModelVersionDocument } from '../documents/kinds/model-version.ts';
import type { ReleasePlan } from '../documents/kinds/promotion.ts';
import type { Slot, StageDocument } from '../documents/kinds/stage.ts';
import { kubernetesName } from '../documents/names.ts';
import { writeYaml } from '../documents/write-yaml.ts';

type StageSpec = StageDocument['spec'];
type SlotName = StageSpec['champion'];

/** Keeps Argo CD from applying a stage file as a manifest. */
export const STAGE_COMMENT = '+argocd:skip-file-rendering';

/** What is known when a pointer is about to move. */
export interface StageMove {
  readonly registry: string;
  readonly model: string;
  readonly stage: string;
  readonly version: ModelVersionDocument;
  readonly plan: ReleasePlan;
  /** Digest of promotion.yaml, or `none` for the first stage, which registration moves. */
  readonly promotion: Digest | 'none';
  readonly current: StageDocument | undefined;
  readonly previous: Digest | 'none';
  readonly base: string;
  readonly movedBy: string;
  readonly movedAt: string;
}

/** Returns the pointer as it stands when a promotion (or registration) takes effect: the new version in the idle slot. */
export function nextStage(move: StageMove): StageDocument {
  const slots = slotsAfter(move);
  const champion = slots[slots.champion];
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'Stage',
    metadata: {
      name: kubernetesName(move.model, move.stage),
      annotations: { 'config.kubernetes.io/local-config': 'true' },
    },
    spec: {
      registry: move.registry,
      model: move.model,
      stage: move.stage,
      version: champion.version,
      digest: champion.digest,
      uri: champion.uri,
      champion: slots.champion,
      slots: { blue: slots.blue, green: slots.green },
      rollout: {
        strategy: move.plan.strategy,
        phase: slots.complete ? 'complete' : 'progressing',
        step: 1,
        steps: Math.max(1, move.plan.steps?.length ?? 1),
        since: move.movedAt,
      },
      promotion: move.promotion,
      previous: move.previous,
      base: move.base,
      movedBy: move.movedBy,
      movedAt: move.movedAt,
    },
  };
}

interface Slots {
  readonly blue: Slot;
  readonly green: Slot;
  readonly champion: SlotName;
  readonly complete: boolean;
}

function slotsAfter(move: StageMove): Slots {
  const newcomer = slotOf(move.version);
  // Nobody to share traffic with: the first version takes all of it, whatever the plan says.
  if (move.current === undefined) return firstSlots(newcomer);
  const { champion, slots } = move.current.spec;
  const idle = champion === 'blue' ? 'green' : 'blue';
  const first = move.plan.strategy === 'immediate' ? { weight: 100 } : move.plan.steps?.[0];
  assert(first !== undefined, 'a plan that moves traffic has steps');
  const complete = first.weight === 100;
  const moved = {
    [champion]: { ...slots[champion], weight: restOf(first.weight), mirror: 0 },
    [idle]: { ...newcomer, weight: first.weight, mirror: first.mirror ?? 0 },
  } as Record<SlotName, Slot>; // both names are written: one is the champion, the other the idle slot
  return { blue: moved.blue, green: moved.green, champion: complete ? idle : champion, complete };
}

/** Returns what one slot's weight leaves for the other, as a decimal: as floats, 100 - 64.1 is 35.900000000000006. */
export function restOf(weight: number): number {
  return subtract(100, weight).toNumber();
}

function firstSlots(newcomer: Slot): Slots {
  return { blue: { ...newcomer, weight: 100 }, green: newcomer, champion: 'blue', complete: true };
}

function slotOf({ metadata, spec }: ModelVersionDocument): Slot {
  return { version: metadata.version, digest: spec.artifact.digest, uri: spec.artifact.uri, weight: 0, mirror: 0 };
}

/** Returns the exact text of a stage file. */
export function formatStage(stage: StageDocument): string {
  return writeYaml(stage, { comment: STAGE_COMMENT });
}
