import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopIfAborted } from '../artifacts/file-bytes.ts';
import { openStore } from '../artifacts/open-store.ts';
import type { TransferOptions } from '../artifacts/port.ts';
import { pushArtifact } from '../artifacts/push.ts';
import { recordArtifact, type ArtifactRecord } from '../documents/artifact-record.ts';
import { MregError } from '../documents/error.ts';
import type { Origin } from '../documents/kinds/model-version.ts';
import type { ForeignArtifact, ForeignDetails, ForeignModel, ForeignVersion, TakeOptions } from '../import/foreign.ts';
import { importedVersions, originKey } from '../registry/imported.ts';
import { versionNumbers } from '../registry/models.ts';
import { planRegister } from '../registry/plan-register.ts';
import type { ImportOutput } from '../report/output-schemas.ts';
import { submit, type Done } from './carry-out.ts';
import { fittingMetrics } from './import-metrics.ts';
import { withProgress } from './progress.ts';
import { openSession, type Session } from './session.ts';
import { tagVersion } from './tag-version.ts';

type VersionOutcome = ImportOutput['versions'][number];

/** What became of one model; `reason` says why the rest of its versions was not tried. */
export interface Brought {
  readonly from: string;
  readonly to: string;
  readonly reason: string | null;
  readonly versions: readonly VersionOutcome[];
}

/** A model to bring over: its name here, and the store that takes its bytes. */
interface Wanted {
  readonly model: ForeignModel;
  readonly name: string;
  readonly store: string;
  /** Returns `[3/40] ` for the next of all versions, whether it comes or not. */
  readonly place: () => string;
}

/** Failures that may be of one version or its source; every other is of this machine or registry, and ends the import. */
const OF_ONE_MODEL: ReadonlySet<string> = new Set([
  'bad-file',
  'exists',
  'integrity',
  'network',
  'no-access',
  'refused',
]);

/** Brings the versions of one model that are not here yet, in their order, each by a commit of its own. */
export async function bringModel(session: Session, wanted: Wanted): Promise<Brought> {
  const { model, name } = wanted;
  const { snapshot } = (await reopened(session)).view;
  const known = new Map(await importedVersions(snapshot, name));
  let last = (await versionNumbers(snapshot, name)).at(-1) ?? 0;
  const versions: VersionOutcome[] = [];
  const end = (reason: string | null): Brought => ({ from: model.name, to: name, reason, versions });
  for (const version of model.versions) {
    stopIfAborted(session.outside.interrupted);
    const place = wanted.place();
    const here = known.get(originKey(version.origin));
    if (here !== undefined) {
      versions.push({ ...outcome(version.origin, name), version: here, state: 'present' });
      continue;
    }
    try {
      const made = await bringVersion(session, { ...wanted, version, last, label: place + labelOf(version) });
      versions.push(made);
      if (made.version === null) continue;
      known.set(originKey(version.origin), made.version);
      last = Number(made.version.slice(1));
    } catch (error) {
      // Whoever interrupts does so to everything that runs: what then failed is no fault of the version.
      stopIfAborted(session.outside.interrupted);
      if (!(error instanceof MregError) || !OF_ONE_MODEL.has(error.code)) throw error;
      versions.push(failure(version.origin, name, error));
      // Later versions would get the number of this one, and it a later one when it is tried again.
      return end(`stopped at version ${version.origin.version}: ${error.message}`);
    }
  }
  return end(null);
}

/** A local branch moves with each version; the session shows the state that it was opened at. */
function reopened({ outside, flags, repository }: Session): Promise<Session> {
  return openSession(outside, flags, repository);
}

function outcome({ model, version, standing = [] }: Origin, name: string): VersionOutcome {
  return {
    ...{ from: { model, version }, model: name, version: null, state: 'failed' as const, size: null, uri: null },
    ...{ commit: null, standing: [...standing], notes: [], reason: null, hint: null },
  };
}

