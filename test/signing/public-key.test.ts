import { describe, expect, it } from 'vitest';
import { fingerprintOf, formatPublicKey, parsePublicKey, publicKeyOf, sameKey } from '../../src/signing/public-key.ts';
import { signerFromSeed } from '../../src/signing/seed-signer.ts';
import { wireString } from '../../src/signing/wire.ts';
import { makeKeyPair, sshKeygen, temporaryDirectory } from './openssh.ts';
import { NON_CANONICAL, TORSION_ENCODINGS } from './weak-points.ts';

const key = signerFromSeed(Buffer.alloc(32, 5), 'test').key;
const line = formatPublicKey(key);

function problemOf(text: string): string {
  const reading = parsePublicKey(text);
  if (reading.ok) throw new Error(`was accepted: ${text}`);
  return reading.problem;
}

function lineOf(...fields: (Uint8Array | string)[]): string {
  return `ssh-ed25519 ${Buffer.concat(fields.map((field) => wireString(field))).toString('base64')}`;
}

describe('parsePublicKey', () => {
  it.each([line, `${line} a comment`, `${line}\n`, `${line} tester\n`])('reads %j', (text) => {
    const reading = parsePublicKey(text);
    expect(reading.ok && sameKey(reading.value, key)).toBe(true);
  });

  it('reads what ssh-keygen writes, and prints the same fingerprint', () => {
    const { file, publicLine } = makeKeyPair(temporaryDirectory());
    const reading = parsePublicKey(publicLine);
    const fingerprint = reading.ok ? fingerprintOf(reading.value) : reading.problem;
    expect(sshKeygen(['-l', '-f', `${file}.pub`])).toContain(` ${fingerprint} `);
    expect(reading.ok && formatPublicKey(reading.value)).toBe(publicLine.split(' ').slice(0, 2).join(' '));
  });

  it.each([
    ['nothing', '', 'expected "ssh-ed25519'],
    ['no base64', 'ssh-ed25519', 'expected "ssh-ed25519'],
    ['two spaces', line.replace(' ', '  '), 'expected "ssh-ed25519'],
    ['a leading space', ` ${line}`, 'expected "ssh-ed25519'],
    ['options in front', `no-pty ${line}`, 'expected a key of type'],
    ['a second line', `${line}\n${line}\n`, 'expected "ssh-ed25519'],
    ['a carriage return', `${line}\r\n`, 'expected "ssh-ed25519'],
    ['another type', line.replace('ssh-ed25519', 'ssh-rsa'), 'expected a key of type'],
    ['a capital in the type', line.replace('ssh-ed', 'SSH-ed'), 'expected a key of type'],
    ['padding that does not belong', `${line}=`, 'not canonical'],
    ['a character outside base64', line.replace('AAAAC3', 'AAAA-3'), 'not canonical'],
    ['another type inside', lineOf('ssh-ed448', key.raw), 'not of type'],
    ['31 bytes', lineOf('ssh-ed25519', key.raw.subarray(1)), 'not 32 bytes'],
    ['33 bytes', lineOf('ssh-ed25519', Buffer.concat([key.raw, Buffer.alloc(1)])), 'not 32 bytes'],
    ['a field after the key', lineOf('ssh-ed25519', key.raw, ''), 'not 32 bytes'],
    ['no key inside', lineOf('ssh-ed25519'), 'not 32 bytes'],
    ['a line too long', `${line} ${'c'.repeat(1000)}`, 'too long'],
  ])('refuses %s', (_, text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  it.each(TORSION_ENCODINGS)('refuses a key that anyone could sign for: %s', (_, raw) => {
    expect(problemOf(formatPublicKey(publicKeyOf(raw)))).toMatch(/small order|not written canonically/);
  });

  it('refuses a second spelling of a key', () => {
    for (const raw of NON_CANONICAL)
      expect(problemOf(formatPublicKey(publicKeyOf(raw)))).toContain('not written canonically');
  });
});

it('tells keys apart by their bytes', () => {
  expect(sameKey(key, publicKeyOf(key.raw))).toBe(true);
  expect(sameKey(key, signerFromSeed(Buffer.alloc(32, 6), 'test').key)).toBe(false);
});
