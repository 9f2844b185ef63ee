import { storeForUri } from '../artifacts/open-store.ts';
import { readWanted } from '../artifacts/wanted.ts';
import { modelStatement } from '../documents/in-toto.ts';
import { manifestOf, type Manifest, type ManifestFile } from '../documents/manifest.ts';
import { isDigest } from '../documents/digest.ts';
import { giveAttestation, type AttestationFlags } from './attestation.ts';
import type { Outside } from './outside.ts';
import { withSession, type Session } from './session.ts';
import { resolveTrusted } from './trusted-history.ts';
import type { Vouched } from './vouched.ts';

/** Attests what the files of a version are, after the signatures that lead to it were verified. */
export async function attestArtifact(outside: Outside, flags: AttestationFlags, reference: string): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const vouched = await resolveTrusted(session, reference);
    const statement = modelStatement(`${vouched.model}@${vouched.version}`, await manifestFor(session, vouched));
    return giveAttestation(session, flags, statement);
  });
}

/** A version lists few files itself; where there are many, the store has the list. */
async function manifestFor(session: Session, { facts }: Vouched): Promise<Manifest> {
  const { files, uri, digest } = facts.version.body.spec.artifact;
  if (files !== undefined) return manifestOf(files.filter((file): file is ManifestFile => isDigest(file.digest)));
  const { stores } = session.view.settings.body.spec;
  return readWanted({ ...storeForUri(uri, stores, session.outside), artifact: digest });
}
