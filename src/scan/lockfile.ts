import { parse } from 'yaml';
import type { LockedPackage } from './osv.ts';

/** What a lockfile pins, and what it leaves open. */
export interface Lockfile {
  readonly packages: readonly LockedPackage[];
  /** Lines that name a package and no version: nothing is known of what will be installed. */
  readonly unpinned: readonly string[];
}

/** A lockfile that cannot be understood. */
export class LockfileFault extends Error {}

/** Every lockfile that is understood, by its name; a new one is a row here. */
const READERS: readonly (readonly [name: RegExp, read: (text: string) => Lockfile])[] = [
  [/^requirements[\w.-]*\.txt$/, readRequirements],
  [/^(?:poetry|uv)\.lock$/, readTomlPackages],
  [/^Pipfile\.lock$/, readPipfile],
  [/^(?:package-lock|npm-shrinkwrap)\.json$/, readNpm],
  [/^(?:environment|conda)\.ya?ml$/, readConda],
];

/** Tells whether a file is a lockfile by its name. */
export function isLockfile(path: string): boolean {
  return readerOf(path) !== undefined;
}

/** Returns what a lockfile pins; LockfileFault where it is damaged. */
export function readLockfile(path: string, text: string): Lockfile {
  const read = readerOf(path);
  if (read === undefined) throw new LockfileFault('it is no lockfile that is known');
  try {
    return read(text);
  } catch (error) {
    if (error instanceof LockfileFault) throw error;
    // Whatever the parser of the format says: a lockfile comes from outside.
    throw new LockfileFault(error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'it is damaged');
  }
}

function readerOf(path: string): ((text: string) => Lockfile) | undefined {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('!')) + 1);
  return READERS.find(([form]) => form.test(name))?.[1];
}

function readRequirements(text: string): Lockfile {
  const lines = text.replace(/\\\r?\n/g, ' ').split('\n');
  const wishes = lines.map((line) => line.replace(/(?:^|\s)#.*$/, '').trim()).filter((line) => line !== '');
  return pinsOf(wishes.filter((line) => !/^(?:--(?!editable)|-[cfirx]\b)/.test(line)));
}

/** `numpy==1.26.4 ; python_version > "3.8" --hash=…`, with extras. */
function pinsOf(wishes: readonly string[]): Lockfile {
  const packages: LockedPackage[] = [];
  const unpinned: string[] = [];
  for (const wish of wishes) {
    const [, name, version] =
      /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;,#*]+)\s*(?:$|[;\s])/.exec(wish) ?? [];
    if (name !== undefined && version !== undefined) packages.push({ ecosystem: 'PyPI', name, version });
    else unpinned.push(wish.slice(0, 80));
  }
  return { packages, unpinned };
}

/** The `[[package]]` tables of a TOML file that a tool wrote: one key a line. */
function readTomlPackages(text: string): Lockfile {
  const tables = text.split(/^\[\[package\]\]\s*$/m).slice(1);
  const packages = tables.flatMap((table): LockedPackage[] => {
    const own = table.split(/^\[/m)[0] ?? '';
    const value = (key: string): string | undefined => new RegExp(`^${key}\\s*=\\s*"([^"]*)"`, 'm').exec(own)?.[1];
    const [name, version] = [value('name'), value('version')];
    return name === undefined || version === undefined ? [] : [{ ecosystem: 'PyPI', name, version }];
  });
  if (packages.length === 0 && tables.length > 0) throw new LockfileFault('no package of it has a version');
  return { packages, unpinned: [] };
}

function readPipfile(text: string): Lockfile {
  const groups = fieldsOf(JSON.parse(text));
  const entries = ['default', 'develop'].flatMap((group) => Object.entries(fieldsOf(groups[group])));
  return pinsOf(entries.map(([name, entry]) => `${name}${textOf(fieldsOf(entry)['version'])}`));
}

function readNpm(text: string): Lockfile {
  const lock = fieldsOf(JSON.parse(text));
  const flat = Object.entries(fieldsOf(lock['packages'])).filter(([path]) => path !== '');
  if (lock['packages'] === undefined && lock['dependencies'] === undefined)
    throw new LockfileFault('it has neither packages nor dependencies');
  const entries = lock['packages'] === undefined ? nested(lock['dependencies'], 0) : flat;
  const packages = entries.flatMap(([path, entry]): LockedPackage[] => {
    const { version, name, link, license } = fieldsOf(entry);
    if (link === true || typeof version !== 'string') return [];
    const installed = path.slice(path.lastIndexOf('node_modules/') + (path.includes('node_modules/') ? 13 : 0));
    const licence = typeof license === 'string' ? license : undefined;
    return [{ ecosystem: 'npm', name: typeof name === 'string' ? name : installed, version, licence }];
  });
  return { packages, unpinned: [] };
}

const DEEPEST = 100;

/** The first version of the format holds the packages of packages inside of them. */
function nested(dependencies: unknown, depth: number): [string, unknown][] {
  if (depth > DEEPEST) throw new LockfileFault('its packages are nested too deep');
  return Object.entries(fieldsOf(dependencies)).flatMap(([name, entry]) => [
    [name, entry] as [string, unknown],
    ...nested(fieldsOf(entry)['dependencies'], depth + 1),
  ]);
}

/** Packages of conda are taken for those of the same name on PyPI, which is where vulnerabilities are recorded. */
function readConda(text: string): Lockfile {
  const parsed: unknown = parse(text, { maxAliasCount: 0 });
  const listed = fieldsOf(parsed)['dependencies'];
  const wishes = (Array.isArray(listed) ? listed : []).flatMap((entry: unknown): string[] => {
    if (typeof entry === 'string') {
      const [, name, version] = /^(?:[\w.-]+::)?([A-Za-z0-9_][\w.-]*)\s*==?\s*([^=\s<>,*]+)(?:=.*)?$/.exec(entry) ?? [];
      return [name === undefined || version === undefined ? entry : `${name}==${version}`];
    }
    const { pip } = fieldsOf(entry);
    return Array.isArray(pip) ? pip.filter((wish) => typeof wish === 'string') : [];
  });
  return pinsOf(wishes);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as Readonly<Record<string, unknown>>) : {}; // checked on this line
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
