import { storeForUri } from '../artifacts/open-store.ts';
import type { ArtifactStore } from '../artifacts/port.ts';
import { readWanted, type Wanted } from '../artifacts/wanted.ts';
import { isDigest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import { modelStatement } from '../documents/in-toto.ts';
import { manifestOf, type Manifest, type ManifestFile } from '../documents/manifest.ts';
import { type Bundle, BUNDLE_TYPE } from '../signing/dsse.ts';
import { giveAttestation, type AttestationFlags, type Attested } from './attestation.ts';
import type { Outside } from './outside.ts';
import { withSession, type Session } from './session.ts';
import { resolveTrusted } from './trusted-history.ts';
import type { Vouched } from './vouched.ts';

interface ArtifactFlags extends AttestationFlags {
  /** False with --no-attach: the store is left as it is. */
  readonly attach?: boolean | undefined;
}

/**
 * Attests what the files of a version are, after the signatures that lead to it were verified; a store that keeps documents
 * beside artifacts gets the attestation, too.
 */
export async function attestArtifact(outside: Outside, flags: ArtifactFlags, reference: string): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const vouched = await resolveTrusted(session, reference);
    const statement = modelStatement(`${vouched.model}@${vouched.version}`, await manifestFor(session, vouched));
    const keep =
      flags.attach === false ? undefined : keeperIn(storedIfKnown(session, vouched), statement.predicateType);
    return giveAttestation(session, flags, { statement, keep });
  });
}

/** A version lists few files itself; where there are many, the store has the list. */
async function manifestFor(session: Session, vouched: Vouched): Promise<Manifest> {
  const { files } = vouched.facts.version.body.spec.artifact;
  if (files !== undefined) return manifestOf(files.filter((file): file is ManifestFile => isDigest(file.digest)));
  return readWanted(storedAt(session, vouched));
}

function storedAt({ view, outside }: Session, { facts }: Vouched): Wanted<ArtifactStore> {
  const { uri, digest } = facts.version.body.spec.artifact;
  return { ...storeForUri(uri, view.settings.body.spec.stores, outside), artifact: digest };
}

/** Undefined where the artifact is in a store that is not configured any more: few files can be attested without it. */
function storedIfKnown(session: Session, vouched: Vouched): Wanted<ArtifactStore> | undefined {
  try {
    return storedAt(session, vouched);
  } catch (error) {
    if (error instanceof MregError && error.code === 'unknown-store') return undefined;
    throw error;
  }
}

/** As Sigstore's own tools put a bundle beside an image, so that they find it. */
function keeperIn(wanted: Wanted<ArtifactStore> | undefined, predicateType: string): Attested['keep'] {
  const { referrable } = wanted?.store ?? {};
  if (wanted === undefined || referrable === undefined) return undefined;
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': predicateType,
  };
  return async (bundle: Bundle) => {
    const bytes = Buffer.from(JSON.stringify(bundle));
    await referrable.attach(wanted.key, { artifactType: BUNDLE_TYPE, mediaType: BUNDLE_TYPE, bytes, annotations });
    return wanted.store.uriOf(wanted.key);
  };
}
