import { MregError } from '../../documents/error.ts';
import type { StoreWorld } from '../store-world.ts';

/** Returns the proxy through which an address is reached, as other programs read it from the environment. */
export function proxyFor(url: URL, env: StoreWorld['env']): string | undefined {
  const read = (name: string): string | undefined => env[name.toLowerCase()] ?? env[name];
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = read(name);
  if (proxy === undefined || proxy === '' || isExempt(url, read('NO_PROXY') ?? '')) return undefined;
  return addressIn(proxy, name);
}

/** Other programs take `proxy.example:3128` for an HTTP proxy. Its address may hold a password, and is not repeated. */
function addressIn(proxy: string, name: string): string {
  const written = /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href;
  throw new MregError('usage', `${name} names no proxy that speaks HTTP`, {
    hint: `set it like ${name}=http://proxy.example:3128, or unset it; NO_PROXY lists hosts that need none`,
  });
}

/** `NO_PROXY` lists hosts, domains (with all below them) and `*`, each with or without a port. */
function isExempt({ hostname, host }: URL, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    const name = entry.toLowerCase().replace(/^\*?\./, '');
    if (name === '') return false;
    return name === '*' || name === hostname || name === host || hostname.endsWith(`.${name}`);
  });
}
