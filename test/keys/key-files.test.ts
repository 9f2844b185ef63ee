import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateKeyFile, listKeys, readPublicKey } from '../../src/keys/key-files.ts';
import { defaultKeyPath } from '../../src/keys/key-places.ts';
import { openKeyFile } from '../../src/keys/signer-from-file.ts';
import { formatPublicKey } from '../../src/signing/public-key.ts';
import { makeKeyPair, sshKeygen, temporaryDirectory } from '../signing/openssh.ts';
import { startAgent } from './agent.ts';

describe('generateKeyFile', () => {
  it.each([undefined, 'open sesame'])(
    'makes a pair that ssh-keygen reads, with the passphrase %j',
    async (passphrase) => {
      const file = path.join(temporaryDirectory(), 'new', 'folder', 'key');
      const made = await generateKeyFile({ path: file, comment: 'alice@acme.example', passphrase });
      const line = `${formatPublicKey(made.key)} alice@acme.example\n`;
      expect(sshKeygen(['-y', '-P', passphrase ?? '', '-f', file])).toBe(line);
      expect(readFileSync(made.publicPath, 'utf8')).toBe(line);
      expect(sshKeygen(['-l', '-f', made.publicPath])).toContain(made.fingerprint);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const signer = await openKeyFile(file, { passphrase: () => Promise.resolve(passphrase) });
      expect(formatPublicKey(signer.key)).toBe(formatPublicKey(made.key));
    },
  );

  it('makes another key each time', async () => {
    const directory = temporaryDirectory();
    const made = [1, 2].map((n) => generateKeyFile({ path: path.join(directory, `k${n}`), comment: '' }));
    const [one, two] = await Promise.all(made);
    expect(one?.fingerprint).not.toBe(two?.fingerprint);
  });

  it('never overwrites a key, nor leaves half a pair', async () => {
    const file = path.join(temporaryDirectory(), 'key');
    writeFileSync(`${file}.pub`, 'kept');
    await expect(generateKeyFile({ path: file, comment: '' })).rejects.toMatchObject({ code: 'exists' });
    expect(existsSync(file)).toBe(false);
    expect(readFileSync(`${file}.pub`, 'utf8')).toBe('kept');
    writeFileSync(file, 'kept too');
    await expect(generateKeyFile({ path: file, comment: '' })).rejects.toMatchObject({ code: 'exists' });
    expect(readFileSync(file, 'utf8')).toBe('kept too');
  });

  it('refuses a comment that would end the line', async () => {
    const file = path.join(temporaryDirectory(), 'key');
    const comment = 'alice\nssh-ed25519 AAAA';
    await expect(generateKeyFile({ path: file, comment })).rejects.toMatchObject({ code: 'usage' });
    expect(existsSync(file)).toBe(false);
  });

  it('says so when the folder cannot be made', async () => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, 'file'), '');
    const given = { path: path.join(directory, 'file', 'key'), comment: '' };
    await expect(generateKeyFile(given)).rejects.toMatchObject({ code: 'disk' });
  });
});

describe('listKeys', () => {
  it('lists each key once, with every place it was found in', async () => {
    const home = temporaryDirectory();
    const ssh = path.join(home, '.ssh');
    mkdirSync(ssh);
    const own = await generateKeyFile({ path: defaultKeyPath({ home, env: {} }), comment: 'mine' });
    const both = makeKeyPair(ssh);
    const inAgent = makeKeyPair(home);
    makeKeyPair(ssh, { type: 'ecdsa' });
    writeFileSync(path.join(ssh, 'broken.pub'), 'ssh-ed25519 AAAA\n');
    mkdirSync(path.join(ssh, 'folder.pub'));
    const env = { SSH_AUTH_SOCK: startAgent(home, [both.file, inAgent.file]) };
    const listed = await listKeys({ home, env });
    expect(listed.map(({ comment, origins }) => ({ comment, origins }))).toEqual([
      { comment: 'mine', origins: [own.publicPath] },
      { comment: 'tester', origins: [`${both.file}.pub`, 'ssh-agent'] },
      { comment: 'tester', origins: ['ssh-agent'] },
    ]);
    expect(listed[0]?.fingerprint).toBe(own.fingerprint);
  });

  it('is empty in an empty home, and when the agent is gone', async () => {
    const home = temporaryDirectory();
    expect(await listKeys({ home, env: {} })).toEqual([]);
    expect(await listKeys({ home, env: { SSH_AUTH_SOCK: path.join(home, 'gone') } })).toEqual([]);
  });
});

describe('readPublicKey', () => {
  it('reads a line, a public file, and the public half of an encrypted private file', async () => {
    const home = temporaryDirectory();
    const { file, publicLine } = makeKeyPair(home, { passphrase: 'open sesame', extra: ['-a', '1'] });
    const tilde = `~/${path.basename(file)}.pub`;
    for (const value of [publicLine, `key::${publicLine.trim()}`, `${file}.pub`, file, tilde])
      expect(`${formatPublicKey(await readPublicKey(value, { home, env: {} }))} tester\n`).toBe(publicLine);
  });

  it('refuses what is no Ed25519 key', async () => {
    const home = temporaryDirectory();
    const { file } = makeKeyPair(home, { type: 'ecdsa' });
    const places = { home, env: {} };
    for (const value of [file, `${file}.pub`, 'ssh-rsa AAAA', 'ssh-ed25519 AAAA'])
      await expect(readPublicKey(value, places)).rejects.toMatchObject({ code: 'bad-key' });
    await expect(readPublicKey(path.join(home, 'none'), places)).rejects.toMatchObject({ code: 'no-key' });
  });
});

describe('the place of new keys', () => {
  it.each([
    [{}, '/home/a/.config/mreg/id_ed25519'],
    [{ XDG_CONFIG_HOME: '/etc/a' }, '/etc/a/mreg/id_ed25519'],
    [{ XDG_CONFIG_HOME: 'relative' }, '/home/a/.config/mreg/id_ed25519'],
    [{ XDG_CONFIG_HOME: '' }, '/home/a/.config/mreg/id_ed25519'],
  ])('with %j is %s', (env, expected) => {
    expect(defaultKeyPath({ home: '/home/a', env })).toBe(expected);
  });
});
