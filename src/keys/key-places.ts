import path from 'node:path';

/** What tells where a user keeps keys. */
export interface KeyPlaces {
  readonly home: string;
  /** Where relative names of key files start; the process's own directory when absent. */
  readonly cwd?: string | undefined;
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

/** Returns the file that a person means by `value`: a leading `~/` is the home folder, as in git's configuration. */
export function keyFilePath(value: string, { home, cwd }: Omit<KeyPlaces, 'env'>): string {
  if (value.startsWith('~/')) return path.join(home, value.slice(2));
  return cwd === undefined ? value : path.resolve(cwd, value);
}

function mregFolder({ home, env }: KeyPlaces): string {
  const configured = env['XDG_CONFIG_HOME'];
  // The XDG base directory specification says that a relative path there is to be ignored.
  const base = configured !== undefined && path.isAbsolute(configured) ? configured : path.join(home, '.config');
  return path.join(base, 'mreg');
}
