import type { ObservationRecord } from '../documents/kinds/decision.ts';
import { shown } from './escape.ts';
import type { RolloutTickOutput } from './output-schemas.ts';
import { paintFor, type Paint } from './paint.ts';
import { measuredWords, verdictWords } from './rollout-observations.ts';
import { symbolsOf } from './symbols.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** One rollout as a controller found and left it. */
export interface ToldSight {
  readonly model: string;
  readonly stage: string;
  readonly version: string;
  readonly phase: 'progressing' | 'paused' | 'complete';
  readonly step: number;
  readonly steps: number;
  /** Percent of the traffic before anything was done. */
  readonly weight: number;
  readonly action: RolloutTickOutput['rollouts'][number]['action'];
  readonly reason: string;
  readonly next: Date | undefined;
  readonly observations: readonly ObservationRecord[];
  /** Something begins that may last: nothing can be told, or nothing may move. It is told now, and not at every look. */
  readonly begins: boolean;
  readonly commit: string | undefined;
  readonly pushed: boolean;
  /** Somebody else moved it meanwhile. */
  readonly superseded: boolean;
  readonly trouble: string | undefined;
}

/** One look of a controller at all rollouts. */
export interface ToldTick {
  readonly at: Date;
  readonly head: string;
  readonly dryRun: boolean;
  readonly sights: readonly ToldSight[];
  readonly unseen: readonly { readonly model: string; readonly stage: string; readonly trouble: string }[];
}

/** Returns a look as `mreg rollout run --json` prints it. */
export function tickJson({ at, head, dryRun, sights, unseen }: ToldTick): RolloutTickOutput {
  return {
    at: at.toISOString(),
    head,
    dryRun,
    rollouts: sights.map(({ next, commit, trouble, observations, begins: _, ...sight }) => ({
      ...sight,
      next: next?.toISOString() ?? null,
      commit: commit ?? null,
      trouble: trouble ?? null,
      observations: [...observations],
    })),
    unseen: unseen.map((one) => ({ ...one })),
  };
}

/** How much is told: a loop says what changed, a single look says everything. */
export interface TickView extends View {
  readonly isVerbose: boolean;
}

/** Returns a look as text: what was done and what went wrong; with `isVerbose` also what only goes on. Empty when there is nothing. */
export function renderTick(tick: ToldTick, view: TickView): string {
  const paint = paintFor(view);
  const told = tick.sights.filter((sight) => view.isVerbose || isNews(sight));
  const lines = [
    ...told.flatMap((sight) => sightLines(sight, tick, view)),
    ...tick.unseen.map(
      ({ model, stage, trouble }) => `${paint.yellow(`${model} in ${stage}`)}: ${shown(trouble, view)}`,
    ),
    ...(view.isVerbose && tick.sights.length + tick.unseen.length === 0 ? ['no rollout is under way'] : []),
  ];
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function isNews({ action, trouble, begins }: ToldSight): boolean {
  return trouble !== undefined || begins || (action !== 'hold' && action !== 'inconclusive');
}

function sightLines(sight: ToldSight, tick: ToldTick, view: TickView): readonly string[] {
  const paint = paintFor(view);
  const { model, stage, version, phase, step, steps, weight, trouble } = sight;
  const where = phase === 'complete' ? 'complete' : `step ${String(step)} of ${String(steps)}, ${String(weight)}%`;
  const head = `${paint.dim(tick.at.toISOString())} ${paint.bold(`${model}@${version}`)} in ${stage} (${where}): `;
  const told = `${head}${verb(sight, paint)}, ${shown(sight.reason, view)}`;
  return [
    ...wrap(told, { columns: view.columns, rest: '  ' }),
    ...(view.isVerbose ? sight.observations.map((seen) => `  ${observationLine(seen, view)}`) : []),
    ...outcomeLines(sight, tick),
    ...(trouble === undefined ? [] : [`  ${paint.yellow('not done:')} ${shown(trouble, view)}`]),
  ];
}

const VERBS: Readonly<Record<ToldSight['action'], string>> = {
  hold: 'held',
  advance: 'next step',
  complete: 'completed',
  pause: 'paused',
  'roll-back': 'rolled back',
  inconclusive: 'inconclusive',
};

function verb({ action, trouble }: ToldSight, paint: Paint): string {
  const word = trouble === undefined ? VERBS[action] : `should be: ${VERBS[action]}`;
  if (action === 'roll-back') return paint.red(word);
  return action === 'advance' || action === 'complete' ? paint.green(word) : word;
}

function observationLine(seen: ObservationRecord, view: View): string {
  const symbols = symbolsOf(view);
  const mark = { pass: symbols.pass, fail: symbols.fail, inconclusive: symbols.wait }[seen.verdict];
  const words = [...measuredWords(seen), ...verdictWords(seen)].join(', ');
  return shown(`${mark} ${seen.metric} ${seen.threshold ?? ''}: ${seen.reason ?? words}`, view);
}

function outcomeLines({ commit, pushed, superseded }: ToldSight, { dryRun }: ToldTick): readonly string[] {
  if (superseded) return ['  somebody else moved it meanwhile: nothing was done here'];
  if (commit === undefined) return dryRun ? ['  dry run: nothing was changed'] : [];
  return [`  commit ${commit.slice(0, 12)}${pushed ? ', pushed' : ''}`];
}
