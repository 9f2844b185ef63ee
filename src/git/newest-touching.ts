import { type GitPlace, runGit } from './git-process.ts';

/** Commits that are looked at before all of history is: what is asked about has mostly moved lately. */
const FIRST_LOOK = 2000;

/** Begins a line that names a commit; git quotes a path that holds such a character. */
const MARK = '\u0001';

/** What the user configured for their own eyes would be taken for paths. */
const PLAIN = [
  ...['--no-show-signature', '--no-notes', '--no-color', '--no-decorate', '--no-ext-diff', '--no-textconv'],
  ...['--no-renames', '--no-relative', '--name-only', '--format=%x01%H'],
];

/**
 * Returns the newest first-parent commit up to `tip` that changes anything in each of `folders`. One walk for all of them: a
 * controller asks about a thousand stages, and a call of git for each would take longer than everything else that it does.
 */
export async function newestTouching(
  place: GitPlace,
  folders: readonly string[],
  tip: string,
): Promise<ReadonlyMap<string, string>> {
  if (folders.length === 0) return new Map();
  const found = await walk(place, { folders, tip, limit: FIRST_LOOK });
  return found.size === new Set(folders).size ? found : walk(place, { folders, tip, limit: undefined });
}

interface Walk {
  readonly folders: readonly string[];
  readonly tip: string;
  readonly limit: number | undefined;
}

async function walk(place: GitPlace, { folders, tip, limit }: Walk): Promise<ReadonlyMap<string, string>> {
  const tops = new Set(folders.map((folder) => folder.split('/')[0] ?? folder));
  const limits = limit === undefined ? [] : [`--max-count=${String(limit)}`];
  const args = [
    ...['--literal-pathspecs', 'log', '--first-parent', '--diff-merges=first-parent'],
    ...[...PLAIN, ...limits, '--end-of-options', tip, '--', ...tops],
  ];
  const { stdout } = await runGit(place, args);
  return newestIn(stdout.toString('latin1'), new Set(folders));
}

function newestIn(log: string, wanted: ReadonlySet<string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let commit = '';
  for (const line of log.split('\n')) {
    if (line.startsWith(MARK)) commit = line.slice(MARK.length);
    else for (const folder of foldersOf(line)) if (wanted.has(folder) && !found.has(folder)) found.set(folder, commit);
  }
  return found;
}

/** The folders that a path lies in, outermost first. */
function foldersOf(path: string): readonly string[] {
  const names = path.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}
