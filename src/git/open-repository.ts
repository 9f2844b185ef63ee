import { join, resolve } from 'node:path';
import { MregError } from '../documents/error.ts';
import { blobSize, streamBlob } from './blob-stream.ts';
import { openCatFile } from './cat-file.ts';
import { openConfig } from './config.ts';
import { gitEnvironment, type GitPlace, runGit } from './git-process.ts';
import { firstParents, isAncestor } from './history.ts';
import { newestTouching } from './newest-touching.ts';
import { openObjectReader } from './object-reader.ts';
import { openObjectWriter } from './object-writer.ts';
import type { Repository } from './port.ts';
import { listRefs, moveRefs, readHead, resolveCommit } from './refs.ts';
import { fetchRefs, pushRefs } from './sync.ts';
import { dirtyPaths, refreshWorktree } from './worktree.ts';

/** Where to look for the repository. */
export interface RepositoryOptions {
  /** Anywhere inside the worktree, or a bare repository. */
  readonly directory: string;
  /** The program's environment. Git's own variables in it (a hook's quarantine, index and repository) are honoured. */
  readonly env: NodeJS.ProcessEnv;
  /** The git folder, when it is not to be looked for. */
  readonly gitDir?: string;
}

/** Finds the repository with one call of git and returns it; nothing else is read before it is asked for. */
export async function openRepository(options: RepositoryOptions): Promise<Repository> {
  const found = await discover(options);
  const place = { directory: found.workTree ?? found.gitDir, env: environmentIn(options, found) };
  const catFile = openCatFile(place);
  const config = openConfig(place);
  const reader = openObjectReader(catFile);
  const objectsDir = place.env['GIT_OBJECT_DIRECTORY'] ?? join(found.commonDir, 'objects');
  const at = { place, gitDir: found.gitDir, commonDir: found.commonDir, shallow: found.shallow };
  const worktree =
    found.workTree === undefined
      ? undefined
      : { root: found.workTree, gitDir: found.gitDir, place, reader, memory: {} };
  return {
    gitDir: found.gitDir,
    commonDir: found.commonDir,
    workTree: found.workTree,

    readTree: (oid) => reader.tree(oid),
    readSmallTrees: (oids) => reader.smallTrees(oids),
    readBlob: (oid, maxBytes) => reader.blob(oid, maxBytes),
    readCommit: (oid) => reader.commit(oid),
    blobSize: (oid) => blobSize(catFile, oid),
    streamBlob: (oid) => streamBlob(place, catFile, oid),
    resolve: (revision) => resolveCommit(at, catFile, revision),
    head: () => readHead(at, catFile),
    refs: (prefix) => listRefs(place, prefix),
    firstParents: (range, walk) => firstParents(at, range, walk),
    commitsTouching: (path, base, tip) => firstParents(at, rangeOf(base, tip), { path }),
    isAncestor: (ancestor, descendant) => isAncestor(at, ancestor, descendant),
    newestTouching: (folders, tip) => newestTouching(place, folders, tip),

    ...openObjectWriter(objectsDir, reader),
    moveRefs: (moves, reason) => moveRefs(at, moves, reason),

    indexTree: () => writeIndexTree(place),
    dirtyPaths: async (tree, paths, behind = []) => (worktree ? dirtyPaths(worktree, [tree, ...behind], paths) : []),
    refreshWorktree: async (tree, paths, oldTree) =>
      worktree ? refreshWorktree(worktree, { tree, oldTree }, paths) : [],

    readConfig: (key) => config.value(key),
    writeConfig: (key, value) => config.set(key, value),
    remotes: () => config.remotes(),
    fetch: (remote, refspecs) => fetchRefs(place, remote, refspecs),
    push: (remote, moves) => pushRefs(place, remote, moves),
    close: () => catFile.close(),
  };
}

function rangeOf(base: string | undefined, tip: string): string {
  return base === undefined ? tip : `${base}..${tip}`;
}

interface Found {
  readonly gitDir: string;
  readonly commonDir: string;
  readonly workTree: string | undefined;
  readonly shallow: boolean;
}

const QUESTIONS = [
  ...['--is-inside-work-tree', '--is-shallow-repository', '--show-object-format'],
  ...['--absolute-git-dir', '--git-common-dir', '--show-toplevel'],
];

async function discover(options: RepositoryOptions): Promise<Found> {
  const given = options.gitDir === undefined ? {} : { GIT_DIR: resolve(options.directory, options.gitDir) };
  const place = { directory: options.directory, env: gitEnvironment({ ...options.env, ...given }) };
  // The last question has no answer in a bare repository; git fails there after it has answered the others.
  const { stdout, stderr } = await runGit(place, ['rev-parse', '--path-format=absolute', ...QUESTIONS], {
    accept: [0, 128],
  });
  const lines = stdout.toString('utf8').split('\n').slice(0, -1);
  const [inside, shallow, format, gitDir, commonDir, topLevel] = lines;
  if (gitDir === undefined || commonDir === undefined) throw notFound(options.directory, stderr);
  if (lines.length > QUESTIONS.length) throw notFound(options.directory, 'its path holds a line feed');
  if (format !== 'sha1') throw otherFormat(gitDir, format);
  return { gitDir, commonDir, workTree: inside === 'true' ? topLevel : undefined, shallow: shallow === 'true' };
}

function notFound(directory: string, reason: string): MregError {
  // git looks into no repository of another user, whose configuration could name programs to run.
  const isAnothers = reason.includes('safe.directory');
  const hint = isAnothers
    ? `git config --global --add safe.directory ${directory}, if you trust whoever owns it; or work as its owner`
    : 'run `mreg init` to make a registry here, or name one with -C <directory>';
  return new MregError('not-a-registry', `${directory} is in no git repository: ${reason}`, { hint });
}

function otherFormat(gitDir: string, format: string | undefined): MregError {
  const hint = 'make the registry with `git init --object-format=sha1`';
  const message = `${gitDir} keeps its objects as ${String(format)}; mreg writes sha1 objects only`;
  return new MregError('git-failed', message, { hint });
}

/**
 * Names the repository once and for all, so that later calls neither look for it again nor find another one. Relative
 * paths that a hook was given are relative to where the hook stands.
 */
function environmentIn(options: RepositoryOptions, found: Found): NodeJS.ProcessEnv {
  const env = gitEnvironment({ ...options.env, GIT_DIR: found.gitDir });
  for (const name of ['GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY']) {
    const path = env[name];
    if (path !== undefined) env[name] = resolve(options.directory, path);
  }
  return found.workTree === undefined ? env : { ...env, GIT_WORK_TREE: found.workTree };
}

async function writeIndexTree(place: GitPlace): Promise<string> {
  const { stdout } = await runGit(place, ['write-tree']);
  return stdout.toString('latin1').trim();
}
