import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPrivateKey, KEY_FILE_RANDOM_BYTES } from '../../src/signing/openssh-key.ts';
import { formatPublicKey } from '../../src/signing/public-key.ts';
import { signerFromSeed } from '../../src/signing/seed-signer.ts';
import type { Signer } from '../../src/signing/signer.ts';

/** Somebody with a key: as a file for git, ssh-keygen and `--key`, and as a signer for documents made by the test itself. */
export interface Person {
  readonly id: string;
  readonly keyFile: string;
  /** `ssh-ed25519 AAAA…`, as a trust root names it. */
  readonly publicLine: string;
  readonly signer: Signer;
}

/** Makes a person with a fresh Ed25519 key in `directory`. */
export async function makePerson(directory: string, id: string): Promise<Person> {
  const seed = randomBytes(32);
  const signer = signerFromSeed(seed, id);
  const keyFile = join(directory, `${id.replaceAll(/[^a-z0-9]+/gi, '-')}.key`);
  const text = await formatPrivateKey(seed, id, { randomness: randomBytes(KEY_FILE_RANDOM_BYTES) });
  writeFileSync(keyFile, text, { mode: 0o600 });
  const publicLine = formatPublicKey(signer.key);
  writeFileSync(`${keyFile}.pub`, `${publicLine} ${id}\n`);
  return { id, keyFile, publicLine, signer };
}

/** Returns the git flags with which stock git signs commits as this person. */
export function signingAs(person: Person): readonly string[] {
  return ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${person.keyFile}`, '-c', 'commit.gpgSign=true'];
}

/** Signs a text with stock ssh-keygen and returns the armour. */
export function sshSignature(person: Person, namespace: string, text: string | Uint8Array): string {
  const args = ['-Y', 'sign', '-q', '-f', person.keyFile, '-n', namespace];
  return execFileSync('ssh-keygen', args, { input: text, stdio: ['pipe', 'pipe', 'pipe'] }).toString('utf8');
}
