import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Statement } from '../../src/documents/in-toto.ts';
import { preAuthenticationEncoding, type Bundle } from '../../src/signing/dsse.ts';
import { writeFiles } from '../support/git.ts';
import { makeRegistry, mustSucceed, template, type TestRegistry } from '../support/registry.ts';

/** One version of two files in staging. */
const promoted = template(async (home) => {
  const registry = await makeRegistry({ home });
  const folder = join(registry.home, 'model');
  writeFiles(folder, { 'a.txt': 'first', 'sub/b.txt': 'second' });
  mustSucceed(await registry.mreg(['register', 'fraud', folder]));
  mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
  return registry;
});

const hexOf = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

async function attest(registry: TestRegistry, args: readonly string[]): Promise<{ bundle: Bundle; said: Statement }> {
  const { stdout } = mustSucceed(await registry.mreg(args));
  const bundle = JSON.parse(stdout) as Bundle;
  return { bundle, said: JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()) as Statement };
}

/** Verifies with openssl, which knows nothing of this program; throws when the signature is not good. */
function opensslVerify(registry: TestRegistry, { dsseEnvelope }: Bundle, pem: string): void {
  const { payloadType, payload, signatures } = dsseEnvelope;
  const [message, signature] = [join(registry.home, 'message'), join(registry.home, 'signature')];
  writeFileSync(message, preAuthenticationEncoding(payloadType, Buffer.from(payload, 'base64')));
  writeFileSync(signature, Buffer.from(signatures[0]?.sig ?? '', 'base64'));
  const words = ['-verify', '-rawin', '-pubin', '-inkey', pem, '-in', message, '-sigfile', signature];
  execFileSync('openssl', ['pkeyutl', ...words], { stdio: 'pipe' });
}

describe('the encoding that DSSE signs', () => {
  it('is the one of its specification', () => {
    const encoded = preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });
});

describe('mreg artifact attest', () => {
  it('signs the digests of all files as a model signature that openssl verifies', async () => {
    const registry = await promoted();
    const pem = join(registry.home, 'key.pem');
    const { bundle, said } = await attest(registry, ['artifact', 'attest', 'fraud@staging', '--public-key', pem]);
    const files = [
      { name: 'a.txt', algorithm: 'sha256', digest: hexOf('first') },
      { name: 'sub/b.txt', algorithm: 'sha256', digest: hexOf('second') },
    ];
    const root = hexOf(Buffer.from(files.map(({ digest }) => digest).join(''), 'hex'));
    expect(said).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'fraud@v1', digest: { sha256: root } }],
      predicateType: 'https://model_signing/signature/v1.0',
      predicate: {
        serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: [] },
        resources: files,
      },
    });
    opensslVerify(registry, bundle, pem);
    expect(bundle.verificationMaterial.publicKey.hint).toBe(hexOf(readFileSync(pem)));
  });

  it('is not verified once a byte of the statement is another', async () => {
    const registry = await promoted();
    const pem = join(registry.home, 'key.pem');
    const { bundle } = await attest(registry, ['artifact', 'attest', 'fraud@v1', '--public-key', pem]);
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString().replace('a.txt', 'c.txt');
    const dsseEnvelope = { ...bundle.dsseEnvelope, payload: Buffer.from(payload).toString('base64') };
    expect(() => {
      opensslVerify(registry, { ...bundle, dsseEnvelope }, pem);
    }).toThrow('pkeyutl');
  });

  it('writes a file, in the form that was asked for', async () => {
    const registry = await promoted();
    const file = join(registry.home, 'model.sig');
    const words = ['artifact', 'attest', 'fraud@v1', '--form', 'statement', '--out', file, '--json'];
    const { stdout } = mustSucceed(await registry.mreg(words));
    expect(JSON.parse(stdout)).toMatchObject({ action: 'attest', ok: true, file });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ _type: 'https://in-toto.io/Statement/v1' });
  });

  it('refuses a version that was edited by hand, and signs nothing', async () => {
    const registry = await promoted();
    const path = 'registry/fraud/versions/v1/version.yaml';
    registry.write(path, registry.read(path).replace('a.txt', 'c.txt'));
    registry.git('commit', '--quiet', '--no-verify', '-am', 'by hand');
    const { code, stdout } = await registry.mreg(['artifact', 'attest', 'fraud@v1']);
    expect([code, stdout]).toEqual([4, '']);
  });
});

describe('mreg attest promotion', () => {
  it('signs the verdict as a verification summary over what was promoted, by whom, on what policy', async () => {
    const registry = await promoted();
    const pem = join(registry.home, 'key.pem');
    const words = ['attest', 'promotion', 'fraud', '--stage', 'staging', '--public-key', pem];
    const { bundle, said } = await attest(registry, words);
    opensslVerify(registry, bundle, pem);
    const promotion = registry.read('registry/fraud/stages/staging/promotion.yaml');
    const version = registry.read('registry/fraud/versions/v1/version.yaml');
    const artifact = /digest: "sha256:([0-9a-f]{64})"/.exec(version)?.[1];
    expect(said).toMatchObject({
      subject: [{ name: 'fraud@v1', digest: { sha256: artifact } }],
      predicateType: 'https://slsa.dev/verification_summary/v1',
      predicate: {
        verificationResult: 'PASSED',
        verifiedLevels: ['MREG_PROMOTED_STAGING'],
        policy: { digest: { sha256: /policy: "sha256:([0-9a-f]{64})"/.exec(promotion)?.[1] } },
        inputAttestations: [
          { uri: 'registry/fraud/stages/staging/promotion.yaml', digest: { sha256: hexOf(promotion) } },
          { uri: 'registry/fraud/versions/v1/version.yaml', digest: { sha256: hexOf(version) } },
        ],
        mreg_commit: registry.git('rev-parse', 'main').trim(),
      },
    });
  });

  it('refuses a pointer that was edited by hand', async () => {
    const registry = await promoted();
    const path = 'registry/fraud/stages/staging/promotion.yaml';
    registry.write(path, registry.read(path).replace('requestedBy: ', 'requestedBy: x'));
    registry.git('commit', '--quiet', '--no-verify', '-am', 'by hand');
    const { code } = await registry.mreg(['attest', 'promotion', 'fraud', '--stage', 'staging']);
    expect(code).toBe(4);
  });

  it('says of the first stage that nothing was promoted to it', async () => {
    const registry = await promoted();
    const { code, stderr } = await registry.mreg(['attest', 'promotion', 'fraud', '--stage', 'dev']);
    expect(code).toBe(2);
    expect(stderr).toContain('came into dev by registering');
  });
});
