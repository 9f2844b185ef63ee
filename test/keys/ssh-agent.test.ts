import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentSigners } from '../../src/keys/ssh-agent.ts';
import { formatPublicKey } from '../../src/signing/public-key.ts';
import { signerFromSeed } from '../../src/signing/seed-signer.ts';
import { createSignature, verifySignature } from '../../src/signing/sshsig.ts';
import { wireString, wireUint32 } from '../../src/signing/wire.ts';
import { makeKeyPair, temporaryDirectory } from '../signing/openssh.ts';
import { startAgent, startFalseAgent } from './agent.ts';

const namespace = 'mreg.stage.v1';
const message = 'kind: Stage\n';
const { key } = signerFromSeed(Buffer.alloc(32, 2), 'test');

describe('a real ssh-agent', () => {
  it('signs with each of its Ed25519 keys, and other keys are passed over', async () => {
    const directory = temporaryDirectory();
    const [one, two] = [makeKeyPair(directory), makeKeyPair(directory)];
    const other = makeKeyPair(directory, { type: 'ecdsa' });
    const signers = await agentSigners(startAgent(directory, [one.file, other.file, two.file]));
    const lines = signers.map((signer) => `${formatPublicKey(signer.key)} ${signer.comment}\n`);
    expect(lines).toEqual([one.publicLine, two.publicLine]);
    for (const signer of signers) {
      const armour = await createSignature(signer, namespace, message);
      expect(verifySignature({ armour, message, namespace })).toEqual({ ok: true, key: signer.key });
    }
  });

  it('holds nothing', async () => {
    expect(await agentSigners(startAgent(temporaryDirectory()))).toEqual([]);
  });
});

/** One identity, as an agent lists it. */
const listing = reply(12, wireUint32(1), wireString(key.blob), wireString('tester'));

function reply(type: number, ...parts: Uint8Array[]): Uint8Array {
  return wireString(Buffer.concat([Uint8Array.of(type), ...parts]));
}

describe('an agent that misbehaves', () => {
  it.each<[string, Uint8Array, string]>([
    ['refuses', reply(5), 'no-key'],
    ['answers another question', reply(14, wireString('')), 'no-key'],
    ['answers nothing at all', wireString(''), 'no-key'],
    ['promises more keys than it sends', reply(12, wireUint32(2), wireString(key.blob), wireString('')), 'bad-key'],
    ['promises four thousand million keys', reply(12, Buffer.alloc(4, 255)), 'bad-key'],
    ['cuts a key', reply(12, wireUint32(1), wireUint32(99)), 'bad-key'],
    ['hangs up in the middle', Buffer.from([0, 0, 0, 9, 12]), 'bad-key'],
  ])('is an error when it %s', async (_, bytes, code) => {
    const socketPath = await startFalseAgent(temporaryDirectory(), (socket) => socket.end(bytes));
    await expect(agentSigners(socketPath)).rejects.toMatchObject({ code, hint: expect.any(String) });
  });

  it('is an error when it never answers', async () => {
    const socketPath = await startFalseAgent(temporaryDirectory(), () => undefined);
    const patience = { listTimeoutMs: 20, signTimeoutMs: 20 };
    await expect(agentSigners(socketPath, patience)).rejects.toMatchObject({
      code: 'no-key',
      message: 'ssh-agent does not answer',
    });
  });

  it('is not waited for when it promises more bytes than are allowed', async () => {
    const socketPath = await startFalseAgent(temporaryDirectory(), (socket) => socket.write(Buffer.alloc(4, 255)));
    const patience = { listTimeoutMs: 2000, signTimeoutMs: 2000 };
    await expect(agentSigners(socketPath, patience)).rejects.toMatchObject({ code: 'bad-key' });
  });

  it('is an error when nobody listens, or the socket is a file', async () => {
    const directory = temporaryDirectory();
    const { file } = makeKeyPair(directory);
    for (const socketPath of [path.join(directory, 'none'), file])
      await expect(agentSigners(socketPath)).rejects.toMatchObject({ code: 'no-key' });
    expect(readFileSync(file, 'utf8')).toContain('PRIVATE KEY');
  });

  it('passes over a key that anyone could sign for', async () => {
    const weak = Buffer.concat([wireString('ssh-ed25519'), wireString(new Uint8Array(32))]);
    const list = reply(12, wireUint32(1), wireString(weak), wireString('weak'));
    const socketPath = await startFalseAgent(temporaryDirectory(), (socket) => socket.end(list));
    expect(await agentSigners(socketPath)).toEqual([]);
  });

  it('reads an answer that comes in pieces', async () => {
    const socketPath = await startFalseAgent(temporaryDirectory(), (socket) => {
      const [first, ...rest] = listing;
      socket.write(Uint8Array.of(first ?? 0), () => socket.end(Uint8Array.from(rest)));
    });
    expect(await agentSigners(socketPath)).toHaveLength(1);
  });

  it.each<[string, Uint8Array, string]>([
    ['refuses to sign', reply(5), 'no-key'],
    ['signs with another algorithm', signature('ssh-rsa', Buffer.alloc(64)), 'bad-key'],
    ['cuts the signature', reply(14, wireUint32(99)), 'bad-key'],
    ['returns a signature that does not hold', signature('ssh-ed25519', Buffer.alloc(64)), 'bad-key'],
    ['returns a short signature', signature('ssh-ed25519', Buffer.alloc(10)), 'bad-key'],
  ])('makes no signature when it %s', async (_, bytes, code) => {
    let answers = 0;
    const socketPath = await startFalseAgent(temporaryDirectory(), (socket) => {
      answers += 1;
      socket.end(answers === 1 ? listing : bytes);
    });
    const [signer] = await agentSigners(socketPath);
    await expect(signer && createSignature(signer, namespace, message)).rejects.toMatchObject({ code });
  });

  it('returns no bytes of another algorithm', async () => {
    let answers = 0;
    const socketPath = await startFalseAgent(temporaryDirectory(), (socket) => {
      answers += 1;
      socket.end(answers === 1 ? listing : signature('ssh-rsa', Buffer.alloc(64)));
    });
    const [signer] = await agentSigners(socketPath);
    await expect(signer?.sign(Buffer.from(message))).rejects.toMatchObject({ code: 'bad-key' });
  });
});

function signature(type: string, raw: Uint8Array): Uint8Array {
  return reply(14, wireString(Buffer.concat([wireString(type), wireString(raw)])));
}
