import { stageDirectory } from '../documents/paths.ts';
import { openTrustReader } from '../registry/commit-mark.ts';
import { timeText } from '../registry/draft.ts';
import { readPast } from '../registry/read-past.ts';
import { atJson, renderAt, type StageAt } from '../report/log.ts';
import { print } from './flags.ts';
import { parseMoment } from './moment.ts';
import type { Session } from './session.ts';

/** What is asked about the past; without a stage, about every stage. */
export interface PastWish {
  readonly model: string;
  readonly stage: string | undefined;
  readonly at: string;
}

/** Tells what the stages of a model held at a moment, and returns the exit code. */
export async function logAt(session: Session, { model, stage, at }: PastWish): Promise<number> {
  const moment = parseMoment(at, session.outside.now());
  const stages = stage === undefined ? session.view.settings.body.spec.stages : [stage];
  const answers: StageAt[] = [];
  for (const name of stages) answers.push(await stageAt(session, { model, stage: name, moment }));
  const [only] = answers;
  print(session.outside, session.flags, {
    json:
      stage !== undefined && only !== undefined
        ? atJson(only)
        : { model, at: timeText(moment), stages: answers.map(atJson) },
    text: (view) => answers.map((answer) => renderAt(answer, view)).join('\n'),
  });
  return 0;
}

async function stageAt(
  { repository, tip }: Session,
  wanted: { readonly model: string; readonly stage: string; readonly moment: Date },
): Promise<StageAt> {
  const { model, stage, moment } = wanted;
  const moves = await repository.firstParents(tip, { path: stageDirectory(model, stage) });
  const state = await readPast(repository, { at: { model, stage }, moment, moves, tip }, openTrustReader());
  return { model, stage, at: timeText(moment), state };
}
