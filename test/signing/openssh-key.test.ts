import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { derivePublicKey } from '../../src/signing/ed25519.ts';
import { formatPrivateKey, parsePrivateKey, publicHalfOf } from '../../src/signing/openssh-key.ts';
import { fingerprintOf, formatPublicKey, publicKeyOf } from '../../src/signing/public-key.ts';
import { makeKeyPair, sshKeygen, temporaryDirectory } from './openssh.ts';

const seed = Buffer.alloc(32, 11);
const key = publicKeyOf(derivePublicKey(seed));
const randomness = Buffer.alloc(20, 4);
const passphrase = 'correct horse ✓';

/** One round instead of sixteen keeps the tests fast; it is the same code. */
const fast = ['-a', '1'];
const plain = await formatPrivateKey(seed, 'tester', { randomness });
const encrypted = await formatPrivateKey(seed, 'tester', { randomness, passphrase, rounds: 1 });

describe('reading what ssh-keygen writes', () => {
  it('opens a key without passphrase', async () => {
    const { file, publicLine } = makeKeyPair(temporaryDirectory());
    const reading = await parsePrivateKey(readFileSync(file, 'utf8'));
    expect(reading.ok && `${formatPublicKey(reading.value.key)} ${reading.value.comment}\n`).toBe(publicLine);
  });

  it.each([
    ['the default', []],
    ['AES-256 in GCM', ['-Z', 'aes256-gcm@openssh.com']],
    ['AES-256 in CBC', ['-Z', 'aes256-cbc']],
    ['AES-192 in CTR', ['-Z', 'aes192-ctr']],
    ['AES-128 in CTR', ['-Z', 'aes128-ctr']],
  ])('opens a key with a passphrase and %s, and tells a wrong passphrase', async (_, cipher) => {
    const { file, publicLine } = makeKeyPair(temporaryDirectory(), { passphrase, extra: [...fast, ...cipher] });
    const text = readFileSync(file, 'utf8');
    const reading = await parsePrivateKey(text, passphrase);
    expect(reading.ok && formatPublicKey(reading.value.key)).toBe(publicLine.split(' ').slice(0, 2).join(' '));
    expect(await parsePrivateKey(text)).toMatchObject({ ok: false, problem: 'encrypted' });
    expect(await parsePrivateKey(text, 'wrong')).toMatchObject({ ok: false, problem: 'wrong-passphrase' });
    expect(await parsePrivateKey(text, '')).toMatchObject({ ok: false, problem: 'wrong-passphrase' });
  });

  it.each(['chacha20-poly1305@openssh.com', '3des-cbc'])('says how to rewrite a key under %s', async (cipher) => {
    const { file } = makeKeyPair(temporaryDirectory(), { passphrase, extra: [...fast, '-Z', cipher] });
    const text = readFileSync(file, 'utf8');
    const reading = await parsePrivateKey(text, passphrase);
    expect(reading).toMatchObject({ problem: 'unsupported', hint: expect.stringContaining('ssh-keygen -p') });
    expect(publicHalfOf(text)).toBeDefined();
  });

  it.each([
    ['rsa', ['-b', '1024']],
    ['ecdsa', []],
    ['rsa', ['-b', '1024', '-m', 'PEM']],
    ['rsa', ['-b', '1024', '-m', 'PKCS8']],
  ])('asks for an Ed25519 key instead of one of %s %j', async (type, extra) => {
    const { file } = makeKeyPair(temporaryDirectory(), { type, extra });
    const reading = await parsePrivateKey(readFileSync(file, 'utf8'));
    expect(reading).toMatchObject({ problem: 'unsupported', hint: expect.stringContaining('mreg key generate') });
  });

  it('reads the public half without the passphrase', () => {
    const { file, publicLine } = makeKeyPair(temporaryDirectory(), { passphrase, extra: fast });
    const half = publicHalfOf(readFileSync(file, 'utf8'));
    expect(half && `${formatPublicKey(half)} tester\n`).toBe(publicLine);
  });
});

