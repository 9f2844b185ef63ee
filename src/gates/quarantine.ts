import type { QuarantineGate } from '../documents/kinds/gate.ts';
import { referenceOf, type GateType } from './judgement.ts';

/** Passes when the version carries no active hold. */
export const quarantineGate: GateType<QuarantineGate> = {
  atTheDoor: false,
  required: () => 'not held',
  judge: (_gate, { input }) => {
    const { held } = input.candidate;
    const reference = referenceOf(input, input.candidate);
    if (held === undefined) return { verdict: 'pass', observed: 'not held', reason: `${reference} is not held` };
    const reason = `${reference} is held by ${held.by}: ${held.reason}`;
    const hint = `When the cause is gone: mreg release ${reference}`;
    return { verdict: 'fail', observed: 'held', reason, source: held.path, hint };
  },
};
