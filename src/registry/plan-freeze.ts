import type { FreezeDocument } from '../documents/kinds/freeze.ts';
import { freezePath } from '../documents/paths.ts';
import { hasEnded } from '../gates/freeze.ts';
import type { StandingFreeze } from '../gates/input.ts';
import type { CommitPlan } from './commit-plan.ts';
import { addDocument, finish, newDraft, timeText } from './draft.ts';
import { newestFreeze, readStandingFreezes } from './freezes.ts';
import type { RegistryView } from './view.ts';

/** What is to be frozen, or which freeze is to be lifted. */
export type FreezeWish =
  | {
      readonly action: 'freeze';
      readonly stages: readonly string[];
      readonly models: readonly string[];
      readonly until: Date | undefined;
    }
  | { readonly action: 'unfreeze'; readonly lifts: StandingFreeze };

/** The plan of a freeze, or of the end of one. */
export interface FreezePlan {
  readonly plan: CommitPlan;
  readonly path: string;
  readonly number: number;
}

/** Plans the next document among the freezes. Those that have ended are not carried along any more. */
export async function planFreeze(
  view: RegistryView,
  wish: FreezeWish,
  { reason, by, now }: { readonly reason: string; readonly by: string; readonly now: Date },
): Promise<FreezePlan> {
  const number = (await newestFreeze(view.snapshot)) + 1;
  const active = (await readStandingFreezes(view.snapshot)).filter((freeze) => !hasEnded(freeze, now));
  const path = freezePath(number);
  const draft = newDraft();
  addDocument(draft, path, {
    apiVersion: 'mreg.dev/v1',
    kind: 'Freeze',
    metadata: { registry: view.id, sequence: number },
    spec: { ...specOf(wish, number, active), reason, by, at: timeText(now) },
  });
  const trailers = { 'Mreg-Action': wish.action, 'Mreg-Freeze': String(freezeNumber(wish, number)) };
  return { plan: finish(draft, { subject: subjectOf(wish), body: reason, trailers }), path, number };
}

function specOf(
  wish: FreezeWish,
  number: number,
  active: readonly StandingFreeze[],
): Pick<FreezeDocument['spec'], 'action' | 'stages' | 'models' | 'until' | 'lifts' | 'standing'> {
  const numbers = active.map((freeze) => freeze.number);
  if (wish.action === 'unfreeze') {
    const lifts = wish.lifts.number;
    return { action: wish.action, lifts, standing: numbers.filter((other) => other !== lifts) };
  }
  const { action, stages, models, until } = wish;
  const end = until === undefined ? {} : { until: timeText(until) };
  return { action, stages: [...stages], models: [...models], ...end, standing: [...numbers, number] };
}

function freezeNumber(wish: FreezeWish, number: number): number {
  return wish.action === 'freeze' ? number : wish.lifts.number;
}

function subjectOf(wish: FreezeWish): string {
  const { stages, models } = wish.action === 'freeze' ? wish : wish.lifts;
  const what = `${stages.join(', ')} of ${models.includes('*') ? 'all models' : models.join(', ')}`;
  if (wish.action === 'unfreeze') return `Lift freeze ${String(wish.lifts.number)}: ${what}`;
  return `Freeze ${what}${wish.until === undefined ? '' : ` until ${timeText(wish.until)}`}`;
}