describe('writing for ssh-keygen', () => {
  it.each([
    ['without passphrase', '', plain],
    ['with a passphrase', passphrase, encrypted],
  ])('makes a key %s that ssh-keygen opens', (_, word, text) => {
    const file = path.join(temporaryDirectory(), 'key');
    writeFileSync(file, text, { mode: 0o600 });
    expect(sshKeygen(['-y', '-P', word, '-f', file])).toBe(`${formatPublicKey(key)} tester\n`);
    expect(sshKeygen(['-l', '-f', file])).toContain(fingerprintOf(key));
  });

  it.each(['', 'a', 'ab', 'a b@c', 'ü'.repeat(20), 'x'.repeat(300)])('keeps the comment %j', async (comment) => {
    const written = await formatPrivateKey(seed, comment, { randomness });
    expect(await parsePrivateKey(written)).toEqual({ ok: true, value: { seed: Uint8Array.from(seed), key, comment } });
  });

  it('opens its own encrypted writing, and writes sixteen rounds unless told otherwise', async () => {
    expect(await parsePrivateKey(encrypted, passphrase)).toMatchObject({ ok: true, value: { comment: 'tester' } });
    const usual = await formatPrivateKey(seed, 'tester', { randomness, passphrase });
    const options = bytesOf(usual).subarray(0, 80);
    expect(options.includes(Buffer.from([0, 0, 0, 16, 0, 0, 0, 1]))).toBe(true);
  });

  it('takes an empty passphrase for none, as ssh-keygen does', async () => {
    expect(await formatPrivateKey(seed, 'tester', { randomness, passphrase: '' })).toBe(plain);
  });
});

function bytesOf(text: string): Buffer {
  return Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64');
}

