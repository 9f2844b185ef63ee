/** Where a repository is: how people call its registry, where the registry answers, and the repository there. */
export interface OciPlace {
  readonly host: string;
  readonly origin: string;
  readonly repository: string;
}

/** Docker Hub answers elsewhere than where it is named. */
const DOCKER_HUB_ORIGIN = 'https://registry-1.docker.io';

/** Takes the URL of a store apart, which was checked already: `oci://ghcr.io/acme/models`. */
export function ociPlace(storeUrl: string): OciPlace {
  const url = new URL(storeUrl);
  const { host } = url;
  const scheme = isLoopback(url) ? 'http' : 'https';
  const origin = host === 'docker.io' ? DOCKER_HUB_ORIGIN : `${scheme}://${host}`;
  return { host, origin, repository: url.pathname.slice(1) };
}

/** Tells whether an address is this machine: the only one that is spoken to without encryption. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname);
}
