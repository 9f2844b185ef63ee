import { listArtifacts, type ListedArtifact } from '../artifacts/list.ts';
import { openStore, type ConfiguredStore } from '../artifacts/open-store.ts';
import { shown } from '../report/escape.ts';
import type { ArtifactOutput } from '../report/output-schemas.ts';
import { ageOf, count, shortDigest, sizeOf } from '../report/quantity.ts';
import { renderTable } from '../report/table.ts';
import type { View } from '../report/view.ts';
import { print, type CommonFlags } from './flags.ts';
import { formatWords, storedFormats } from './model-formats.ts';
import { namedArtifacts } from './named-artifacts.ts';
import type { Outside } from './outside.ts';
import { withSession, type Session } from './session.ts';
import { chooseStore } from './stores.ts';

/** An artifact of a store with the versions that name it. */
export interface StoredArtifact extends ListedArtifact {
  readonly versions: readonly string[];
  /** In words; absent unless it was asked for, and of a damaged artifact. */
  readonly formats?: string | undefined;
}

interface ListFlags extends CommonFlags {
  readonly store?: string | undefined;
  readonly formats?: boolean | undefined;
}

/** Lists what the stores hold and which versions name it. */
export async function listStored(outside: Outside, flags: ListFlags): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const named = await namedArtifacts(session.repository);
    const found: StoredArtifact[] = [];
    for (const { url } of storesOf(session, flags.store)) {
      const store = openStore(url, outside);
      for await (const artifact of listArtifacts(store)) {
        const isWanted = flags.formats === true && artifact.contents !== undefined;
        const formats = isWanted ? formatWords(await storedFormats({ store, key: artifact.digest })) : undefined;
        found.push({ ...artifact, versions: [...(named.get(artifact.digest) ?? [])], formats });
      }
    }
    tellListed(session, found, flags);
    return 0;
  });
}

/** Returns the store that was asked for, else every configured one. */
export function storesOf({ view }: Session, asked: string | undefined): readonly ConfiguredStore[] {
  const { stores } = view.settings.body.spec;
  return asked === undefined ? stores : [chooseStore(stores, asked)];
}

/** Returns an artifact as `--json` tells it. */
export function artifactJson(artifact: StoredArtifact): NonNullable<ArtifactOutput['artifacts']>[number] {
  const { digest, uri, storedAt, contents, versions, formats } = artifact;
  return {
    digest,
    uri,
    files: contents?.files ?? null,
    size: contents?.sizeBytes ?? null,
    storedAt: storedAt.toISOString(),
    versions: [...versions],
    ...(formats === undefined ? {} : { formats }),
  };
}

function tellListed(
  { outside, flags }: Session,
  found: readonly StoredArtifact[],
  { formats = false }: ListFlags,
): void {
  const total = (of: (artifact: StoredArtifact) => number | undefined): number =>
    found.reduce((sum, artifact) => sum + (of(artifact) ?? 0), 0);
  const files = total(({ contents }) => contents?.files);
  const size = total(({ contents }) => contents?.sizeBytes);
  const ok = found.every(({ contents }) => contents !== undefined);
  print(outside, flags, {
    json: {
      ...{ action: 'ls', ok, digest: null, uri: null, files, size },
      artifacts: found.map(artifactJson),
    } satisfies ArtifactOutput,
    text: (view) =>
      found.length === 0 ? 'the stores hold no artifact yet: mreg artifact push <path>' : tableOf(found, view, formats),
  });
}

function tableOf(found: readonly StoredArtifact[], view: View, withFormats: boolean): string {
  const rows = found.map(({ digest, contents, storedAt, versions, formats }) => [
    shortDigest(digest),
    ...(withFormats ? [formats ?? ''] : []),
    contents === undefined ? 'damaged' : sizeOf(contents.sizeBytes),
    contents === undefined ? '' : String(contents.files),
    ageOf(storedAt.toISOString(), view.now),
    versions.length === 0 ? 'no version' : versions.map((version) => shown(version, view)).join(', '),
  ]);
  const columns = [
    { title: 'digest' },
    ...(withFormats ? [{ title: 'format' }] : []),
    { title: 'size', align: 'right' },
    { title: 'files', align: 'right' },
    { title: 'stored', expendable: true },
    { title: 'named by' },
  ] as const;
  return [...renderTable({ columns, rows }, view), '', count(found.length, 'artifact')].join('\n');
}
