import type { CommitPlan } from './commit-plan.ts';
import { onOneLine } from './draft.ts';

/** One promotion of a batch: what it is, and the commit that would be its own. */
export interface BatchPart {
  readonly model: string;
  readonly version: string;
  readonly stage: string;
  readonly plan: CommitPlan;
}

/** Plans one commit that promotes several models: it is judged as a whole, so that all of them move or none does. */
export function planBatch(parts: readonly BatchPart[], note: string | undefined): CommitPlan {
  const names = parts.map(({ model, version, stage }) => `${model}@${version} to ${stage}`);
  const notes = parts.flatMap(({ plan, ...at }) =>
    plan.body === undefined ? [] : [`${at.model}@${at.version}: ${plan.body}`],
  );
  const said = [...(note === undefined ? [] : [note]), ...names.map((name) => `* ${name}`), ...notes];
  return {
    edits: new Map(parts.flatMap(({ plan }) => [...plan.edits])),
    signatures: parts.flatMap(({ plan }) => plan.signatures),
    subject: `Promote ${String(parts.length)} models together`,
    body: said.join('\n'),
    trailers: { 'Mreg-Action': 'promote', 'Mreg-Batch': onOneLine(names.join(', ')) },
  };
}
