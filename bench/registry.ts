import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openLocalStore } from '../src/artifacts/local-store.ts';
import { pushArtifact } from '../src/artifacts/push.ts';
import { signedEdits } from '../src/commands/signing.ts';
import { recordArtifact } from '../src/documents/artifact-record.ts';
import { openRepository } from '../src/git/open-repository.ts';
import type { CommitPlan } from '../src/registry/commit-plan.ts';
import { emptySnapshot } from '../src/registry/snapshot.ts';
import { readView } from '../src/registry/view.ts';
import { createSignature } from '../src/signing/sshsig.ts';
import { snapshotAt } from '../src/commands/session.ts';
import type { Repository } from '../src/git/port.ts';
import { planRound, type Ground, type Pointers } from './documents.ts';
import { makeAuthor, type Author } from './people.ts';
import { runCommand } from './timing.ts';

/** How much a registry holds. */
export interface Size {
  readonly name: string;
  readonly models: number;
  readonly versionsEach: number;
}

/** A registry made to be measured, in a home of its own: the user's configuration takes no part. */
export interface BenchRegistry {
  readonly size: Size;
  readonly directory: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly author: Author;
  readonly models: readonly string[];
  /** The newest version that every model has; it stands in the first stage. */
  readonly newest: string;
}

/** The protected branch. */
export const BRANCH = 'refs/heads/main';
const IMPORTED = 'refs/heads/imported';
/** The program that is measured; both are run from the repository's root. */
export const MREG = resolve('bin/mreg.mjs');

/** Makes a registry of `size` in `home`: signed documents, one commit for every round of versions, packed and checked out. */
export async function makeRegistry(home: string, size: Size): Promise<BenchRegistry> {
  const registry = await initRegistry(home, size);
  await fill(registry);
  settle(registry);
  return registry;
}

/** Makes a registry with nothing in it yet: the first commit alone. */
export async function initRegistry(home: string, size: Size): Promise<BenchRegistry> {
  mkdirSync(home, { recursive: true });
  const author = await makeAuthor(home);
  const env = environmentIn(home);
  const directory = join(home, 'registry');
  const store = storeOf(home);
  const init = ['init', directory, '--key', author.keyFile, '--as', author.id, '--store', store];
  runCommand({ words: [process.execPath, MREG, ...init], cwd: home, env });
  const models = Array.from({ length: size.models }, (_, index) => `model_${String(index + 1).padStart(5, '0')}`);
  return { size, directory, home, env, author, models, newest: `v${String(size.versionsEach)}` };
}

function storeOf(home: string): string {
  return pathToFileURL(join(home, 'store')).href;
}

function environmentIn(home: string): NodeJS.ProcessEnv {
  const config = join(home, 'gitconfig');
  writeFileSync(config, '[user]\n\tname = Bench\n\temail = bench@example.org\n[init]\n\tdefaultBranch = main\n');
  return { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_GLOBAL: config, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
}

async function fill({ directory, home, env, author, models, size }: BenchRegistry): Promise<void> {
  const repository = await openRepository({ directory, env });
  try {
    const ground = await groundOf(repository, { home, author });
    const pointers: Pointers = { models, current: undefined, digests: new Map() };
    let base = await tipOf(repository);
    for (let number = 1; number <= size.versionsEach; number += 1) {
      const plan = planRound(ground, pointers, { number, base });
      base = await commitPlan(repository, { plan, author, base, env });
    }
  } finally {
    await repository.close();
  }
}

/** Returns what the documents of a registry have in common, with one artifact that stands for all. */
export async function groundOf(
  repository: Repository,
  { home, author }: { readonly home: string; readonly author: Author },
): Promise<Ground> {
  const file = join(home, 'model.onnx');
  writeFileSync(file, 'weights');
  const { manifest, uri } = await pushArtifact(openLocalStore(fileURLToPath(storeOf(home))), file);
  const view = await readView(await snapshotAt(repository, await tipOf(repository)));
  if (view === undefined) throw new Error('mreg init made no registry');
  return { registry: view.id, by: author.id, now: new Date(), artifact: recordArtifact(manifest, uri) };
}

/** Returns the commit that the protected branch is at. */
export async function tipOf(repository: Repository): Promise<string> {
  const tip = await repository.resolve(BRANCH);
  if (tip === undefined) throw new Error(`${BRANCH} does not exist`);
  return tip;
}

interface Commit {
  readonly plan: CommitPlan;
  readonly author: Author;
  readonly base: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Git imports the files, which is fast; the commit itself is made by mreg, because git's import cannot sign. */
async function commitPlan(repository: Repository, { plan, author, base, env }: Commit): Promise<string> {
  const edits = await signedEdits(plan, author.signer, emptySnapshot(repository));
  const cwd = repository.gitDir;
  runCommand({ words: ['git', 'fast-import', '--quiet', '--force'], cwd, env, input: importOf(edits, base) });
  const tree = runCommand({ words: ['git', 'rev-parse', `${IMPORTED}^{tree}`], cwd, env }).trim();
  const draft = {
    ...{ tree, parents: [base], message: plan.subject, at: new Date() },
    author: { name: 'Bench', email: author.id },
  };
  const commit = await repository.writeCommit(draft, (payload) => createSignature(author.signer, 'git', payload));
  await repository.moveRefs([{ ref: BRANCH, old: base, new: commit }], 'bench');
  return commit;
}

/** The stream that `git fast-import` reads: one commit on `base` with the files given. */
function importOf(edits: ReadonlyMap<string, Uint8Array | null>, base: string): Buffer {
  const head = `commit ${IMPORTED}\ncommitter Bench <bench@example.org> 0 +0000\ndata 0\nfrom ${base}\n`;
  const files = [...edits].flatMap(([path, bytes]) =>
    bytes === null
      ? [Buffer.from(`D ${path}\n`)]
      : [Buffer.from(`M 100644 inline ${path}\ndata ${String(bytes.length)}\n`), bytes, Buffer.from('\n')],
  );
  return Buffer.concat([Buffer.from(head), ...files, Buffer.from('done\n')]);
}

/** Leaves the registry as one that is in use: packed, its files checked out, and git's record of their times filled. */
export function settle({ directory, env }: BenchRegistry): void {
  const steps = [
    ['update-ref', '-d', IMPORTED],
    ['reset', '--quiet', '--hard', 'main'],
    ['gc', '--quiet', '--prune=now'],
    ['status', '--porcelain'],
  ];
  for (const words of steps) runCommand({ words: ['git', ...words], cwd: directory, env });
}
