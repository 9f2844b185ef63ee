import { parseKeyContainer } from '../../src/signing/key-container.ts';
import { formatPrivateKey, parsePrivateKey, publicHalfOf } from '../../src/signing/openssh-key.ts';
import { formatPublicKey, parsePublicKey, readKeyBlob } from '../../src/signing/public-key.ts';
import { signerFromSeed } from '../../src/signing/seed-signer.ts';
import { createSignature, parseSignature, verifySignature } from '../../src/signing/sshsig.ts';
import { WireReader, wireString } from '../../src/signing/wire.ts';
import { mustHold, textSeeds, type FuzzTarget } from './target.ts';

const MESSAGE = 'what is signed\n';
const NAMESPACE = 'mreg.stage.v1';
const SEED = Buffer.alloc(32, 7);
const SIGNER = signerFromSeed(SEED, 'fuzz');
const ARMOUR = await createSignature(SIGNER, NAMESPACE, MESSAGE);
const RANDOMNESS = Buffer.alloc(20, 3);
const KEY_FILE = await formatPrivateKey(SEED, 'a comment', { randomness: RANDOMNESS });
const SEALED_FILE = await formatPrivateKey(SEED, '', { randomness: RANDOMNESS, passphrase: 'open', rounds: 1 });

const SSH_TOKENS: readonly (string | Uint8Array)[] = [
  ...['SSHSIG', 'ssh-ed25519', 'ssh-rsa', 'sha512', 'sha256', 'git', NAMESPACE, 'none', 'bcrypt', 'aes256-ctr'],
  ...['-----BEGIN ', '-----END ', 'SSH SIGNATURE-----\n', 'OPENSSH PRIVATE KEY-----\n', 'AAAA', '=', '==', '\r\n'],
  ...[wireString(''), wireString('ssh-ed25519'), wireString('sha512'), Uint8Array.of(0, 0, 0, 1), Buffer.alloc(32)],
];

/** What is accepted must be what was made: neither another message nor another spelling. */
function tryArmour(armour: Uint8Array): void {
  parseSignature(armour);
  const verified = verifySignature({ armour, message: MESSAGE, namespace: NAMESPACE });
  if (verified.ok) mustHold(Buffer.from(armour).toString('latin1') === ARMOUR, 'a signature has one spelling');
}

const armour: FuzzTarget = { name: 'sshsig-armour', seeds: textSeeds([ARMOUR]), tokens: SSH_TOKENS, run: tryArmour };

const wire: FuzzTarget = {
  name: 'sshsig-wire',
  seeds: [blobOf(ARMOUR)],
  tokens: SSH_TOKENS,
  run: (bytes) => {
    tryArmour(Buffer.from(armoured('SSH SIGNATURE', bytes)));
  },
};

const privateKey: FuzzTarget = {
  name: 'private-key',
  seeds: textSeeds([KEY_FILE, SEALED_FILE]),
  tokens: SSH_TOKENS,
  run: (bytes) => tryKeyFile(Buffer.from(bytes).toString('utf8')),
};

const privateKeyWire: FuzzTarget = {
  name: 'private-key-wire',
  seeds: [blobOf(KEY_FILE), blobOf(SEALED_FILE)],
  tokens: SSH_TOKENS,
  run: (bytes) => tryKeyFile(armoured('OPENSSH PRIVATE KEY', bytes)),
};

async function tryKeyFile(text: string): Promise<void> {
  publicHalfOf(text);
  const reading = await parsePrivateKey(text, hasFewRounds(text) ? 'open' : undefined);
  if (!reading.ok) {
    mustHold(!reading.detail.includes(SEED.toString('hex')), 'no secret is told');
    return;
  }
  const { seed, key, comment } = reading.value;
  const again = await parsePrivateKey(await formatPrivateKey(seed, comment, { randomness: RANDOMNESS }));
  mustHold(again.ok && Buffer.compare(again.value.key.raw, key.raw) === 0, 'a key that is read can be written');
}

/** Stretching is slow on purpose, a thousand rounds last twenty seconds. */
function hasFewRounds(text: string): boolean {
  const container = parseKeyContainer(text);
  if (!container.ok) return true;
  const reader = new WireReader(container.value.kdfOptions);
  reader.string();
  return reader.uint32() <= 2;
}

const publicKey: FuzzTarget = {
  name: 'public-key',
  seeds: textSeeds([`${formatPublicKey(SIGNER.key)} a comment\n`, formatPublicKey(SIGNER.key)]),
  tokens: SSH_TOKENS,
  run: (bytes) => {
    readKeyBlob(bytes);
    const line = Buffer.from(bytes).toString('utf8');
    const reading = parsePublicKey(line);
    if (reading.ok) mustHold(line.startsWith(formatPublicKey(reading.value)), 'a key has one spelling');
  },
};

/** Readers of signatures and keys. */
export const SIGNING_TARGETS: readonly FuzzTarget[] = [armour, wire, privateKey, privateKeyWire, publicKey];

function blobOf(armoured: string): Uint8Array {
  return Buffer.from(armoured.replaceAll(/^-.*-$/gm, ''), 'base64');
}

function armoured(what: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/.{1,70}/g, '$&\n');
  return `-----BEGIN ${what}-----\n${lines}-----END ${what}-----\n`;
}
