import type { StageDocument } from '../../documents/kinds/stage.ts';
import { stageDirectory } from '../../documents/paths.ts';
import { entryAt } from '../snapshot.ts';
import type { StageAddress, StageState } from '../stage-chain.ts';
import type { RuleContext, Signed } from './rule.ts';

/** A pointer about to move forward: where it stood, and the signed pointer that is to take its place. */
export interface ForwardMove {
  readonly at: StageAddress;
  readonly current: StageState | undefined;
  readonly next: Signed<StageDocument>;
}

/** Returns the folder entry of a stage in the new state. */
export async function stageTreeAfter(context: RuleContext, at: StageAddress): Promise<string | undefined> {
  return (await entryAt(context.after, stageDirectory(at.model, at.stage)))?.oid;
}
