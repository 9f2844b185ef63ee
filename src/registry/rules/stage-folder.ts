import { stageDirectory } from '../../documents/paths.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { entriesAt } from '../snapshot.ts';
import type { StageAddress } from '../stage-chain.ts';
import type { RuleContext } from './rule.ts';

/** What moves with every pointer; each of these is judged by every forward rule. */
const POINTER: readonly string[] = ['stage.yaml', 'stage.yaml.sig', 'kustomization.yaml'];

/**
 * Returns refusals for what stands in a stage's folder beside the pointer and `judged`, the names that the rule looks at.
 * Attack: an approval or a decision that nobody made, carried into the folder by a move that does not read it.
 */
export async function checkStanding(
  context: RuleContext,
  at: StageAddress,
  judged: readonly string[] = [],
): Promise<readonly Refusal[]> {
  const directory = stageDirectory(at.model, at.stage);
  const names = (await entriesAt(context.after, directory)).map(({ name }) => name);
  return foreign(names, judged).map((name) => unjudged(`${directory}/${name}`));
}

/** Returns refusals for changes in a stage's folder other than of the pointer and `judged`: what stood there stays. */
export function checkChanged(context: RuleContext, at: StageAddress, judged: readonly string[]): readonly Refusal[] {
  const prefix = `${stageDirectory(at.model, at.stage)}/`;
  const inside = context.changes.flatMap(({ path }) => (path.startsWith(prefix) ? [path.slice(prefix.length)] : []));
  return foreign(inside, judged).map((name) => unjudged(prefix + name));
}

function foreign(names: readonly string[], judged: readonly string[]): readonly string[] {
  return names.filter((name) => !POINTER.includes(name) && !judged.includes(name));
}

function unjudged(path: string): Refusal {
  const hint = 'leave it as it was before the move; mreg writes what belongs to it';
  return { code: 'ungoverned-shape', path, expected: 'nothing that the move does not need', found: 'this', hint };
}

/** Returns the refusal of a stage whose files change while its pointer stays. */
export function unmoved(context: RuleContext, at: StageAddress): Refusal {
  const directory = stageDirectory(at.model, at.stage);
  const changed = context.changes.filter(({ path }) => path.startsWith(`${directory}/`)).map(({ path }) => path);
  const hint = `git checkout <parent> -- ${directory}; then mreg promote, mreg rollout or mreg rollback`;
  const expected = 'files of a stage that change with its pointer';
  return { code: 'ungoverned-shape', path: directory, expected, found: `${changed.join(', ')} alone`, hint };
}
