import { describe, expect, it } from 'vitest';
import { openStore, storeForUri } from '../../src/artifacts/open-store.ts';
import { normaliseStoreUrl, parseArtifactUri } from '../../src/artifacts/store-url.ts';
import { digestOf } from '../../src/documents/digest.ts';

const world = { env: {}, home: '/nowhere', now: () => new Date(0), pause: () => Promise.resolve() };
const digest = digestOf('artifact');
const configured = [
  { name: 'main', url: 'file:///srv/models' },
  { name: 'odd', url: 'file:///srv/a%20b@c/' },
];

describe("a store's URL", () => {
  it.each([
    ['file:///srv/models', 'file:///srv/models'],
    ['file:///srv/models/', 'file:///srv/models'],
    ['oci://ghcr.io/acme', 'oci://ghcr.io/acme'],
    ['oci://127.0.0.1:5000/acme/fraud_models-2.x', 'oci://127.0.0.1:5000/acme/fraud_models-2.x'],
    ['oci://[::1]:5000/acme', 'oci://[::1]:5000/acme'],
    ['s3://models', 's3://models'],
    ['s3://models.acme/team/A_b-(c)/', 's3://models.acme/team/A_b-(c)'],
    ['https://models.example/', 'https://models.example'],
    ['http://127.0.0.1:8080/m', 'http://127.0.0.1:8080/m'],
  ])('%s is written %s', (given, written) => {
    expect(normaliseStoreUrl(given)).toBe(written);
  });

  it.each([
    '',
    'models',
    '/srv/models',
    './models',
    'file:models',
    'file:///',
    'file://host/srv',
    'file:///srv/../etc',
    'file:///srv/%2e%2e/etc',
    'file:///srv/./x',
    'file:///srv\\x',
    'file:///a%2fb',
    'file:///a%5Cb',
    'file:///srv?x',
    'file:///srv#x',
    'FILE:///srv',
    's3://key:secret@bucket/x',
    's3://',
    's3:///x',
    's3://Models/x',
    's3://models:80/x',
    's3://m/x',
    's3://models//x',
    's3://models/a/../b',
    's3://models/a%20b',
    's3://models/a?versionId=1',
    `s3://models/${'x'.repeat(256)}`,
    'http://models.example/x',
    'http://localhost.example/x',
    'https://user:secret@models.example',
    'https://models.example/?x',
    'oci://ghcr.io',
    'oci:///acme',
    'oci://ghcr.io/Acme',
    'oci://GHCR.io/acme',
    'oci://ghcr.io/acme:v7',
    'oci://ghcr.io/a//b',
    'oci://ghcr.io/a%2fb',
    'oci://user:pass@ghcr.io/acme',
    ' file:///srv',
  ])('may not be %j', (given) => {
    expect(() => normaliseStoreUrl(given)).toThrow(expect.objectContaining({ code: 'bad-reference' }));
  });

  it('never repeats a password in its refusal', () => {
    expect(() => normaliseStoreUrl('s3://key:hunter2@bucket/x')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') as string }),
    );
  });

  it('of a scheme without an adapter is refused', () => {
    for (const url of ['ftp://127.0.0.1/x', 'ext://sh', 'constructor://x']) {
      expect(() => openStore(url, world)).toThrow(expect.objectContaining({ code: 'bad-reference' }));
    }
  });
});

describe('an artifact URI', () => {
  it('is a store and a digest', () => {
    expect(parseArtifactUri(`file:///srv/a%20b@c@${digest}`)).toEqual({ storeUrl: 'file:///srv/a%20b@c', key: digest });
  });

  it('in a bucket is a folder', () => {
    const hex = digest.slice('sha256:'.length);
    expect(parseArtifactUri(`s3://models/team/sha256/${hex}`)).toEqual({ storeUrl: 's3://models/team', key: digest });
    for (const uri of [`s3://models@${digest}`, `s3://models/${hex}`, `s3://models/sha256/${hex}0`]) {
      expect(() => parseArtifactUri(uri)).toThrow(expect.objectContaining({ code: 'bad-reference' }));
    }
  });

  it.each(['', 'file:///srv/models', 'file:///srv/models@v7', `file:///srv/models@${digest}0`, digest, `@${digest}`])(
    'may not be %j',
    (uri) => {
      expect(() => parseArtifactUri(uri)).toThrow(expect.objectContaining({ code: 'bad-reference' }));
    },
  );

  it.each([`file:///srv/models@${digest}`, `file:///srv/a%20b@c@${digest}`])(
    'opens the configured store it points into: %s',
    (uri) => {
      const found = storeForUri(uri, configured, world);
      expect(found.key).toBe(digest);
      expect(found.store.uriOf(digest)).toBe(uri);
    },
  );

  it.each(['file:///etc', 'file:///srv', 'file:///srv/models/sub', 'file:///srv/models2', 'oci://ghcr.io/acme'])(
    'into %s, which no configured store is, is refused',
    (url) => {
      expect(() => storeForUri(`${url}@${digest}`, configured, world)).toThrow(
        expect.objectContaining({ code: 'unknown-store' }),
      );
    },
  );

  it.each(['http://127.0.0.1:8080/latest', 'https://models.example', 's3://another-bucket', 's3://models/team'])(
    'in a folder of %s, which no configured store is, is refused',
    (url) => {
      const stores = [{ name: 'bucket', url: 's3://models' }];
      expect(() => storeForUri(`${url}/sha256/${digest.slice(7)}`, stores, world)).toThrow(
        expect.objectContaining({ code: 'unknown-store' }),
      );
    },
  );

  it('without encryption is refused, but on this machine', () => {
    const uri = `http://169.254.169.254/latest/sha256/${digest.slice(7)}`;
    expect(() => storeForUri(uri, configured, world)).toThrow(expect.objectContaining({ code: 'bad-reference' }));
  });

  it('is refused where no store is configured', () => {
    expect(() => storeForUri(`file:///srv/models@${digest}`, [], world)).toThrow(
      expect.objectContaining({ code: 'unknown-store' }),
    );
  });
});
