import { resolve } from 'node:path';
import { findGarbage, removeGarbage, type Garbage } from '../artifacts/collect.ts';
import { listArtifacts } from '../artifacts/list.ts';
import { openStore } from '../artifacts/open-store.ts';
import type { ArtifactStore } from '../artifacts/port.ts';
import type { Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import type { ArtifactOutput } from '../report/output-schemas.ts';
import { count, shortDigest, sizeOf } from '../report/quantity.ts';
import { artifactJson, storesOf, type StoredArtifact } from './artifact-ls.ts';
import { print, type CommonFlags } from './flags.ts';
import { namedArtifacts } from './named-artifacts.ts';
import type { Outside } from './outside.ts';
import { withSession, type Session } from './session.ts';

interface CollectFlags extends CommonFlags {
  readonly store?: string | undefined;
  readonly also?: readonly string[] | undefined;
  readonly delete?: boolean | undefined;
}

/** What one store has too much, or had. */
interface StoreGarbage {
  readonly store: ArtifactStore;
  readonly garbage: Garbage;
  readonly artifacts: readonly StoredArtifact[];
}

const ALONE =
  'Only this registry was asked what it names. If others keep their artifacts in the same store, name them with --also <dir>.';
const UNFETCHED = 'Nothing was fetched: what others registered since the last fetch counts as named by no version.';

/** Shows, and with --delete removes, what no version of this registry (and of those in --also) names. */
export async function collectGarbage(outside: Outside, flags: CollectFlags): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const keep = await digestsToKeep(session, flags.also ?? []);
    const now = outside.now();
    const found: StoreGarbage[] = [];
    for (const { url } of storesOf(session, flags.store))
      found.push(await garbageOf(openStore(url, outside), { keep, now }));
    const removes = flags.delete === true && flags.dryRun !== true;
    if (removes) await askFirst(session, found);
    const told = removes ? await removeAll(found, now) : found;
    tellCollected(session, told, { removed: removes, warnings: warningsFor(flags) });
    return 0;
  });
}

function warningsFor(flags: CollectFlags): readonly string[] {
  return [...(flags.also === undefined ? [ALONE] : []), ...(flags.push === false ? [UNFETCHED] : [])];
}

async function digestsToKeep(session: Session, also: readonly string[]): Promise<ReadonlySet<Digest>> {
  const keep = new Set(await namedIn(session));
  for (const directory of also) {
    const C = resolve(session.outside.cwd, directory);
    const others = await withSession(session.outside, { ...session.flags, C }, namedIn);
    for (const digest of others) keep.add(digest);
  }
  return keep;
}

/** What somebody else registered meanwhile is known only after fetching every branch. */
async function namedIn({ repository, flags }: Session): Promise<Iterable<Digest>> {
  if (flags.push !== false) for (const remote of await repository.remotes()) await fetchBranches(repository, remote);
  return (await namedArtifacts(repository)).keys();
}

async function fetchBranches(repository: Repository, remote: string): Promise<void> {
  const result = await repository.fetch(remote, [`+refs/heads/*:refs/remotes/${remote}/*`]);
  if (result.state === 'ok') return;
  throw new MregError('network', `the versions on the remote ${remote} cannot be fetched: ${result.text.trim()}`, {
    hint: 'without them, artifacts that are in use could be removed; --no-push looks at this clone alone',
  });
}

async function garbageOf(
  store: ArtifactStore,
  options: { readonly keep: ReadonlySet<Digest>; readonly now: Date },
): Promise<StoreGarbage> {
  const garbage = await findGarbage(store, options);
  const dropped = new Set(garbage.artifacts);
  const artifacts: StoredArtifact[] = [];
  for await (const artifact of listArtifacts(store)) {
    if (dropped.has(artifact.digest)) artifacts.push({ ...artifact, versions: [] });
  }
  return { store, garbage, artifacts };
}

async function askFirst({ outside, flags }: Session, found: readonly StoreGarbage[]): Promise<void> {
  if (outside.ask === undefined || flags.yes === true || flags.json === true) return;
  const said = await outside.ask({ text: `Remove ${found.map(summaryOf).join('; ')}? [y/N] ` });
  if (said?.trim().toLowerCase().startsWith('y') === true) return;
  throw new MregError('refused', 'nothing was removed', { hint: 'mreg artifact gc shows what would be' });
}

async function removeAll(found: readonly StoreGarbage[], now: Date): Promise<readonly StoreGarbage[]> {
  const done: StoreGarbage[] = [];
  for (const { store, garbage, artifacts } of found) {
    const gone = await removeGarbage(store, garbage, now);
    const digests = new Set(gone.artifacts);
    done.push({ store, garbage: gone, artifacts: artifacts.filter(({ digest }) => digests.has(digest)) });
  }
  return done;
}

function tellCollected(
  { outside, flags }: Session,
  found: readonly StoreGarbage[],
  about: { readonly removed: boolean; readonly warnings: readonly string[] },
): void {
  const { removed, warnings } = about;
  const total = (of: (garbage: Garbage) => number): number => found.reduce((sum, { garbage }) => sum + of(garbage), 0);
  const [files, size] = [total((garbage) => garbage.files.length), total(({ sizeBytes }) => sizeBytes)];
  const leftovers = total((garbage) => garbage.leftovers.length);
  const isEmpty =
    found.every(({ garbage }) => garbage.artifacts.length + garbage.files.length === 0) && leftovers === 0;
  print(outside, flags, {
    json: {
      ...{ action: 'gc', ok: true, digest: null, uri: null, files, size, leftovers, dryRun: !removed },
      artifacts: found.flatMap(({ artifacts }) => artifacts.map(artifactJson)),
      warnings: [...warnings],
    } satisfies ArtifactOutput,
    text: (_view, paint) =>
      [
        ...found.flatMap((one) => linesOf(one, removed ? paint.green('removed') : 'would remove')),
        ...warnings.flatMap((warning) => ['', `${paint.yellow('note:')} ${warning}`]),
        ...(removed || isEmpty ? [] : ['', 'next:', '  mreg artifact gc --delete']),
      ].join('\n'),
  });
}

function linesOf({ store, garbage, artifacts }: StoreGarbage, verb: string): string[] {
  const all = artifacts.map(
    ({ digest, contents }) =>
      `    ${shortDigest(digest)}  ${contents === undefined ? 'damaged' : sizeOf(contents.sizeBytes)}`,
  );
  return [store.url, `  ${verb} ${summaryOf({ garbage })}`, ...all];
}

function summaryOf({ garbage }: Pick<StoreGarbage, 'garbage'>): string {
  const { artifacts, files, leftovers, sizeBytes } = garbage;
  const unfinished = leftovers.length === 0 ? '' : `, ${count(leftovers.length, 'unfinished upload')}`;
  return `${count(artifacts.length, 'artifact')}, ${count(files.length, 'file')}${unfinished}: ${sizeOf(sizeBytes)}`;
}
