import { existsSync } from 'node:fs';
import { MregError } from '../documents/error.ts';
import { parsePublicKey } from '../signing/public-key.ts';
import type { Signer } from '../signing/signer.ts';
import { defaultKeyPath, keyFilePath, type KeyPlaces, sshKeyPath } from './key-places.ts';
import { openKeyFile, openPrivateKey, requireInAgent, type KeyAccess } from './signer-from-file.ts';
import { agentSigners } from './ssh-agent.ts';

/** Everything that decides which key signs. */
export interface SignerSearch extends KeyPlaces {
  /** What the user named on the command line: a file, or a public key that the agent holds. */
  readonly key?: string | undefined;
  /** Reads git's configuration, that of the repository at hand included. */
  readonly gitConfig: (key: string) => Promise<string | undefined>;
  /** Asks a person for a passphrase; absent when there is no terminal. */
  readonly askPassphrase?: ((what: string) => Promise<string | undefined>) | undefined;
}

/**
 * Returns the signer to use: the first of --key, MREG_KEY, mreg's own key, git's user.signingKey, the only Ed25519 key of
 * the ssh-agent, ~/.ssh/id_ed25519. What was named must work: a broken choice is an error, never a reason to go on.
 */
export async function findSigner(search: SignerSearch): Promise<Signer> {
  const { env } = search;
  if (isSet(search.key)) return openNamed(search, search.key, '--key');
  if (isSet(env['MREG_KEY'])) return openNamed(search, env['MREG_KEY'], 'MREG_KEY');
  if (existsSync(defaultKeyPath(search))) return openFile(search, defaultKeyPath(search));
  const configured = await readGitSigningKey(search);
  if (configured !== undefined) return openNamed(search, configured, 'git config user.signingKey');
  const { signer, note } = await findOnlyAgentKey(env['SSH_AUTH_SOCK']);
  if (signer !== undefined) return signer;
  if (existsSync(sshKeyPath(search))) return openFile(search, sshKeyPath(search));
  throw new MregError('no-key', `no Ed25519 key to sign with was found${note}`, {
    hint: 'make one: mreg key generate; or name one: --key <file>, MREG_KEY, or git config user.signingKey <file>',
  });
}

/** Opens what a person named: a file, a public key in ssh's or git's notation, or (in MREG_KEY) a private key itself. */
async function openNamed(search: SignerSearch, value: string, source: string): Promise<Signer> {
  if (value.trimStart().startsWith('-----BEGIN')) {
    // The text of a private key must never be taken for a path: the error message would print it.
    if (source === 'MREG_KEY') return openPrivateKey({ text: value, origin: source }, accessOf(search, source));
    throw new MregError('bad-key', `${source} holds a private key; it takes a file`, {
      hint: 'other programs can read it there: replace the key, and name a file or use MREG_KEY',
    });
  }
  const literal = /^(?:key::)?(ssh-\S+ .*)$/s.exec(value)?.[1];
  if (literal === undefined) return openFile(search, keyFilePath(value.trim(), search));
  const key = parsePublicKey(literal.trim());
  if (key.ok) return requireInAgent(key.value, search.env['SSH_AUTH_SOCK']);
  throw new MregError('bad-key', `${source} is not a usable public key: ${key.problem}`, {
    hint: 'make an Ed25519 key: mreg key generate',
  });
}

function openFile(search: SignerSearch, path: string): Promise<Signer> {
  return openKeyFile(path, accessOf(search, path));
}

function accessOf({ env, askPassphrase }: SignerSearch, origin: string): KeyAccess {
  const passphrase = async (): Promise<string | undefined> =>
    isSet(env['MREG_PASSPHRASE']) ? env['MREG_PASSPHRASE'] : askPassphrase?.(origin);
  return { passphrase, agentSocket: env['SSH_AUTH_SOCK'] };
}

/** Returns git's signing key when it is one of ssh; an OpenPGP key id there is somebody else's business. */
async function readGitSigningKey({ gitConfig }: SignerSearch): Promise<string | undefined> {
  const value = await gitConfig('user.signingKey');
  if (!isSet(value)) return undefined;
  const isClearlySsh = /^(?:key::|ssh-|~\/|\/)/.test(value) || value.endsWith('.pub');
  return isClearlySsh || (await gitConfig('gpg.format')) === 'ssh' ? value : undefined;
}

async function findOnlyAgentKey(
  socketPath: string | undefined,
): Promise<{ readonly signer?: Signer | undefined; readonly note: string }> {
  if (!isSet(socketPath)) return { note: '' };
  try {
    const signers = await agentSigners(socketPath);
    if (signers.length < 2) return { signer: signers[0], note: '' };
    return { note: `; ssh-agent holds ${signers.length} of them, and mreg does not choose` };
  } catch (error) {
    if (error instanceof MregError) return { note: `; ${error.message}` };
    throw error;
  }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== '';
}
