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
  return (path, isFolder) => {
    const names = path.split('/');
    return rules.some((rule) => (isFolder || !rule.foldersOnly) && matchesPath(rule.segments, names));
  };
}

interface Rule {
  readonly foldersOnly: boolean;
  /** One for each name of a path; `**` for any number of names. */
  readonly segments: readonly string[];
}

function parsePattern(pattern: string): Rule {
  if (/^!|[[\]\\]/.test(pattern)) {
    throw new MregError('bad-file', `${IGNORE_FILE}: "${pattern}" uses "!", "[" or "\\", which are not supported`, {
      hint: 'list what to leave out with *, ?, ** and / only',
    });
  }
  const foldersOnly = pattern.endsWith('/');
  const body = foldersOnly ? pattern.slice(0, -1) : pattern;
  // As in gitignore: a pattern with a slash inside is meant from the top, a bare name at any depth.
  if (!body.includes('/')) return { foldersOnly, segments: ['**', body] };
  const segments = body.replace(/^\//, '').split('/');
  // What ends in "/**" is about what lies inside, not about the folder.
  return { foldersOnly, segments: segments.at(-1) === '**' ? [...segments.slice(0, -1), '*', '**'] : segments };
}

function matchesPath(segments: readonly string[], names: readonly string[]): boolean {
  return matches(segments, names, { isAny: (segment) => segment === '**', isOne: matchesName });
}

function matchesName(segment: string, name: string): boolean {
  const isOne = (mark: string, character: string): boolean => mark === '?' || mark === character;
  return matches(charactersOf(segment), charactersOf(name), { isAny: (mark) => mark === '*', isOne });
}

/** As `?` counts them: by code points. */
function charactersOf(text: string): readonly string[] {
  return Array.from(text);
}

/**
 * Tells whether a pattern matches a whole row of items. Only the last mark for any number is ever tried again, so the
 * time is at most the product of both lengths; a regular expression made of `*a*a*a*b` takes exponential time.
 */
function matches(
  pattern: readonly string[],
  items: readonly string[],
  { isAny, isOne }: { isAny: (mark: string) => boolean; isOne: (mark: string, item: string) => boolean },
): boolean {
  let [at, mark] = [0, 0];
  let retry: { at: number; readonly mark: number } | undefined;
  while (at < items.length) {
    const [expected, item = ''] = [pattern[mark], items[at]];
    if (expected !== undefined && isAny(expected)) {
      retry = { at, mark };
      mark += 1;
    } else if (expected !== undefined && isOne(expected, item)) {
      at += 1;
      mark += 1;
    } else if (retry !== undefined) {
      retry.at += 1;
      [at, mark] = [retry.at, retry.mark + 1];
    } else return false;
  }
  return pattern.slice(mark).every(isAny);
}
