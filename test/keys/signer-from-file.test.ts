import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openKeyFile } from '../../src/keys/signer-from-file.ts';
import { formatPublicKey } from '../../src/signing/public-key.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { createSignature, verifySignature } from '../../src/signing/sshsig.ts';
import { makeKeyPair, sshKeygen, temporaryDirectory } from '../signing/openssh.ts';
import { startAgent } from './agent.ts';

const passphrase = 'open sesame';
const nobody = { passphrase: () => Promise.resolve(undefined) };
const person = { passphrase: () => Promise.resolve(passphrase) };
const wrong = { passphrase: () => Promise.resolve('guessed wrong') };
const never = { passphrase: () => Promise.reject(new Error('asked for a passphrase')) };

function lineOf(signer: Signer): string {
  return `${formatPublicKey(signer.key)} tester\n`;
}

describe('openKeyFile', () => {
  it('opens a private key, which signs', async () => {
    const { file, publicLine } = makeKeyPair(temporaryDirectory());
    const signer = await openKeyFile(file, never);
    expect([lineOf(signer), signer.origin]).toEqual([publicLine, file]);
    const armour = await createSignature(signer, 'git', 'message');
    expect(verifySignature({ armour, message: 'message', namespace: 'git' }).ok).toBe(true);
  });

  it('opens the private key beside a public one', async () => {
    const { file, publicLine } = makeKeyPair(temporaryDirectory());
    const signer = await openKeyFile(`${file}.pub`, never);
    expect([lineOf(signer), signer.origin]).toEqual([publicLine, file]);
  });

  it('finds the private key of a public one in the agent', async () => {
    const directory = temporaryDirectory();
    const { file, publicLine } = makeKeyPair(directory);
    const agentSocket = startAgent(directory, [file]);
    renameSync(file, `${file}.away`);
    const signer = await openKeyFile(`${file}.pub`, { ...never, agentSocket });
    expect([lineOf(signer), signer.origin]).toEqual([publicLine, 'ssh-agent']);
  });

  it('asks for the passphrase of an encrypted key', async () => {
    const { file, publicLine } = makeKeyPair(temporaryDirectory(), { passphrase, extra: ['-a', '1'] });
    expect(lineOf(await openKeyFile(file, person))).toBe(publicLine);
  });

  it('does not ask when the agent holds the key already', async () => {
    const directory = temporaryDirectory();
    const { file } = makeKeyPair(directory);
    const agentSocket = startAgent(directory, [file]);
    const locked = path.join(directory, 'locked');
    renameSync(file, locked);
    encrypt(locked);
    expect((await openKeyFile(locked, { ...never, agentSocket })).origin).toBe('ssh-agent');
  });

  it('asks when the agent is gone', async () => {
    const directory = temporaryDirectory();
    const { file } = makeKeyPair(directory, { passphrase, extra: ['-a', '1'] });
    const agentSocket = path.join(directory, 'no agent');
    expect((await openKeyFile(file, { ...person, agentSocket })).origin).toBe(file);
  });
});

describe('openKeyFile refuses', () => {
  it('a file that is not there, a folder, and a file that is no key', async () => {
    const directory = temporaryDirectory();
    await check(path.join(directory, 'none'), { code: 'no-key' });
    mkdirSync(path.join(directory, 'folder'));
    await check(path.join(directory, 'folder'), { code: 'bad-key' });
    writeFileSync(path.join(directory, 'text'), 'hello\n', { mode: 0o600 });
    await check(path.join(directory, 'text'), { code: 'bad-key' });
    await check(path.join(directory, 'text', 'inside'), { code: 'no-key' });
  });

  it('an encrypted key when there is nobody to ask, and names every way out', async () => {
    const { file } = makeKeyPair(temporaryDirectory(), { passphrase, extra: ['-a', '1'] });
    const hint = `set MREG_PASSPHRASE, run this in a terminal, or load the key: ssh-add ${file}`;
    await check(file, { code: 'no-key', hint });
  });

  it('a wrong passphrase, which it does not repeat', async () => {
    const { file } = makeKeyPair(temporaryDirectory(), { passphrase, extra: ['-a', '1'] });
    const error: unknown = await openKeyFile(file, wrong).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'wrong-passphrase' });
    expect(JSON.stringify([error, String(error)])).not.toContain('guessed wrong');
  });

  it.each([0o644, 0o640, 0o604, 0o660])('a private key with mode %o, as ssh does', async (mode) => {
    const { file } = makeKeyPair(temporaryDirectory());
    chmodSync(file, mode);
    await check(file, { code: 'bad-key', hint: `chmod 600 ${file}` });
  });

  it.each(['rsa', 'ecdsa'])('an %s key, private or public', async (type) => {
    const extra = type === 'rsa' ? ['-b', '1024'] : [];
    const { file } = makeKeyPair(temporaryDirectory(), { type, extra });
    for (const named of [file, `${file}.pub`])
      await check(named, { code: 'bad-key', hint: 'make an Ed25519 key: mreg key generate' });
  });

  it('a public key whose private half is nowhere', async () => {
    const { file } = makeKeyPair(temporaryDirectory());
    renameSync(file, `${file}.away`);
    await check(`${file}.pub`, { code: 'no-key', message: expect.stringContaining('SHA256:') });
  });

  it('a public key beside the private half of another', async () => {
    const directory = temporaryDirectory();
    const [one, two] = [makeKeyPair(directory), makeKeyPair(directory)];
    renameSync(two.file, one.file);
    await check(`${one.file}.pub`, { code: 'bad-key' });
  });
});

async function check(file: string, expected: object): Promise<void> {
  await expect(openKeyFile(file, nobody)).rejects.toMatchObject(expected);
}

function encrypt(file: string): void {
  sshKeygen(['-q', '-p', '-P', '', '-N', passphrase, '-a', '1', '-f', file]);
}
