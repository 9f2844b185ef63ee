import type { StoreWorld } from '../store-world.ts';

/** Returns the proxy through which an address is reached, as other programs read it from the environment. */
export function proxyFor(url: URL, env: StoreWorld['env']): string | undefined {
  const read = (name: string): string | undefined => env[name.toLowerCase()] ?? env[name];
  const proxy = url.protocol === 'https:' ? read('HTTPS_PROXY') : read('HTTP_PROXY');
  if (proxy === undefined || proxy === '' || isExempt(url, read('NO_PROXY') ?? '')) return undefined;
  return proxy;
}

/** `NO_PROXY` lists hosts, domains (with all below them) and `*`, each with or without a port. */
function isExempt({ hostname, host }: URL, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    const name = entry.toLowerCase().replace(/^\*?\./, '');
    if (name === '') return false;
    return name === '*' || name === hostname || name === host || hostname.endsWith(`.${name}`);
  });
}
