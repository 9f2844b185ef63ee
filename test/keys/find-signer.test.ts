import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSigner, type SignerSearch } from '../../src/keys/find-signer.ts';
import { defaultKeyPath, sshKeyPath } from '../../src/keys/key-places.ts';
import { formatPublicKey } from '../../src/signing/public-key.ts';
import { makeKeyPair, temporaryDirectory } from '../signing/openssh.ts';
import { startAgent } from './agent.ts';

/** A search in an empty home, without configuration, agent or terminal. */
function searchIn(home: string, given: Partial<SignerSearch> & { readonly git?: Record<string, string> } = {}) {
  const { git = {}, ...rest } = given;
  const gitConfig = (name: string) => Promise.resolve(git[name]);
  return { home, env: {}, gitConfig, ...rest } satisfies SignerSearch;
}

/** Makes a key pair and puts it at `place`. */
function keyAt(place: string): string {
  mkdirSync(path.dirname(place), { recursive: true });
  const { file, publicLine } = makeKeyPair(path.dirname(place));
  renameSync(file, place);
  renameSync(`${file}.pub`, `${place}.pub`);
  return publicLine;
}

async function lineFound(search: SignerSearch): Promise<string> {
  return `${formatPublicKey((await findSigner(search)).key)} tester\n`;
}

async function check(search: SignerSearch, expected: object): Promise<void> {
  await expect(findSigner(search)).rejects.toMatchObject(expected);
}

describe('the order of the search', () => {
  it('takes each place only when those before it are empty', async () => {
    const home = temporaryDirectory();
    const agentKey = makeKeyPair(home);
    const agent = { SSH_AUTH_SOCK: startAgent(home, [agentKey.file]) };
    const named = keyAt(path.join(home, 'named'));
    const fromEnv = keyAt(path.join(home, 'env'));
    const fromGit = keyAt(path.join(home, 'git'));
    const git = { 'user.signingKey': path.join(home, 'git') };
    const own = keyAt(sshKeyPath({ home, env: {} }));

    expect(await lineFound(searchIn(home))).toBe(own);
    expect(await lineFound(searchIn(home, { env: agent }))).toBe(agentKey.publicLine);
    expect(await lineFound(searchIn(home, { env: agent, git }))).toBe(fromGit);
    const mregs = keyAt(defaultKeyPath({ home, env: {} }));
    expect(await lineFound(searchIn(home, { env: agent, git }))).toBe(mregs);
    const env = { ...agent, MREG_KEY: path.join(home, 'env') };
    expect(await lineFound(searchIn(home, { env, git }))).toBe(fromEnv);
    expect(await lineFound(searchIn(home, { env, git, key: path.join(home, 'named') }))).toBe(named);
  });

  it('says every way out when there is no key', async () => {
    const hint =
      'make one: mreg key generate; or name one: --key <file>, MREG_KEY, or git config user.signingKey <file>';
    await check(searchIn(temporaryDirectory()), { code: 'no-key', hint });
  });

  it('does not go on when what was named is broken', async () => {
    const home = temporaryDirectory();
    keyAt(sshKeyPath({ home, env: {} }));
    const none = path.join(home, 'none');
    await check(searchIn(home, { key: none }), { code: 'no-key' });
    await check(searchIn(home, { env: { MREG_KEY: none } }), { code: 'no-key' });
    await check(searchIn(home, { git: { 'user.signingKey': none } }), { code: 'no-key' });
  });

  it('takes an empty variable for none', async () => {
    const home = temporaryDirectory();
    const own = keyAt(sshKeyPath({ home, env: {} }));
    const env = { MREG_KEY: '', SSH_AUTH_SOCK: '', MREG_PASSPHRASE: '' };
    expect(await lineFound(searchIn(home, { key: '', env, git: { 'user.signingKey': '' } }))).toBe(own);
  });
});

