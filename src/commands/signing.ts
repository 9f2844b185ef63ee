import { MregError, assert } from '../documents/error.ts';
import type { CommitPlan, SignatureWish } from '../registry/commit-plan.ts';
import { fileAt, type Snapshot } from '../registry/snapshot.ts';
import type { RegistryView } from '../registry/view.ts';
import { fingerprintOf } from '../signing/public-key.ts';
import type { Signer } from '../signing/signer.ts';
import { createSignature } from '../signing/sshsig.ts';
import { principalOfKey } from '../trust/trust.ts';
import type { Session } from './session.ts';

/** A key and the principal that the trust root says it belongs to. */
export interface Author {
  readonly signer: Signer;
  readonly principal: string;
}

/** Returns the key to sign with and whose it is; a key that nobody trusts is refused before anything is made. */
export async function authorOf({ outside, flags, repository, view }: Session): Promise<Author> {
  const signer = await outside.findSigner({ key: flags.key, gitConfig: (key) => repository.readConfig(key) });
  return { signer, principal: principalOf(view, signer) };
}

function principalOf(view: RegistryView, signer: Signer): string {
  const principal = principalOfKey(view.trust, signer.key);
  if (principal !== undefined) return principal;
  const version = String(view.root.body.spec.version);
  throw new MregError(
    'not-trusted',
    `the key ${fingerprintOf(signer.key)} (${signer.origin}) is no principal's in trust root version ${version}`,
    {
      hint: 'use a trusted key with --key, or ask for: mreg trust add <you> --public-key <file>',
    },
  );
}

/** Returns the plan's edits as bytes, with every signature that it asks for. */
export async function signedEdits(
  plan: CommitPlan,
  signer: Signer,
  base: Snapshot,
): Promise<ReadonlyMap<string, Uint8Array | null>> {
  const edits = new Map<string, Uint8Array | null>();
  for (const [path, content] of plan.edits)
    edits.set(path, typeof content === 'string' ? Buffer.from(content) : content);
  for (const wish of plan.signatures) {
    const armour = await createSignature(signer, wish.namespace, await bytesToSign(edits, base, wish));
    edits.set(wish.to ?? `${wish.path}.sig`, Buffer.from(armour));
  }
  return edits;
}

/** An approval signs bytes that are there already; everything else signs what the plan writes. */
async function bytesToSign(
  edits: ReadonlyMap<string, Uint8Array | null>,
  base: Snapshot,
  wish: SignatureWish,
): Promise<Uint8Array> {
  const written = edits.get(wish.path);
  if (written !== undefined && written !== null) return written;
  const file = await fileAt(base, wish.path);
  assert(file.state === 'present', `there is something to sign at ${wish.path}`);
  return file.bytes;
}

/** Signs a commit so that `git verify-commit`, the forges and Flux accept it. */
export function commitSigner(signer: Signer): (payload: Uint8Array) => Promise<string> {
  return (payload) => createSignature(signer, 'git', payload);
}
