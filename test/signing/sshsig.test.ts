import { createHash } from 'node:crypto';
import fc from 'fast-check';
import nacl from 'tweetnacl';
import { describe, expect, it } from 'vitest';
import { signEd25519 } from '../../src/signing/ed25519.ts';
import { formatPublicKey, parsePublicKey, publicKeyOf } from '../../src/signing/public-key.ts';
import { signerFromSeed } from '../../src/signing/seed-signer.ts';
import { createSignature, parseSignature, verifySignature } from '../../src/signing/sshsig.ts';
import { wireString, wireUint32 } from '../../src/signing/wire.ts';
import { makeKeyPair, sshSign, sshVerify, temporaryDirectory } from './openssh.ts';
import { addOrder, IDENTITY } from './weak-points.ts';

const namespace = 'mreg.stage.v1';
const message = 'kind: Stage\n';
const seed = Buffer.alloc(32, 7);
const signer = signerFromSeed(seed, 'test');
const good = await createSignature(signer, namespace, message);

/** Namespaces chosen for the length of the last line: one of 40 characters fills it exactly. */
const namespaces = [namespace, 'git', 'n'.repeat(39), 'n'.repeat(40), 'n'.repeat(41)];

describe('against ssh-keygen', () => {
  it.each(namespaces)('ssh-keygen accepts what is signed here for %s', async (space) => {
    const armour = await createSignature(signer, space, message);
    const publicLine = formatPublicKey(signer.key);
    const said = sshVerify(temporaryDirectory(), { publicLine, armour, namespace: space, message });
    expect(said).toContain('Good "');
    expect(verifySignature({ armour, message, namespace: space })).toEqual({ ok: true, key: signer.key });
  });

  it.each(namespaces)('accepts what ssh-keygen signs for %s', (space) => {
    const { file, publicLine } = makeKeyPair(temporaryDirectory());
    const key = parsePublicKey(publicLine);
    const armour = sshSign(file, space, message);
    const expected = { ok: true, key: key.ok ? key.value : undefined };
    expect(verifySignature({ armour, message, namespace: space })).toEqual(expected);
    expect(verifySignature({ armour: Buffer.from(armour), message, namespace: space })).toEqual(expected);
  });

  it('refuses a signature of ssh-keygen over SHA-256', () => {
    const { file } = makeKeyPair(temporaryDirectory());
    check({ armour: sshSign(file, namespace, message, ['-O', 'hashalg=sha256']) }, 'hash');
  });

  it.each([
    ['rsa', '1024'],
    ['ecdsa', '256'],
  ])('refuses a signature of ssh-keygen by an %s key', (type, bits) => {
    const { file } = makeKeyPair(temporaryDirectory(), { type, extra: ['-b', bits] });
    check({ armour: sshSign(file, namespace, message) }, 'key-type');
  });
});

/** Parts of the blob inside the armour; a test replaces one. */
interface Parts {
  magic?: string;
  version?: number;
  key?: Uint8Array;
  namespace?: string;
  reserved?: string;
  hash?: string;
  signature?: Uint8Array;
  after?: string;
}

/** Seals and signs as `parts` say, so that nothing but the replaced part is wrong. */
function seal(parts: Parts): string {
  const { magic = 'SSHSIG', version = 1, reserved = '', hash = 'sha512' } = parts;
  const digest = createHash(hash === 'sha256' ? 'sha256' : 'sha512')
    .update(message)
    .digest();
  const space = parts.namespace ?? namespace;
  const fields = [wireString(space), wireString(reserved), wireString(hash)];
  const raw = signEd25519(seed, Buffer.concat([Buffer.from('SSHSIG'), ...fields, wireString(digest)]));
  return armour(
    Buffer.concat([
      Buffer.from(magic),
      wireUint32(version),
      wireString(parts.key ?? signer.key.blob),
      ...fields,
      wireString(parts.signature ?? signatureBlob(raw)),
      Buffer.from(parts.after ?? ''),
    ]),
  );
}

function signatureBlob(raw: Uint8Array, type = 'ssh-ed25519'): Buffer {
  return Buffer.concat([wireString(type), wireString(raw)]);
}

