import type { ArtifactGate } from '../documents/kinds/gate.ts';
import type { ArtifactFinding } from './input.ts';
import { referenceOf, type GateType } from './judgement.ts';

/** Passes when the artifact's digest is recorded and no store holds other bytes, or none, under it. */
export const artifactGate: GateType<ArtifactGate> = {
  atTheDoor: false,
  required: () => 'digest recorded, stored bytes match',
  judge: (_gate, { input }) => {
    const { path, body } = input.candidate.version;
    // Only the digest is recorded: a hook may not fetch, and must come to the same check as the command that did.
    const facts = { observed: body.spec.artifact.digest, source: path };
    const problem = artifactProblem(input.artifact);
    if (problem === undefined) return { ...facts, verdict: 'pass', reason: PASSED[input.artifact.state] };
    const hint = `mreg artifact verify ${referenceOf(input, input.candidate)}, then push the right bytes with mreg artifact push`;
    return { ...facts, verdict: 'fail', reason: problem, hint };
  },
};

const PASSED: Readonly<Record<ArtifactFinding['state'], string>> = {
  unchecked: 'the digest is recorded; the stored bytes were not fetched here',
  match: 'the stored bytes match the recorded digest',
  missing: '',
  mismatch: '',
};

/** Returns what is wrong with an artifact, or undefined when nothing is known to be. */
export function artifactProblem(finding: ArtifactFinding): string | undefined {
  if (finding.state === 'missing') return `the artifact is not in its store: ${finding.detail}`;
  if (finding.state === 'mismatch') return `the stored artifact differs from its digest: ${finding.detail}`;
  return undefined;
}
