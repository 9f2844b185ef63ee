import type { ArtifactStore } from '../artifacts/port.ts';
import type { Wanted } from '../artifacts/wanted.ts';
import { MregError } from '../documents/error.ts';
import type { Manifest } from '../documents/manifest.ts';
import { readView } from '../registry/view.ts';
import { BUNDLE_TYPE } from '../signing/dsse.ts';
import { checkAttestation, keysOf, type KnownKey } from '../trust/attestation.ts';
import { snapshotAt, type Session } from './session.ts';

/** What lies beside an artifact and says what its files are. */
export interface Attestations {
  /** Whose keys signed those that are right, each once. */
  readonly by: readonly string[];
  readonly problems: readonly { readonly name: string; readonly expected: string; readonly found: string }[];
}

/** Checks the attestations beside artifacts of one registry, whose keys are read once. */
export type CheckAttestations = (wanted: Wanted<ArtifactStore>, manifest: Manifest) => Promise<Attestations>;

const NONE: Attestations = { by: [], problems: [] };

/** Returns the check of what stores keep beside artifacts. A store that keeps nothing has nothing to be checked. */
export function attestationCheck(session: Session): CheckAttestations {
  let keys: Promise<readonly KnownKey[]> | undefined;
  return async ({ store, key }, manifest) => {
    const { referrable } = store;
    if (referrable === undefined) return NONE;
    try {
      const found = await referrable.list(key, BUNDLE_TYPE);
      if (found.length === 0) return NONE;
      const context = { manifest, keys: await (keys ??= everKnown(session)) };
      const verdicts = found.map(({ bytes, digest }) => ({ digest, verdict: checkAttestation(bytes, context) }));
      return {
        by: [...new Set(verdicts.flatMap(({ verdict }) => (verdict.state === 'good' ? [verdict.principal] : [])))],
        problems: verdicts.flatMap(({ digest, verdict }) =>
          verdict.state === 'wrong' ? [{ name: `attestation ${digest}`, ...verdict }] : [],
        ),
      };
    } catch (error) {
      if (!(error instanceof MregError) || error.code !== 'integrity') throw error;
      return { by: [], problems: [{ name: 'attestation', expected: 'as it was attached', found: error.message }] };
    }
  };
}

/**
 * Keys that were taken out count, too: who signed what was so, and left, need not sign it again. That is safe because a
 * statement is only good where it says what the version itself says.
 */
async function everKnown({ repository, view, tip }: Session): Promise<readonly KnownKey[]> {
  const trusts = [view.trust];
  for (const commit of await repository.firstParents(tip, { path: 'trust/root.yaml' })) {
    const then = await readView(await snapshotAt(repository, commit));
    if (then !== undefined) trusts.push(then.trust);
  }
  return keysOf(trusts);
}
