import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { drop, readPieces } from '../artifacts/oci/answer.ts';
import { openHttp, type Http } from '../artifacts/oci/http.ts';
import { isLoopback } from '../artifacts/oci/place.ts';
import { MregError } from '../documents/error.ts';
import type { ForeignRegistry } from '../import/foreign.ts';
import { readGto, repositoryAddress } from '../import/gto.ts';
import { readExport } from '../import/mlflow-export.ts';
import { readFileStore } from '../import/mlflow-file-store.ts';
import { registryOf } from '../import/mlflow-folder.ts';
import { mlflowAuthorisation, readTrackingServer } from '../import/mlflow-server.ts';
import { openTrackingServer, type Get } from '../import/tracking-server.ts';
import type { Outside } from './outside.ts';

/** How a source is reached. */
export interface SourceFlags {
  readonly artifacts?: string | undefined;
  readonly allowHttp?: boolean | undefined;
}

interface OpenSource {
  readonly registry: ForeignRegistry;
  close(): Promise<void>;
}

const nothingToClose = (): Promise<void> => Promise.resolve();

/** Reads MLflow's models from a tracking server or a folder, whichever `source` names. */
export async function openMlflow(
  outside: Outside,
  flags: SourceFlags,
  { source, wanted }: { readonly source: string; readonly wanted: (model: string) => boolean },
): Promise<OpenSource> {
  if (/^https?:/i.test(source)) {
    const base = serverAddress(source, flags);
    const server = openTrackingServer(base, {
      get: getWith(openHttp(outside)),
      authorization: mlflowAuthorisation(outside.env),
      pause: outside.pause,
      signal: outside.interrupted,
    });
    return { registry: await readTrackingServer(server, wanted), close: nothingToClose };
  }
  return { registry: await readFolder(folderOf(outside, source), artifactsOf(outside, flags)), close: nothingToClose };
}

/** A connection that is cut while a body comes fails like one that is cut before. */
function getWith(http: Http): Get {
  return async (request) => {
    const answer = await http(request);
    const pieces = (): AsyncIterator<Uint8Array> => readPieces(answer, request.url, request.signal);
    return { status: answer.status, body: { [Symbol.asyncIterator]: pieces, dump: () => drop(answer) } };
  };
}

function serverAddress(source: string, { allowHttp }: SourceFlags): URL {
  if (!URL.canParse(source))
    throw new MregError('usage', `${source} is no address`, { hint: 'https://mlflow.example.org' });
  const url = new URL(source);
  if (url.username !== '' || url.password !== '') {
    throw new MregError(
      'usage',
      'an address on the command line must not hold a password: others on this machine see it',
      {
        hint: 'set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD',
      },
    );
  }
  // Attack: whoever is on the way reads the token, and puts other bytes in the place of the models.
  if (url.protocol !== 'https:' && !isLoopback(url) && allowHttp !== true) {
    throw new MregError(
      'usage',
      `${url.origin} is not encrypted: tokens and models can be read and changed on the way`,
      {
        hint: 'use https://, or add --allow-http in a network that you trust',
      },
    );
  }
  return url;
}

function folderOf(outside: Outside, source: string): string {
  if (source.startsWith('file://')) return fileURLToPath(source);
  if (/^[a-z][a-z0-9+-]+:/i.test(source)) {
    throw new MregError('usage', `${source} can be read by MLflow alone`, {
      hint: 'start "mlflow server" on it and import from its address, or export it with mlflow-export-import',
    });
  }
  return resolve(outside.cwd, source);
}

function artifactsOf(outside: Outside, { artifacts }: SourceFlags): string | undefined {
  return artifacts === undefined ? undefined : resolve(outside.cwd, artifacts);
}

async function readFolder(root: string, artifacts: string | undefined): Promise<ForeignRegistry> {
  for (const folder of [root, resolve(root, 'mlruns')]) {
    const contents = (await readFileStore(folder)) ?? (await readExport(folder));
    if (contents !== undefined) return registryOf(contents, artifacts);
  }
  throw new MregError('bad-file', `${root} is no MLflow file store and no export of models`, {
    hint: 'expected mlruns with models/<name>/meta.yaml, or model.json files of mlflow-export-import',
  });
}

/** Reads the models that GTO tags register in a clone. */
export async function openGto(outside: Outside, flags: SourceFlags, repository: string): Promise<OpenSource> {
  if (/^(?:[a-z][a-z0-9+-]+:\/\/|[^/]+@[^/]+:)/i.test(repository)) {
    throw new MregError('usage', `expected a clone on this machine, found ${repository}`, {
      hint: `git clone ${repository}`,
    });
  }
  const directory = resolve(outside.cwd, repository);
  const opened = await outside.openRepository(directory);
  try {
    const remote = await opened.readConfig('remote.origin.url');
    const address = repositoryAddress(remote, pathToFileURL(directory));
    const registry = await readGto(opened, { repository: address, directory, artifacts: artifactsOf(outside, flags) });
    return { registry, close: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
