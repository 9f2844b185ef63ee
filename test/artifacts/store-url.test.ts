import { describe, expect, it } from 'vitest';
import { openStore, storeForUri } from '../../src/artifacts/open-store.ts';
import { normaliseStoreUrl, parseArtifactUri } from '../../src/artifacts/store-url.ts';
import { digestOf } from '../../src/documents/digest.ts';

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
    for (const url of ['http://127.0.0.1/x', 'ext://sh', 'constructor://x']) {
      expect(() => openStore(url)).toThrow(expect.objectContaining({ code: 'bad-reference' }));
    }
  });
});

describe('an artifact URI', () => {
  it('is a store and a digest', () => {
    expect(parseArtifactUri(`file:///srv/a%20b@c@${digest}`)).toEqual({ storeUrl: 'file:///srv/a%20b@c', key: digest });
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
      const found = storeForUri(uri, configured);
      expect(found.key).toBe(digest);
      expect(found.store.uriOf(digest)).toBe(uri);
    },
  );

  it.each([
    'file:///etc',
    'file:///srv',
    'file:///srv/models/sub',
    'file:///srv/models2',
    'http://169.254.169.254/latest',
    'oci://ghcr.io/acme',
  ])('into %s, which no configured store is, is refused', (url) => {
    expect(() => storeForUri(`${url}@${digest}`, configured)).toThrow(
      expect.objectContaining({ code: 'unknown-store' }),
    );
  });

  it('is refused where no store is configured', () => {
    expect(() => storeForUri(`file:///srv/models@${digest}`, [])).toThrow(
      expect.objectContaining({ code: 'unknown-store' }),
    );
  });
});
