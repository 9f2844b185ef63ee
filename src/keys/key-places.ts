import path from 'node:path';

/** What tells where a user keeps keys. */
export interface KeyPlaces {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns where `mreg key generate` puts a key that was given no place, and where signing looks for it. */
export function defaultKeyPath(places: KeyPlaces): string {
  return path.join(mregFolder(places), 'id_ed25519');
}

/** Returns the key that ssh itself uses by default. */
export function sshKeyPath({ home }: KeyPlaces): string {
  return path.join(home, '.ssh', 'id_ed25519');
}

/** Returns the folders whose `.pub` files are the user's own keys, mreg's first. */
export function keyFolders(places: KeyPlaces): readonly string[] {
  return [mregFolder(places), path.join(places.home, '.ssh')];
}

/** Returns `value` with a leading `~/` replaced by the home folder, as git does in its configuration. */
export function expandHome(value: string, home: string): string {
  return value.startsWith('~/') ? path.join(home, value.slice(2)) : value;
}

function mregFolder({ home, env }: KeyPlaces): string {
  const configured = env['XDG_CONFIG_HOME'];
  // The XDG base directory specification says that a relative path there is to be ignored.
  const base = configured !== undefined && path.isAbsolute(configured) ? configured : path.join(home, '.config');
  return path.join(base, 'mreg');
}
