import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MregError } from '../documents/error.ts';
import { derivePublicKey, SEED_BYTES } from '../signing/ed25519.ts';
import { formatPrivateKey, KEY_FILE_RANDOM_BYTES, publicHalfOf } from '../signing/openssh-key.ts';
import { fingerprintOf, formatPublicKey, parsePublicKey, publicKeyOf } from '../signing/public-key.ts';
import type { PublicKey } from '../signing/signer.ts';
import { keyFilePath, keyFolders, type KeyPlaces } from './key-places.ts';
import { type AgentSigner, agentSigners } from './ssh-agent.ts';

/** A key pair that was written: the private file at `path`, the public line beside it. */
export interface GeneratedKey {
  readonly path: string;
  readonly publicPath: string;
  readonly key: PublicKey;
  readonly fingerprint: string;
}

/** Makes a new key pair and writes it to `path` and `<path>.pub`. Never overwrites a file. */
export async function generateKeyFile(given: {
  readonly path: string;
  readonly comment: string;
  readonly passphrase?: string | undefined;
}): Promise<GeneratedKey> {
  if (/\p{Cc}/u.test(given.comment))
    throw new MregError('usage', 'the comment of a key may not hold control characters or line breaks');
  const seed = randomBytes(SEED_BYTES);
  const key = publicKeyOf(derivePublicKey(seed));
  const { passphrase } = given;
  const text = await formatPrivateKey(seed, given.comment, {
    randomness: randomBytes(KEY_FILE_RANDOM_BYTES),
    passphrase,
  });
  const publicPath = `${given.path}.pub`;
  const publicLine = `${formatPublicKey(key)} ${given.comment}`.trimEnd();
  await makeFolder(path.dirname(given.path));
  await writeNew(given.path, { text, mode: 0o600 });
  try {
    await writeNew(publicPath, { text: `${publicLine}\n`, mode: 0o644 });
  } catch (error) {
    await rm(given.path);
    throw error;
  }
  return { path: given.path, publicPath, key, fingerprint: fingerprintOf(key) };
}

/** A key of the user's, and everywhere that it was found: paths of public files, `ssh-agent`. */
export interface ListedKey {
  readonly key: PublicKey;
  readonly fingerprint: string;
  readonly comment: string;
  readonly origins: readonly string[];
}

/** Returns the user's Ed25519 keys, each once: mreg's own first, then those of ~/.ssh, then those of the agent. */
export async function listKeys(places: KeyPlaces): Promise<readonly ListedKey[]> {
  const listed = new Map<string, ListedKey>();
  const add = (found: { readonly key: PublicKey; readonly comment: string; readonly origin: string }): void => {
    const fingerprint = fingerprintOf(found.key);
    const known = listed.get(fingerprint);
    const { key, comment } = known ?? found;
    listed.set(fingerprint, { key, fingerprint, comment, origins: [...(known?.origins ?? []), found.origin] });
  };
  for (const folder of keyFolders(places)) (await readPublicFiles(folder)).forEach(add);
  (await askAgent(places.env['SSH_AUTH_SOCK'])).forEach(add);
  return [...listed.values()];
}

/**
 * Returns the public key that `value` stands for: the line itself (also in git's `key::` notation), a public key file,
 * or a private one, whose public half is readable without its passphrase.
 */
export async function readPublicKey(value: string, places: KeyPlaces): Promise<PublicKey> {
  const literal = /^(?:key::)?(ssh-\S+ .*)$/s.exec(value)?.[1];
  const file = keyFilePath(value, places);
  const text = literal ?? (await readKeyText(file));
  const privateHalf = publicHalfOf(text);
  const reading = privateHalf === undefined ? parsePublicKey(text.trim()) : { ok: true as const, value: privateHalf };
  if (reading.ok) return reading.value;
  throw new MregError('bad-key', `${literal === undefined ? file : 'the key'} cannot be used: ${reading.problem}`, {
    hint: 'give a line such as "ssh-ed25519 AAAA…", or a file that holds one; make a key with mreg key generate',
  });
}

async function readKeyText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new MregError('no-key', `the key file ${file} cannot be read`, { hint: 'list keys: mreg key list', cause });
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new MregError('disk', `the folder ${folder} cannot be made`, { cause });
  }
}

async function writeNew(file: string, { text, mode }: { readonly text: string; readonly mode: number }): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST')
      throw new MregError('exists', `the file ${file} exists already; a key is never overwritten`, {
        hint: 'use the key that is there, or choose another place for the new one',
        cause,
      });
    throw new MregError('disk', `the file ${file} cannot be written`, { cause });
  }
}

interface FoundKey {
  readonly key: PublicKey;
  readonly comment: string;
  readonly origin: string;
}

/** Keys of other types and files that are not readable are passed over: the list is of what mreg can use. */
async function readPublicFiles(folder: string): Promise<readonly FoundKey[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.pub')).sort();
  const found = await Promise.all(files.map((name) => readPublicFile(path.join(folder, name))));
  return found.filter((key) => key !== undefined);
}

async function readPublicFile(origin: string): Promise<FoundKey | undefined> {
  const text = await readFile(origin, 'utf8').catch(() => '');
  const reading = parsePublicKey(text.trim());
  return reading.ok ? { key: reading.value, comment: text.trim().split(' ').slice(2).join(' '), origin } : undefined;
}

async function askAgent(socketPath: string | undefined): Promise<readonly AgentSigner[]> {
  if (socketPath === undefined || socketPath === '') return [];
  try {
    return await agentSigners(socketPath);
  } catch (error) {
    if (error instanceof MregError) return [];
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
