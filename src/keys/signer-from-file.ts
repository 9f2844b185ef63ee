import { readFile, stat } from 'node:fs/promises';
import { MregError } from '../documents/error.ts';
import { parsePrivateKey, type PrivateKeyFault, publicHalfOf } from '../signing/openssh-key.ts';
import { fingerprintOf, parsePublicKey, sameKey } from '../signing/public-key.ts';
import { signerFromSeed } from '../signing/seed-signer.ts';
import type { PublicKey, Signer } from '../signing/signer.ts';
import { agentSigners } from './ssh-agent.ts';

/** Where secrets come from when a key file alone is not enough. */
export interface KeyAccess {
  /** Asks for the passphrase of an encrypted key; undefined when nobody can be asked. */
  readonly passphrase: () => Promise<string | undefined>;
  /** Socket of an ssh-agent that may hold the key already. */
  readonly agentSocket?: string | undefined;
}

/**
 * Opens a private key file for signing. A public key file stands for the private file beside it, or for the key in the
 * agent; an encrypted file is not asked for its passphrase when the agent holds the key.
 */
export async function openKeyFile(path: string, access: KeyAccess): Promise<Signer> {
  const text = await readKeyFile(path);
  const listed = parsePublicKey(text.trim());
  if (listed.ok) return openBesidePublicFile(path, listed.value, access);
  // Named before the mode is judged: a public file of another type is no secret that lies open.
  if (/^(ssh|ecdsa|sk)-\S+ /.test(text)) throw badKey(path, listed.problem, 'make an Ed25519 key: mreg key generate');
  await refuseOpenMode(path);
  return openPrivateKey({ text, origin: path }, access);
}

/** Opens the text of a private key; `origin` is where it came from, for messages. */
export async function openPrivateKey(
  { text, origin }: { readonly text: string; readonly origin: string },
  access: KeyAccess,
): Promise<Signer> {
  const reading = await parsePrivateKey(text);
  if (reading.ok) return signerFromSeed(reading.value.seed, origin);
  const unlockable = reading.problem === 'encrypted' || reading.problem === 'unsupported';
  const publicHalf = unlockable ? publicHalfOf(text) : undefined;
  const held = publicHalf && (await findInAgent(publicHalf, access.agentSocket));
  if (held !== undefined) return held;
  if (reading.problem !== 'encrypted') throw explain(origin, reading);
  return unlock({ text, origin }, await access.passphrase());
}

/** Returns the agent's signer for `key`, or undefined when there is no agent, it is silent, or it has another key. */
async function findInAgent(key: PublicKey, agentSocket: string | undefined): Promise<Signer | undefined> {
  if (agentSocket === undefined || agentSocket === '') return undefined;
  try {
    return (await agentSigners(agentSocket)).find((signer) => sameKey(signer.key, key));
  } catch (error) {
    // A stale socket is common; the caller says which key was wanted and how to load it.
    if (error instanceof MregError) return undefined;
    throw error;
  }
}

/** Returns the signer for a public key that only an agent can serve; throws when it does not hold that key. */
export async function requireInAgent(key: PublicKey, agentSocket: string | undefined): Promise<Signer> {
  const held = await findInAgent(key, agentSocket);
  if (held !== undefined) return held;
  throw new MregError('no-key', `no ssh-agent holds the private key of ${fingerprintOf(key)}`, {
    hint: 'load it with ssh-add <file>, or name the private key file: --key <file>',
  });
}

async function openBesidePublicFile(path: string, key: PublicKey, access: KeyAccess): Promise<Signer> {
  const privatePath = path.endsWith('.pub') ? path.slice(0, -'.pub'.length) : undefined;
  if (privatePath === undefined || !(await exists(privatePath))) return requireInAgent(key, access.agentSocket);
  const signer = await openKeyFile(privatePath, access);
  if (sameKey(signer.key, key)) return signer;
  throw badKey(path, `it is not the public half of ${privatePath}`, `write it again: ssh-keygen -y -f ${privatePath}`);
}

async function unlock(
  { text, origin }: { readonly text: string; readonly origin: string },
  passphrase: string | undefined,
): Promise<Signer> {
  if (passphrase === undefined)
    throw new MregError('no-key', `the key ${origin} is protected by a passphrase, and there is nobody to ask`, {
      hint: `set MREG_PASSPHRASE, run this in a terminal, or load the key: ssh-add ${origin}`,
    });
  const reading = await parsePrivateKey(text, passphrase);
  if (reading.ok) return signerFromSeed(reading.value.seed, origin);
  throw explain(origin, reading);
}

function explain(origin: string, fault: PrivateKeyFault): MregError {
  if (fault.problem === 'wrong-passphrase')
    return new MregError('wrong-passphrase', `the passphrase does not open the key ${origin}`, {
      hint: 'type it again in a terminal, or correct MREG_PASSPHRASE',
    });
  return badKey(origin, fault.detail, fault.hint ?? 'restore the file, or make a new key: mreg key generate');
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause))
      throw new MregError('no-key', `there is no key file ${path}`, {
        hint: 'see what there is: mreg key list; make one: mreg key generate',
        cause,
      });
    throw new MregError('bad-key', `the key file ${path} cannot be read`, { hint: `look at it: ls -l ${path}`, cause });
  }
}

/** Refuses, as ssh does, a private key of the user's own that other accounts of the machine can read. */
async function refuseOpenMode(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode, uid } = await stat(path);
  // A file of another owner (a secret mounted into a container) has the mode that its owner chose.
  if (uid !== process.getuid?.() || (mode & 0o077) === 0) return;
  throw badKey(path, 'other accounts of this machine can read it', `chmod 600 ${path}`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function badKey(path: string, detail: string, hint: string): MregError {
  return new MregError('bad-key', `the key ${path} cannot be used: ${detail}`, { hint });
}