describe('the agent', () => {
  it('is not chosen from when it holds several keys', async () => {
    const home = temporaryDirectory();
    const files = [makeKeyPair(home).file, makeKeyPair(home).file];
    const env = { SSH_AUTH_SOCK: startAgent(home, files) };
    await check(searchIn(home, { env }), { code: 'no-key', message: expect.stringContaining('holds 2 of them') });
    const own = keyAt(sshKeyPath({ home, env: {} }));
    expect(await lineFound(searchIn(home, { env }))).toBe(own);
  });

  it('is mentioned when it is gone and there is no other key', async () => {
    const home = temporaryDirectory();
    const env = { SSH_AUTH_SOCK: path.join(home, 'gone') };
    await check(searchIn(home, { env }), { code: 'no-key', message: expect.stringContaining('does not answer') });
  });

  it('signs for a public key that was named literally, and only for that', async () => {
    const home = temporaryDirectory();
    const [one, two, absent] = [makeKeyPair(home), makeKeyPair(home), makeKeyPair(home)];
    const env = { SSH_AUTH_SOCK: startAgent(home, [one.file, two.file]) };
    const literals = [two.publicLine, two.publicLine.trim(), `key::${two.publicLine.trim()}`];
    for (const literal of literals) {
      expect(await lineFound(searchIn(home, { env, git: { 'user.signingKey': literal } }))).toBe(two.publicLine);
      expect(await lineFound(searchIn(home, { env, key: literal }))).toBe(two.publicLine);
    }
    await check(searchIn(home, { env, key: absent.publicLine }), { code: 'no-key' });
    await check(searchIn(home, { key: two.publicLine }), { code: 'no-key' });
    await check(searchIn(home, { env, key: 'ssh-rsa AAAA' }), { code: 'bad-key' });
    await check(searchIn(home, { env, key: 'key::ssh-ed25519 AAAA' }), { code: 'bad-key' });
  });
});

describe("git's user.signingKey", () => {
  it.each([
    ['a path under ~', '~/git', undefined],
    ['a public file', '~/git.pub', undefined],
    ['a path, with gpg.format', '~/git', 'ssh'],
  ])('is followed: %s', async (_, value, format) => {
    const home = temporaryDirectory();
    const line = keyAt(path.join(home, 'git'));
    const git = { 'user.signingKey': value, ...(format === undefined ? {} : { 'gpg.format': format }) };
    expect(await lineFound(searchIn(home, { git }))).toBe(line);
  });

  it('is left alone when it is an OpenPGP key', async () => {
    const home = temporaryDirectory();
    const own = keyAt(sshKeyPath({ home, env: {} }));
    expect(await lineFound(searchIn(home, { git: { 'user.signingKey': '0xDEADBEEF' } }))).toBe(own);
    await check(searchIn(home, { git: { 'user.signingKey': '0xDEADBEEF', 'gpg.format': 'ssh' } }), { code: 'no-key' });
  });
});

describe('passphrases', () => {
  const passphrase = 'open sesame';
  it('come from MREG_PASSPHRASE first, then from the person at the terminal', async () => {
    const home = temporaryDirectory();
    const { file: key, publicLine } = makeKeyPair(home, { passphrase, extra: ['-a', '1'] });
    const asked: string[] = [];
    const askPassphrase = (what: string) => Promise.resolve(asked.push(what) > 0 ? passphrase : undefined);
    expect(await lineFound(searchIn(home, { key, askPassphrase }))).toBe(publicLine);
    expect(asked).toEqual([key]);
    const env = { MREG_PASSPHRASE: passphrase };
    expect(await lineFound(searchIn(home, { key, env, askPassphrase }))).toBe(publicLine);
    expect(asked).toEqual([key]);
    await check(searchIn(home, { key, env: { MREG_PASSPHRASE: 'no' } }), { code: 'wrong-passphrase' });
    await check(searchIn(home, { key }), { code: 'no-key', hint: expect.stringContaining('MREG_PASSPHRASE') });
  });
});

describe('a private key given as text', () => {
  it('is read from MREG_KEY, also when its line breaks were lost', async () => {
    const home = temporaryDirectory();
    const { file, publicLine } = makeKeyPair(home);
    const text = readFileSync(file, 'utf8');
    expect(await lineFound(searchIn(home, { env: { MREG_KEY: text } }))).toBe(publicLine);
    expect(await lineFound(searchIn(home, { env: { MREG_KEY: text.replaceAll('\n', ' ') } }))).toBe(publicLine);
  });

  it('is refused on the command line, and never printed', async () => {
    const home = temporaryDirectory();
    const text = readFileSync(makeKeyPair(home).file, 'utf8');
    const damaged = text.replace('b3Bl', 'b3Bm');
    for (const search of [searchIn(home, { key: text }), searchIn(home, { env: { MREG_KEY: damaged } })]) {
      const error: unknown = await findSigner(search).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'bad-key' });
      const said = JSON.stringify([error, String(error), error instanceof Error && error.stack]);
      for (const line of text.split('\n').slice(1, -2)) expect(said).not.toContain(line);
    }
  });
});
