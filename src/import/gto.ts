import { parse } from 'yaml';
import type { Origin } from '../documents/kinds/model-version.ts';
import { fileAt, type CommitFacts, type Snapshot, type Source } from '../registry/snapshot.ts';
import type { ForeignDetails, ForeignModel, ForeignRegistry, ForeignVersion } from './foreign.ts';
import { type Blobs, gtoArtifact } from './gto-artifact.ts';
import { compareSemver, parseGtoTag, type GtoTag } from './gto-tags.ts';
import { fieldsOf, listOf, textOf, type Fields } from './json-values.ts';
import { withoutCredentials } from './names.ts';

/** A repository with GTO's tags, as commands open it. */
export interface TaggedRepository extends Source, Blobs {
  refs(prefix: string): Promise<readonly { readonly ref: string; readonly oid: string }[]>;
  resolve(revision: string): Promise<string | undefined>;
}

/** Where the repository is, for people and lineage, and where bytes lie that git does not hold. */
export interface GtoOptions {
  readonly repository: string;
  readonly directory: string;
  readonly artifacts: string | undefined;
}

/** A version that is registered: its tag and the commit that it names. */
interface Registered {
  readonly tag: GtoTag;
  readonly commit: CommitFacts;
}

/** Reads the artifacts that GTO's tags register. */
export async function readGto(source: TaggedRepository, options: GtoOptions): Promise<ForeignRegistry> {
  const tags = (await source.refs('refs/tags/')).flatMap(({ ref }): GtoTag[] => {
    const tag = parseGtoTag(ref.slice('refs/tags/'.length));
    return tag === undefined ? [] : [{ ref, ...tag }];
  });
  const names = [...new Set(tags.map(({ artifact }) => artifact))].sort();
  const models = await Promise.all(
    names.map((name) => readModel(source, options, { name, tags: tags.filter(({ artifact }) => artifact === name) })),
  );
  return { found: 'a GTO repository', models: models.filter(({ versions }) => versions.length > 0) };
}

async function readModel(
  source: TaggedRepository,
  options: GtoOptions,
  { name, tags }: { readonly name: string; readonly tags: readonly GtoTag[] },
): Promise<ForeignModel> {
  const registered = await registeredBy(source, tags);
  const standing = await standingsBy(source, tags);
  const isDeprecated = inForce(tags.filter(({ says }) => says === 'deprecated')).length > 0;
  const newest = registered.at(-1)?.commit;
  const versions = registered.map(({ tag, commit }): ForeignVersion => {
    const stages = [...(standing.get(commit.oid) ?? []), ...(isDeprecated ? ['deprecated'] : [])];
    const origin: Origin = {
      ...{ system: 'gto', model: name, version: tag.value, uri: options.repository, commit: commit.oid },
      createdAt: commit.committedAt.toISOString(),
      ...(stages.length === 0 ? {} : { standing: stages.slice(0, 50) }),
    };
    return { origin, read: () => readDetails(source, options, { name, commit }) };
  });
  const notes = newest === undefined ? {} : await annotationOf(snapshotOf(source, newest), name);
  return { name, description: textOf(notes['description']), versions };
}

/** Of the tags about one thing the last counts, by its number; one that takes back leaves nothing. */
function inForce(tags: readonly GtoTag[]): readonly GtoTag[] {
  const last = new Map<string, GtoTag>();
  for (const tag of tags) if (tag.counter >= (last.get(tag.value)?.counter ?? -1)) last.set(tag.value, tag);
  return [...last.values()].filter(({ cancels }) => !cancels);
}

async function registeredBy(source: TaggedRepository, tags: readonly GtoTag[]): Promise<readonly Registered[]> {
  const kept = inForce(tags.filter(({ says }) => says === 'version'));
  const found = await Promise.all(
    kept.map(async (tag) => {
      const oid = await source.resolve(tag.ref);
      return oid === undefined ? [] : [{ tag, commit: await source.readCommit(oid) }];
    }),
  );
  return found
    .flat()
    .sort(
      (a, b) =>
        compareSemver(a.tag.value, b.tag.value) || a.commit.committedAt.getTime() - b.commit.committedAt.getTime(),
    );
}

/** The stages that a commit stands in: the last assignment of each stage. */
async function standingsBy(
  source: TaggedRepository,
  tags: readonly GtoTag[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const standing = new Map<string, string[]>();
  for (const tag of inForce(tags.filter(({ says }) => says === 'stage'))) {
    const oid = await source.resolve(tag.ref);
    if (oid !== undefined) standing.set(oid, [...(standing.get(oid) ?? []), tag.value]);
  }
  return standing;
}

async function readDetails(
  source: TaggedRepository,
  options: GtoOptions,
  { name, commit }: { readonly name: string; readonly commit: CommitFacts },
): Promise<ForeignDetails> {
  const snapshot = snapshotOf(source, commit);
  const fields = await annotationOf(snapshot, name);
  const path = textOf(fields['path']);
  const labels = listOf(fields['labels']).flatMap((label) => textOf(label) ?? []);
  const said = [
    textOf(fields['description']),
    textOf(fields['type']) === undefined ? undefined : `type: ${textOf(fields['type']) ?? ''}`,
    labels.length === 0 ? undefined : `labels: ${labels.join(', ')}`,
  ].filter((line) => line !== undefined);
  return {
    description: said.length === 0 ? undefined : said.join('\n'),
    lineage: { code: { repository: options.repository, commit: commit.oid } },
    metrics: {},
    notes: [],
    artifact:
      path === undefined
        ? { reason: `artifacts.yaml names no path for ${name} at ${commit.oid.slice(0, 12)}`, hint: HINT }
        : await gtoArtifact({ ...options, snapshot, blobs: source }, path),
  };
}

const HINT = 'register the bytes by hand: mreg register <model> <file>';

function snapshotOf(source: Source, { oid, tree }: CommitFacts): Snapshot {
  return { objects: source, commit: oid, tree };
}

/** What artifacts.yaml says of an artifact, or in later repositories the `artifacts` of dvc.yaml. */
async function annotationOf(snapshot: Snapshot, name: string): Promise<Fields> {
  const plain = fieldsOf((await yamlAt(snapshot, 'artifacts.yaml'))[name]);
  if (Object.keys(plain).length > 0) return plain;
  return fieldsOf(fieldsOf((await yamlAt(snapshot, 'dvc.yaml'))['artifacts'])[name]);
}

async function yamlAt(snapshot: Snapshot, path: string): Promise<Fields> {
  const file = await fileAt(snapshot, path);
  if (file.state !== 'present') return {};
  try {
    return fieldsOf(parse(Buffer.from(file.bytes).toString('utf8'), { maxAliasCount: 0 }));
  } catch {
    return {};
  }
}

/** Returns the address of a repository for lineage: where it was cloned from, or where it is. */
export function repositoryAddress(remote: string | undefined, directory: URL): string {
  return remote === undefined ? directory.href : withoutCredentials(remote);
}