/** Returns the file with `change` made to its bytes. */
function damaged(text: string, change: (bytes: Buffer) => Buffer): string {
  const base64 = change(Buffer.from(bytesOf(text))).toString('base64');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${base64}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function replaced(text: string, from: Uint8Array, to: Uint8Array, occurrence = 1): string {
  return damaged(text, (bytes) => {
    let at = -1;
    for (let count = 0; count < occurrence; count += 1) at = bytes.indexOf(from, at + 1);
    expect(at).toBeGreaterThan(0);
    bytes.set(to, at);
    return bytes;
  });
}

describe('damaged files', () => {
  const other = Buffer.from(derivePublicKey(Buffer.alloc(32, 12)));
  const none = Buffer.from([0, 0, 0, 4, ...Buffer.from('none')]);
  it.each([
    ['nothing', '', 'malformed'],
    ['another text', 'ssh-ed25519 AAAA', 'malformed'],
    ['no footer', plain.slice(0, 200), 'unsupported'],
    ['no base64', '-----BEGIN OPENSSH PRIVATE KEY-----\n?\n-----END OPENSSH PRIVATE KEY-----\n', 'malformed'],
    ['too many bytes', plain.replace('\n', `\n${'A'.repeat(20_000)}`), 'malformed'],
    ['another magic', replaced(plain, Buffer.from('-key-v1'), Buffer.from('-key-v2')), 'malformed'],
    ['two keys', replaced(plain, Buffer.from([0, 0, 0, 1]), Buffer.from([0, 0, 0, 2])), 'unsupported'],
    ['an unknown cipher', replaced(plain, none, Buffer.from([0, 0, 0, 4, ...Buffer.from('rot1')])), 'unsupported'],
    ['an unknown stretching', replaced(encrypted, Buffer.from('bcrypt'), Buffer.from('scrypt')), 'unsupported'],
    ['different check numbers', replaced(plain, Buffer.from([4, 4, 4, 4]), Buffer.from([4, 4, 4, 5])), 'malformed'],
    ['a tag where none belongs', damaged(plain, (bytes) => Buffer.concat([bytes, Buffer.alloc(16)])), 'malformed'],
    ['another public half outside', replaced(plain, key.raw, other, 1), 'malformed'],
    ['another public half inside', replaced(plain, key.raw, other, 2), 'malformed'],
    ['another public half behind the seed', replaced(plain, key.raw, other, 3), 'malformed'],
    ['another seed', replaced(plain, seed, Buffer.alloc(32, 13)), 'malformed'],
    ['another key type inside', replaced(plain, Buffer.from('ssh-ed'), Buffer.from('ssh-id'), 2), 'malformed'],
    ['padding that is not 1, 2, 3', damaged(plain, (bytes) => (bytes.subarray(-1).fill(9), bytes)), 'malformed'],
    ['a PuTTY key', 'PuTTY-User-Key-File-3: ssh-ed25519\n', 'unsupported'],
  ])('are told with the reason: %s', async (_, text, problem) => {
    expect(await parsePrivateKey(text, passphrase)).toMatchObject({ ok: false, problem });
  });

  it('are told when all public halves are exchanged alike, which would sign with another key and leak the seed', async () => {
    const thrice = [1, 1, 1].reduce((text) => replaced(text, key.raw, other), plain);
    expect(await parsePrivateKey(thrice)).toMatchObject({ problem: 'malformed' });
  });

  it.each([
    ['it ends in the middle of a field', damaged(plain, (bytes) => bytes.subarray(0, 120))],
    ['it is too large for a private key', plain.replace('\n', `\n${'A'.repeat(20_000)}`)],
    ['its private part is damaged', replaced(plain, Buffer.from([6, 0x74, 0x65]), Buffer.from([99, 0x74, 0x65]))],
    ['its passphrase settings are damaged', replaced(encrypted, Buffer.from([0, 0, 0, 1]), Buffer.alloc(4))],
  ])('are described: %s', async (detail, text) => {
    expect(await parsePrivateKey(text, passphrase)).toMatchObject({ problem: 'malformed', detail });
  });

  it('are told when the ciphertext is no whole number of blocks', async () => {
    const { file } = makeKeyPair(temporaryDirectory(), { passphrase, extra: [...fast, '-Z', 'aes256-cbc'] });
    const cut = damaged(readFileSync(file, 'utf8'), (bytes) => {
      // The private section comes last, behind its length, which fits one byte.
      const at = bytes.lastIndexOf(Buffer.from([0, 0, 0, 144])) + 3;
      bytes[at] = 143;
      return bytes.subarray(0, -1);
    });
    expect(await parsePrivateKey(cut, passphrase)).toMatchObject({ detail: 'its private part has a wrong length' });
  });

  it('are told at any length they were cut to', async () => {
    const bytes = bytesOf(plain);
    for (let length = 0; length < bytes.length; length += 1)
      expect((await parsePrivateKey(damaged(plain, () => bytes.subarray(0, length)))).ok).toBe(false);
  });

  it('cannot make the reader stretch a passphrase for years', async () => {
    const text = replaced(encrypted, Buffer.from([0, 0, 0, 1]), Buffer.from([255, 255, 255, 255]));
    expect(await parsePrivateKey(text, passphrase)).toMatchObject({ problem: 'unsupported' });
  });

  it('are told when an authenticated ciphertext was changed', async () => {
    const extra = [...fast, '-Z', 'aes256-gcm@openssh.com'];
    const { file } = makeKeyPair(temporaryDirectory(), { passphrase, extra });
    const text = damaged(readFileSync(file, 'utf8'), (bytes) => (bytes.subarray(-40, -38).fill(0), bytes));
    expect(await parsePrivateKey(text, passphrase)).toMatchObject({ problem: 'wrong-passphrase' });
  });

  it('are described without the passphrase and without key material', async () => {
    const texts = [plain.replace('AAAA', 'AAAB'), encrypted, replaced(plain, key.raw, other, 2)];
    for (const text of texts) {
      const said = JSON.stringify(await parsePrivateKey(text, 'hunter2hunter2'));
      expect(said).not.toContain('hunter2');
      for (const line of text.split('\n').slice(1, -2)) expect(said).not.toContain(line.slice(0, 20));
    }
  });

  it('are still read when only an editor touched the line ends', async () => {
    expect((await parsePrivateKey(`\n${plain.replaceAll('\n', '\r\n')}\n`)).ok).toBe(true);
  });
});
