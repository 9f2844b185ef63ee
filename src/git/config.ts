import { assert } from '../documents/error.ts';
import { type GitPlace, runGit } from './git-process.ts';

/** Git's configuration of a repository, the user's and the machine's included. */
export interface Config {
  /** The value of a key (the last one when there are several), or undefined. */
  value(key: string): Promise<string | undefined>;
  /** Sets a key in the repository's own config file, replacing every value it had there. */
  set(key: string, value: string): Promise<void>;
  /** The names of the configured remotes. */
  remotes(): Promise<readonly string[]>;
}

const KEY = /^[A-Za-z][A-Za-z0-9-]*(\.[^\n\0]+)?\.[A-Za-z][A-Za-z0-9-]*$/;

/** Returns the configuration as it is now: one call of git, which answers while objects are read. */
export function openConfig(place: GitPlace): Config {
  let known: Promise<ReadonlyMap<string, string>> | undefined = readAll(place);
  // A failure belongs to whoever asks for a value.
  known.catch(() => undefined);

  async function value(key: string): Promise<string | undefined> {
    assert(KEY.test(key), `${JSON.stringify(key)} is a config key`);
    known ??= readAll(place);
    return (await known).get(canonical(key));
  }

  async function set(key: string, newValue: string): Promise<void> {
    assert(KEY.test(key), `${JSON.stringify(key)} is a config key`);
    known = undefined;
    await runGit(place, ['config', '--local', '--replace-all', '--end-of-options', key, newValue]);
  }

  async function remotes(): Promise<readonly string[]> {
    known ??= readAll(place);
    const names = [...(await known).keys()].flatMap((key) => /^remote\.(.+)\.url$/s.exec(key)?.[1] ?? []);
    return names.sort();
  }

  return { value, set, remotes };
}

async function readAll(place: GitPlace): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await runGit(place, ['config', '--null', '--list']);
  return parseConfigList(stdout.toString('utf8'));
}

/** Reads what `git config --null --list` prints: each entry is `<key>\n<value>`, or `<key>` alone for one that is merely switched on. */
export function parseConfigList(text: string): ReadonlyMap<string, string> {
  const entries = text.split('\0').slice(0, -1);
  return new Map(
    entries.map((entry) => {
      const end = entry.indexOf('\n');
      return end < 0 ? [entry, ''] : [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
}

/** Git spells sections and variables in lower case when it lists them, and keeps the part between as it is. */
function canonical(key: string): string {
  const [section, variable] = [key.indexOf('.'), key.lastIndexOf('.')];
  return key.slice(0, section).toLowerCase() + key.slice(section, variable) + key.slice(variable).toLowerCase();
}
