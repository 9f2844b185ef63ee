import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../../src/artifacts/oci/proxy.ts';

const PROXY = 'http://proxy.example:3128/';

describe('the proxy of an address', () => {
  it.each([
    ['https://ghcr.io/v2/', { HTTPS_PROXY: PROXY }, PROXY],
    ['https://ghcr.io/v2/', { https_proxy: PROXY, HTTPS_PROXY: 'http://other/' }, PROXY],
    ['https://ghcr.io/v2/', { HTTPS_PROXY: 'proxy.example:3128' }, PROXY],
    ['https://ghcr.io/v2/', { HTTP_PROXY: PROXY }, undefined],
    ['http://localhost:5000/', { HTTP_PROXY: PROXY }, PROXY],
    ['https://ghcr.io/v2/', { HTTPS_PROXY: '' }, undefined],
    ['https://ghcr.io/v2/', { HTTPS_PROXY: PROXY, NO_PROXY: '*' }, undefined],
    ['https://ghcr.io/v2/', { HTTPS_PROXY: PROXY, NO_PROXY: 'example.org, ghcr.io' }, undefined],
    ['https://eu.ghcr.io/', { HTTPS_PROXY: PROXY, no_proxy: '.ghcr.io' }, undefined],
    ['https://eu.ghcr.io/', { HTTPS_PROXY: PROXY, NO_PROXY: 'ghcr.io' }, undefined],
    ['https://notghcr.io/', { HTTPS_PROXY: PROXY, NO_PROXY: 'ghcr.io' }, PROXY],
    ['https://ghcr.io:8443/', { HTTPS_PROXY: PROXY, NO_PROXY: 'ghcr.io:8443' }, undefined],
    ['https://ghcr.io:8443/', { HTTPS_PROXY: PROXY, NO_PROXY: 'ghcr.io:443' }, PROXY],
  ])('%s with %j is %s', (url, env, proxy) => {
    expect(proxyFor(new URL(url), env)).toBe(proxy);
  });

  it.each(['socks5://user:hunter2@proxy:1080', 'http://', 'http://a b'])('is none that is spoken to: %s', (proxy) => {
    const ask = () => proxyFor(new URL('https://ghcr.io/'), { HTTPS_PROXY: proxy });
    expect(ask).toThrow('HTTPS_PROXY names no proxy that speaks HTTP');
    expect(ask).not.toThrow('hunter2');
  });
});
