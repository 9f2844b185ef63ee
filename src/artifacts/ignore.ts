import { MregError } from '../documents/error.ts';

/** The file at the top of a folder that says what to leave out. */
export const IGNORE_FILE = '.mregignore';
const ALWAYS = ['.git/', '__pycache__/', '.DS_Store', `/${IGNORE_FILE}`];

/** Tells whether a path below the pushed folder stays out of the artifact; folders are asked with `isFolder`. */
export type Ignore = (path: string, isFolder: boolean) => boolean;

/** Leaves nothing out. */
export const ignoreNothing: Ignore = () => false;

/**
 * Returns what the lines of a `.mregignore` leave out, together with what is always left out. The small part of
 * gitignore's language: `*`, `?`, `**`, a leading `/` (from the top), a trailing `/` (folders only), `#` comments.
 * `!` is refused, lest a line that means something to git silently means something else here.
 */
export function parseIgnore(text: string): Ignore {
  const lines = text.split(/\r?\n/).map((line) => line.trimEnd());
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const rules = [...ALWAYS, ...patterns].map(parsePattern);
  return (path, isFolder) => rules.some((rule) => (isFolder || !rule.foldersOnly) && rule.matches.test(path));
}

function parsePattern(pattern: string): { readonly foldersOnly: boolean; readonly matches: RegExp } {
  if (/^!|[[\]\\]/.test(pattern)) {
    throw new MregError('bad-file', `${IGNORE_FILE}: "${pattern}" uses "!", "[" or "\\", which are not supported`, {
      hint: 'list what to leave out with *, ?, ** and / only',
    });
  }
  const foldersOnly = pattern.endsWith('/');
  const body = foldersOnly ? pattern.slice(0, -1) : pattern;
  const source = body
    .replace(/^\//, '')
    .split(/(\*\*\/|\/\*\*$|\*+|\?)/)
    .map(globPart)
    .join('');
  // As in gitignore: a pattern with a slash inside is meant from the top, a bare name at any depth.
  return { foldersOnly, matches: new RegExp(`^${body.includes('/') ? '' : '(?:.*/)?'}${source}$`, 'su') };
}

function globPart(part: string): string {
  if (part === '**/') return '(?:.*/)?';
  if (part === '/**') return '/.*';
  if (part.startsWith('*')) return '[^/]*';
  if (part === '?') return '[^/]';
  return part.replace(/[.+^${}()|]/g, String.raw`\$&`);
}
