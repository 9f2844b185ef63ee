import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { storeForUri, type ConfiguredStore } from '../artifacts/open-store.ts';
import { parseArtifactUri } from '../artifacts/store-url.ts';
import { isDigest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import { NAMESPACE_OF } from '../documents/kinds/index.ts';
import type { StageDocument } from '../documents/kinds/stage.ts';
import { readDocument } from '../documents/read-document.ts';
import type { Refusal } from '../documents/refusal.ts';
import { MAX_DOCUMENT_BYTES } from '../registry/snapshot.ts';
import { listedSignerOf, readListedSigners } from '../trust/listed-signers.ts';
import { signerOf, type SignedBytes, type SignerReading } from '../trust/verify.ts';
import { bring, tellPulled } from './artifact-transfer.ts';
import type { CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { withSession } from './session.ts';

/** What a pod, or anybody who was given a stage file, says about it. */
export interface StageFileFlags extends CommonFlags {
  readonly out: string;
  readonly link?: boolean | undefined;
  readonly stageFile: string;
  readonly slot?: 'blue' | 'green' | undefined;
  readonly digest?: string | undefined;
  readonly allowedSigners?: string | undefined;
  readonly registryId?: string | undefined;
}

/** Who is believed about a stage file, and about which registry. */
interface Believed {
  readonly registry: string;
  readonly signer: (signed: SignedBytes) => SignerReading;
  /** Undefined where nobody but the signer of the file says which stores there are. */
  readonly stores: readonly ConfiguredStore[] | undefined;
}

/**
 * Brings the bytes that a stage file names, after its signature was verified: by the trust root of the registry here, or,
 * where none is, by a list of signers. Needs no git and no server but the artifact store.
 */
export async function pullStageFile(outside: Outside, flags: StageFileFlags): Promise<number> {
  if (flags.allowedSigners !== undefined) return pull({ outside, flags }, await believedOf(outside, flags));
  return withSession(outside, flags, ({ view }) => {
    const { stores } = view.settings.body.spec;
    return pull({ outside, flags }, { registry: view.id, signer: (signed) => signerOf(view.trust, signed), stores });
  });
}

async function believedOf(outside: Outside, flags: StageFileFlags): Promise<Believed> {
  const { allowedSigners: file = '', registryId } = flags;
  // Attack: the stage file of another registry that one of the signers works in, too.
  if (registryId === undefined) {
    throw new MregError('usage', '--allowed-signers goes with --registry-id <id>: which registry the file must be of', {
      hint: 'mreg status --json tells it',
    });
  }
  const reading = readListedSigners(Buffer.from(await bytesAt(outside, file)).toString('utf8'), file);
  if (!reading.ok) throw new MregError('bad-file', `${file} is no list of signers`, { refusals: reading.refusals });
  return { registry: registryId, signer: (signed) => listedSignerOf(reading.value, signed), stores: undefined };
}

async function pull(
  at: { readonly outside: Outside; readonly flags: StageFileFlags },
  believed: Believed,
): Promise<number> {
  const { outside, flags } = at;
  const { stage, signer } = await readBelieved(at, believed);
  const { uri, digest, version } = flags.slot === undefined ? stage.spec : stage.spec.slots[flags.slot];
  const stores = believed.stores ?? [{ name: 'stage', url: parseArtifactUri(uri).storeUrl }];
  const from = { ...storeForUri(uri, stores, outside), artifact: digest };
  const label = `${stage.spec.model}@${version}`;
  const to = resolve(outside.cwd, flags.out);
  const { digest: found, manifest } = await bring(at, from, { to, label, link: flags.link });
  const { files, size } = manifest;
  tellPulled(at, { digest: found, uri, to, reference: label, signer, files: files.length, size });
  return 0;
}

/** The signature is looked at before anything else reads the bytes. */
async function readBelieved(
  { outside, flags }: { readonly outside: Outside; readonly flags: StageFileFlags },
  believed: Believed,
): Promise<{ readonly stage: StageDocument; readonly signer: string }> {
  const path = flags.stageFile;
  const bytes = await bytesAt(outside, path);
  const armour = await bytesAt(outside, `${path}.sig`).catch(absent);
  const signer = believed.signer({ path, bytes, armour, namespace: NAMESPACE_OF.Stage });
  if (!signer.ok) throw untrusted([signer.refusal]);
  const reading = readDocument('Stage', { path, bytes });
  if (!reading.ok) throw untrusted(reading.refusals);
  const refusals = [...checkRegistry(path, reading.value, believed), ...checkDigest(path, reading.value, flags)];
  if (refusals.length > 0) throw untrusted(refusals);
  return { stage: reading.value, signer: signer.principal };
}

/** Attack: the stage file of another registry, signed by a key that is trusted here as well. */
function checkRegistry(path: string, { spec }: StageDocument, { registry }: Believed): readonly Refusal[] {
  if (spec.registry === registry) return [];
  const hint = 'this file is of another registry: find out who put it there';
  return [{ code: 'wrong-registry', path, expected: registry, found: spec.registry, hint }];
}

/** A pod that was told of one version by its manifest and of another by its file waits until both say the same. */
function checkDigest(path: string, { spec }: StageDocument, flags: StageFileFlags): readonly Refusal[] {
  const { digest: expected, slot } = flags;
  if (expected === undefined) return [];
  if (!isDigest(expected)) throw new MregError('usage', `--digest takes sha256:…; found ${JSON.stringify(expected)}`);
  const found = slot === undefined ? spec.digest : spec.slots[slot].digest;
  if (found === expected) return [];
  const hint = 'the file is of another moment than the manifest: it is tried again when the pod starts again';
  return [{ code: 'checks', path, expected: `${slot ?? 'the champion'}: ${expected}`, found, hint }];
}

function untrusted(refusals: readonly Refusal[]): MregError {
  return new MregError('integrity', 'the stage file is not to be believed: nothing was pulled', {
    refusals,
    hint: refusals[0]?.hint ?? 'mreg verify',
  });
}

async function bytesAt(outside: Outside, file: string): Promise<Uint8Array> {
  const path = resolve(outside.cwd, file);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new MregError('unreadable', `cannot read ${path}`, {
      cause,
      hint: 'check the path, and what is mounted there',
    });
  });
  if (bytes.length <= MAX_DOCUMENT_BYTES) return bytes;
  throw new MregError('bad-file', `${path} is larger than any stage file or list of signers`);
}

function absent(error: unknown): undefined {
  if (error instanceof MregError && error.code === 'unreadable') return undefined;
  throw error;
}
