import { writtenNote } from '../report/promotion-note.ts';
import type { Answer } from './question.ts';
import type { Session } from './session.ts';

/** Returns the note of a promotion: what somebody says with -m, else what the documents say. */
export function noteOfPromotion({ flags }: Pick<Session, 'flags'>, { facts, evaluation }: Answer): string {
  const rollbackTo = facts.rollbackTo?.stage.spec.version;
  return flags.message ?? writtenNote({ input: facts.input, evaluation, rollbackTo });
}
