import { listArtifacts, type ListedArtifact } from '../artifacts/list.ts';
import { openStore, type ConfiguredStore } from '../artifacts/open-store.ts';
import { shown } from '../report/escape.ts';
import type { ArtifactOutput } from '../report/output-schemas.ts';
import { ageOf, count, shortDigest, sizeOf } from '../report/quantity.ts';
import { renderTable } from '../report/table.ts';
import type { View } from '../report/view.ts';
import { print, type CommonFlags } from './flags.ts';
import { namedArtifacts } from './named-artifacts.ts';
import type { Outside } from './outside.ts';
import { withSession, type Session } from './session.ts';
import { chooseStore } from './stores.ts';

/** An artifact of a store with the versions that name it. */
export interface StoredArtifact extends ListedArtifact {
  readonly versions: readonly string[];
}

/** Lists what the stores hold and which versions name it. */
export async function listStored(
  outside: Outside,
  flags: CommonFlags & { readonly store?: string | undefined },
): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const named = await namedArtifacts(session.repository);
    const found: StoredArtifact[] = [];
    for (const { url } of storesOf(session, flags.store)) {
      for await (const artifact of listArtifacts(openStore(url, outside))) {
        found.push({ ...artifact, versions: [...(named.get(artifact.digest) ?? [])] });
      }
    }
    tellListed(session, found);
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
  const { digest, uri, storedAt, contents, versions } = artifact;
  return {
    digest,
    uri,
    files: contents?.files ?? null,
    size: contents?.sizeBytes ?? null,
    storedAt: storedAt.toISOString(),
    versions: [...versions],
  };
}

function tellListed({ outside, flags }: Session, found: readonly StoredArtifact[]): void {
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
      found.length === 0 ? 'the stores hold no artifact yet: mreg artifact push <path>' : tableOf(found, view),
  });
}

function tableOf(found: readonly StoredArtifact[], view: View): string {
  const rows = found.map(({ digest, contents, storedAt, versions }) => [
    shortDigest(digest),
    contents === undefined ? 'damaged' : sizeOf(contents.sizeBytes),
    contents === undefined ? '' : String(contents.files),
    ageOf(storedAt.toISOString(), view.now),
    versions.length === 0 ? 'no version' : versions.map((version) => shown(version, view)).join(', '),
  ]);
  const columns = [
    { title: 'digest' },
    { title: 'size', align: 'right' },
    { title: 'files', align: 'right' },
    { title: 'stored', expendable: true },
    { title: 'named by' },
  ] as const;
  return [...renderTable({ columns, rows }, view), '', count(found.length, 'artifact')].join('\n');
}