function armour(blob: Uint8Array, columns = 70): string {
  const base64 = Buffer.from(blob).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

function blobOf(text: string): Buffer {
  return Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64');
}

function rawOf(text: string): Uint8Array {
  const parsed = parseSignature(text);
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.value.signature;
}

function check(given: { armour: string | Uint8Array; message?: string; namespace?: string }, problem: string): void {
  expect(verifySignature({ message, namespace, ...given })).toMatchObject({ ok: false, problem });
}

it('accepts its own writing, so that each refusal below has one cause', () => {
  expect(seal({})).toBe(good);
  expect(verifySignature({ armour: good, message, namespace })).toEqual({ ok: true, key: signer.key });
});

describe('the armour', () => {
  it.each([
    ['CRLF line ends', good.replaceAll('\n', '\r\n')],
    ['no line end after the footer', good.trimEnd()],
    ['junk after the footer', `${good}junk\n`],
    ['an empty line after the footer', `${good}\n`],
    ['a second signature after the first', good + good],
    ['junk before the header', `junk\n${good}`],
    ['a space before the header', ` ${good}`],
    ['another header', good.replace('BEGIN SSH', 'BEGIN PGP')],
    ['another footer', good.replace('END SSH', 'END PGP')],
    ['a header alone', '-----BEGIN SSH SIGNATURE-----\n'],
    ['nothing inside', '-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n'],
    ['nothing', ''],
    ['lines of 64 characters', armour(blobOf(good), 64)],
    ['lines of 76 characters', armour(blobOf(good), 76)],
    ['one long line', armour(blobOf(good), 4000)],
    ['an empty line inside', good.replace('\n', '\n\n')],
    ['a space inside', good.replace('U1NI', 'U1NI ')],
    ['the alphabet for URLs', good.replace(/\n(?=----)/, '_\n')],
    ['a character that is not ASCII', good.replace('U1NI', 'U1NÍ')],
  ])('is refused with %s', (_, text) => {
    check({ armour: text }, 'armour');
  });

  it.each([
    ['a padding character too many', seal({ namespace: 'ab' }).replace(/(=*)\n-----END/, '$1=\n-----END')],
    ['padding left out', seal({ namespace: 'ab' }).replace(/=+\n-----END/, '\n-----END')],
    ['unused bits set', seal({ namespace: 'ab' }).replace(/.(=+)\n-----END/, '/$1\n-----END')],
    ['padding in the middle', good.replace('U1NI', 'U1N=')],
  ])('is refused with base64 that is not canonical: %s', (_, text) => {
    check({ armour: text, namespace: 'ab' }, 'base64');
  });

  it.each([
    [`junk\n${good}`, 'expected the line -----BEGIN SSH SIGNATURE----- first'],
    [`${good}junk\n`, 'expected the line -----END SSH SIGNATURE----- last'],
    [armour(blobOf(good), 64), 'expected lines of 70 characters, as ssh-keygen writes them'],
  ])('says what was expected', (text, detail) => {
    expect(parseSignature(text)).toEqual({ ok: false, problem: 'armour', detail });
  });

  it('is refused over its limit of size, before it is looked at', () => {
    check({ armour: 'x'.repeat(8193) }, 'too-large');
    check({ armour: Buffer.alloc(8193) }, 'too-large');
    check({ armour: armour(Buffer.alloc(5900)) }, 'magic');
  });
});

describe('the blob', () => {
  const raw = rawOf(good);
  const otherKey = Buffer.from(signer.key.blob).subarray(0, 40);
  it.each<[string, Parts, string]>([
    ['another magic', { magic: 'SSHSIX' }, 'magic'],
    ['version 0', { version: 0 }, 'version'],
    ['version 2', { version: 2 }, 'version'],
    ['a reserved field that is set', { reserved: 'x' }, 'reserved'],
    ['SHA-256', { hash: 'sha256' }, 'hash'],
    ['an unknown hash', { hash: 'sha-512' }, 'hash'],
    ['no namespace', { namespace: '' }, 'namespace'],
    ['another namespace', { namespace: 'mreg.approval.v1' }, 'namespace'],
    ['a namespace that goes on after a NUL', { namespace: `${namespace}\0` }, 'namespace'],
    ['a byte after the signature', { after: '\0' }, 'trailing'],
    ['a key that is cut', { key: otherKey }, 'key-type'],
    ['no key', { key: Buffer.alloc(0) }, 'key-type'],
    ['a key with a byte behind it', { key: Buffer.concat([signer.key.blob, Buffer.alloc(1)]) }, 'key-type'],
    ['another signature type', { signature: signatureBlob(raw, 'ssh-rsa') }, 'signature-format'],
    ['a signature of 63 bytes', { signature: signatureBlob(raw.subarray(1)) }, 'signature-format'],
    [
      'a signature of 65 bytes',
      { signature: signatureBlob(Buffer.concat([raw, raw.subarray(63)])) },
      'signature-format',
    ],
    ['bytes inside, behind the signature', { signature: Buffer.concat([signatureBlob(raw), raw]) }, 'signature-format'],
    ['a signature of zeros', { signature: signatureBlob(new Uint8Array(64)) }, 'mismatch'],
  ])('is refused with %s', (_, parts, problem) => {
    check({ armour: seal(parts) }, problem);
  });

  it('is refused when it ends early, at every length', () => {
    const blob = blobOf(good);
    for (let length = 10; length < blob.length; length += 1)
      check({ armour: armour(blob.subarray(0, length)) }, 'truncated');
  });
});

describe('attacks', () => {
  it('refuses a copy with S+L, which tweetnacl accepts as a second signature of the same bytes', () => {
    const malleated = addOrder(rawOf(good));
    const parsed = parseSignature(good);
    expect(parsed.ok).toBe(true);
    const digest = createHash('sha512').update(message).digest();
    const fields = [wireString(namespace), wireString(''), wireString('sha512'), wireString(digest)];
    const signed = Buffer.concat([Buffer.from('SSHSIG'), ...fields]);
    expect(nacl.sign.detached.verify(signed, malleated, signer.key.raw)).toBe(true);
    check({ armour: seal({ signature: signatureBlob(malleated) }) }, 'scalar');
  });

  it('refuses a signature that holds for every message, though ssh-keygen says Good', () => {
    const key = publicKeyOf(IDENTITY);
    // R is the identity and S is 0: the equation S·B = R + h·A holds whatever h is.
    const forged = seal({ key: key.blob, signature: signatureBlob(Buffer.concat([IDENTITY, Buffer.alloc(32)])) });
    const given = { publicLine: formatPublicKey(key), armour: forged, namespace };
    expect(sshVerify(temporaryDirectory(), { ...given, message: 'never signed by anyone' })).toContain('Good "');
    check({ armour: forged, message: 'never signed by anyone' }, 'weak-key');
  });

  it('refuses a signature of one document for another', () => {
    check({ armour: good, message: `${message} ` }, 'mismatch');
  });

  it('refuses a signature when the key inside is exchanged for another', () => {
    check({ armour: seal({ key: signerFromSeed(Buffer.alloc(32, 8), 'other').key.blob }) }, 'mismatch');
  });

  it('refuses a namespace that is not UTF-8, even where a decoder would show it as the same text', () => {
    const blob = Buffer.from(blobOf(seal({ namespace: '?' })));
    blob[blob.indexOf('?')] = 0xff;
    check({ armour: armour(blob), namespace: '\ufffd' }, 'mismatch');
  });

  it('refuses the armour with any single bit flipped', () => {
    const bytes = Buffer.from(good);
    for (const [at, byte] of bytes.entries()) {
      const flipped = Buffer.from(bytes);
      flipped[at] = byte ^ (1 << (at % 8));
      expect(verifySignature({ armour: flipped, message, namespace }).ok).toBe(false);
    }
  });

  it('refuses any flipped byte of the document', () => {
    const at = fc.integer({ min: 0, max: message.length - 1 });
    fc.assert(
      fc.property(at, fc.integer({ min: 1, max: 255 }), (index, mask) => {
        const flipped = Buffer.from(message);
        flipped[index] = (flipped[index] ?? 0) ^ mask;
        expect(verifySignature({ armour: good, message: flipped, namespace }).ok).toBe(false);
      }),
    );
  });

  it('never throws on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(verifySignature({ armour: bytes, message, namespace }).ok).toBe(false);
        const sealed = armour(Buffer.concat([Buffer.from('SSHSIG'), wireUint32(1), bytes]));
        expect(verifySignature({ armour: sealed, message, namespace }).ok).toBe(false);
      }),
    );
  });
});

describe('createSignature', () => {
  it('makes signatures that verify, for any message and namespace', async () => {
    const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), anyText, async (bytes, space) => {
        const made = await createSignature(signer, space, bytes);
        expect(verifySignature({ armour: made, message: bytes, namespace: space }).ok).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it('refuses what a signer returns when its own key does not verify it', async () => {
    const broken = { ...signer, origin: 'broken agent', sign: () => Promise.resolve(new Uint8Array(64)) };
    await expect(createSignature(broken, namespace, message)).rejects.toMatchObject({
      code: 'bad-key',
      message: 'broken agent returned a signature that its own public key does not verify',
    });
  });
});