function failure(origin: Origin, name: string, error: MregError): VersionOutcome {
  const said = error.refusals
    .slice(0, 3)
    .map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  return { ...outcome(origin, name), reason: [error.message, ...said].join('; '), hint: error.hint ?? null };
}

interface Bringing extends Wanted {
  readonly version: ForeignVersion;
  /** The newest number here. */
  readonly last: number;
  readonly label: string;
}

function labelOf({ origin }: ForeignVersion): string {
  return `${origin.model} ${origin.version}`;
}

async function bringVersion(session: Session, bringing: Bringing): Promise<VersionOutcome> {
  const { name, version, last } = bringing;
  const details = await version.read();
  const base = outcome(version.origin, name);
  const { artifact } = details;
  if ('reason' in artifact) return { ...base, ...artifact, notes: [...details.notes] };
  const fresh = await reopened(session);
  const { metrics, notes } = await fittingMetrics(fresh, name, details);
  const known = { ...base, notes: [...details.notes, ...notes] };
  if (session.flags.dryRun === true) {
    const size = await artifact.sizeBytes();
    return { ...known, version: `v${String(last + 1)}`, state: 'planned', size };
  }
  const record = await storeArtifact(fresh, bringing, artifact);
  const done = await registered(fresh, bringing, { details: { ...details, metrics }, record });
  await tagVersion(fresh, { uri: record.uri, model: name, version: done.result });
  const { size, uri } = record;
  return { ...known, version: done.result, state: 'imported', size, uri, commit: done.commit ?? null };
}

async function storeArtifact(session: Session, bringing: Bringing, artifact: ForeignArtifact): Promise<ArtifactRecord> {
  const directory = await mkdtemp(join(tmpdir(), 'mreg-import-'));
  const { label, store } = bringing;
  try {
    const totalBytes = await artifact.sizeBytes();
    const path = await withProgress(session, `${label}: fetch`, (options) =>
      artifact.take(directory, counted(totalBytes, options)),
    );
    const pushed = await withProgress(session, `${label}: store`, (options) =>
      pushArtifact(openStore(store, session.outside), path, options),
    );
    return recordArtifact(pushed.manifest, pushed.uri);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function counted(totalBytes: number, { onProgress, signal }: TransferOptions): TakeOptions {
  let bytes = 0;
  const onBytes = (more: number): void => {
    bytes += more;
    onProgress?.({ files: 0, totalFiles: 1, bytes, totalBytes });
  };
  return { signal, onBytes };
}

async function registered(
  session: Session,
  { model, name, version, last }: Bringing,
  { details, record }: { readonly details: ForeignDetails; readonly record: ArtifactRecord },
): Promise<Done<string>> {
  const { origin } = version;
  const command = `import of ${origin.model} version ${origin.version}${origin.run === undefined ? '' : ` run ${origin.run}`}`;
  const about = clean(model.description)?.slice(0, 1000);
  return submit(session, async ({ view, outside }, { principal }) => {
    if ((await importedVersions(view.snapshot, name, last)).has(originKey(origin)))
      throw new MregError('exists', 'somebody else imported it at this moment', { hint: 'run the command again' });
    const hasMetrics = Object.keys(details.metrics).length > 0;
    const planned = await planRegister(view, {
      model: name,
      artifact: record,
      origin,
      lineage: details.lineage,
      note: noteOf(session.flags.message, details.description),
      metrics: hasMetrics ? details.metrics : undefined,
      tool: { name: origin.system, command: clean(command)?.replaceAll('\n', ' ').slice(0, 1000) ?? origin.system },
      newModel: about === undefined ? {} : { description: about },
      by: principal,
      now: outside.now(),
    });
    return { plan: planned.plan, result: planned.version };
  });
}

function noteOf(message: string | undefined, description: string | undefined): string | undefined {
  const parts = [message, clean(description)].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join('\n\n').slice(0, 4000);
}

/** Foreign text goes into a commit message, which no control character may end early. */
function clean(text: string | undefined): string | undefined {
  const plain = text
    ?.replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]|\p{Surrogate}/gu, ' ')
    .trim();
  return plain === '' ? undefined : plain;
}
