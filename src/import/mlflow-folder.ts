import { join } from 'node:path';
import type { ForeignDetails, ForeignModel, ForeignRegistry } from './foreign.ts';
import { foldersIn } from './foreign-files.ts';
import { textOf, type Fields } from './json-values.ts';
import { localArtifact } from './local-artifact.ts';
import { factsOfRun, type RunRecord } from './mlflow-run.ts';
import { aliasesOf, artifactSpot, byNumber, isKept, mlflowOrigin } from './mlflow-version.ts';

/** One folder that holds artifacts: of a run, or of a logged model of MLflow 3. */
export interface OwnerFolder {
  readonly directory: string;
  readonly record?: () => Promise<RunRecord>;
}

/** What both layouts on disk come to. */
export interface FolderContents {
  readonly found: string;
  readonly models: readonly { readonly fields: Fields; readonly versions: readonly Fields[] }[];
  /** Runs and logged models by their ids. */
  readonly owners: ReadonlyMap<string, OwnerFolder>;
}

/** Returns the registry that the contents of a folder describe; `artifacts` is a second place for what is not in it. */
export function registryOf(contents: FolderContents, artifacts: string | undefined): ForeignRegistry {
  const models = contents.models.map(({ fields, versions }): ForeignModel => {
    const name = textOf(fields['name']) ?? '';
    return {
      name,
      description: textOf(fields['description']),
      versions: byNumber(versions.filter(isKept)).map((version) => ({
        origin: mlflowOrigin(name, version, aliasesOf(fields, version)),
        read: () => detailsOf(contents, version, artifacts),
      })),
    };
  });
  return { found: contents.found, models };
}

async function detailsOf(
  { owners }: FolderContents,
  version: Fields,
  artifacts: string | undefined,
): Promise<ForeignDetails> {
  const run = textOf(version['run_id']);
  const record = run === undefined ? undefined : owners.get(run)?.record;
  const facts = record === undefined ? undefined : factsOfRun(await record());
  const gone =
    run === undefined || facts !== undefined ? [] : [`its run ${run} is not here: no metrics and no lineage`];
  return {
    description: textOf(version['description']),
    lineage: facts?.lineage,
    metrics: facts?.metrics ?? {},
    notes: [...(facts?.notes ?? []), ...gone],
    artifact: await artifactOf(owners, version, artifacts),
  };
}

async function artifactOf(
  owners: FolderContents['owners'],
  version: Fields,
  artifacts: string | undefined,
): Promise<ForeignDetails['artifact']> {
  const address = textOf(version['storage_location']) ?? textOf(version['source']) ?? '';
  const spot = artifactSpot(address) ?? artifactSpot(textOf(version['source']) ?? '') ?? loggedModel(address);
  const reason = `its bytes are not here: MLflow has them at ${address === '' ? 'no address' : address}`;
  const hint = 'copy the artifact folders of its runs into one folder, and name that with --artifacts <dir>';
  if (spot === undefined) return { reason, hint };
  const directory = owners.get(spot.owner)?.directory;
  const places = [
    ...(directory === undefined ? [] : [directory]),
    ...(artifacts === undefined ? [] : await spotsBelow(artifacts, spot.owner)),
  ];
  for (const place of places) {
    const found = await localArtifact(place, join('artifacts', spot.path));
    if (found !== undefined) return found;
  }
  return { reason, hint };
}

/** MLflow 3 names a logged model by its id alone. */
function loggedModel(address: string): { owner: string; path: string } | undefined {
  const owner = /^models:\/+(m-[0-9a-zA-Z]+)$/.exec(address)?.[1];
  return owner === undefined ? undefined : { owner, path: '' };
}

/** `<dir>/<run>` and `<dir>/<experiment>/<run>`, and for logged models `<dir>/<experiment>/models/<id>`. */
async function spotsBelow(root: string, owner: string): Promise<readonly string[]> {
  const experiments = await foldersIn(root);
  return [
    join(root, owner),
    ...experiments.flatMap((name) => [join(root, name, owner), join(root, name, 'models', owner)]),
  ];
}
