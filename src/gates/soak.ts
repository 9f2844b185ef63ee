import type { SoakGate } from '../documents/kinds/gate.ts';
import type { GateInput } from './input.ts';
import { referenceOf, type GateType, type Judgement } from './judgement.ts';

const HOUR_MS = 3_600_000;

/** Passes when this very version has been the champion of a stage for long enough. */
export const soakGate: GateType<SoakGate> = {
  atTheDoor: true,
  required: ({ stage, hours }) => `${String(hours)} h in ${stage ?? 'the stage before'}`,
  judge: (gate, { input }) => judgeSoak(gate, input),
};

function judgeSoak(gate: SoakGate, input: GateInput): Judgement {
  const { candidate } = input;
  const stage = gate.stage ?? input.from;
  const champion = input.stages.get(stage);
  const reference = referenceOf(input, candidate);
  if (champion?.facts.name !== candidate.name || champion.facts.version.digest !== candidate.version.digest) {
    const reason = `${reference} is not in ${stage} (${champion?.facts.name ?? 'nothing'} is)`;
    return { verdict: 'fail', observed: '0 h', reason, hint: `mreg promote ${reference} --to ${stage}` };
  }
  const neededMs = Math.round(gate.hours * HOUR_MS);
  const elapsedMs = input.now.getTime() - champion.since.getTime();
  const observed = `${String(Math.max(0, Math.floor((elapsedMs / HOUR_MS) * 10) / 10))} h`;
  const reason = `${reference} has been in ${stage} for ${observed}, needs ${String(gate.hours)} h`;
  if (elapsedMs >= neededMs) return { verdict: 'pass', observed, reason };
  const until = new Date(champion.since.getTime() + neededMs).toISOString();
  return { verdict: 'fail', observed, reason, hint: `Promote again from ${until} on`, waitsFor: 'time' };
}
