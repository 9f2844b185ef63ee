import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MregError } from '../documents/error.ts';
import type { ForeignArtifact, Missing, TakeOptions } from './foreign.ts';
import { fieldsOf, listOf } from './json-values.ts';
import { isSafeName } from './mlflow-version.ts';
import type { TrackingServer } from './tracking-server.ts';
import { writeStream } from './write-stream.ts';

interface RemoteFile {
  readonly path: string;
  readonly sizeBytes: number | undefined;
}

const PROXY = 'api/2.0/mlflow-artifacts/artifacts';
const MAX_FILES = 100_000;
/** The proxy sends whole files alone: after a cut, one begins again. */
const TRIES = 3;

/** Returns the artifact behind a server's proxy, or why it is none. */
export async function proxiedArtifact(server: TrackingServer, path: string): Promise<ForeignArtifact | Missing> {
  const root = path.replace(/\/+$/, '');
  if (!root.split('/').every(isSafeName))
    return { reason: `MLflow names no usable path: ${path}`, hint: 'export it instead' };
  const files = await filesBelow(server, root);
  if (files === undefined || files.length === 0) {
    return {
      reason: `the server has no files at ${path}`,
      hint: 'if the server does not serve artifacts, export the models and import the export',
    };
  }
  return {
    sizeBytes: () => Promise.resolve(files.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)),
    take: async (directory, options = {}) => {
      for (const file of files) {
        const from = { path: `${root}/${file.path}`, sizeBytes: file.sizeBytes };
        await download(server, { from, to: join(directory, file.path) }, options);
      }
      return directory;
    },
  };
}

async function filesBelow(server: TrackingServer, root: string): Promise<readonly RemoteFile[] | undefined> {
  const files: RemoteFile[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const at = folder === '' ? root : `${root}/${folder}`;
    const answer = await server.json(PROXY, { path: at }, 'may be absent');
    if (answer === undefined) return undefined;
    for (const entry of listOf(fieldsOf(answer)['files']).map(fieldsOf)) {
      const name = String(entry['path']).split('/').at(-1) ?? '';
      // Attack: a name that climbs out of the folder into which it is loaded.
      if (!isSafeName(name))
        throw new MregError('integrity', `${server.base.host} lists a file ${JSON.stringify(name)}`);
      const path = folder === '' ? name : `${folder}/${name}`;
      if (entry['is_dir'] === true) folders.push(path);
      else files.push({ path, sizeBytes: sizeIn(entry['file_size']) });
    }
    if (files.length + folders.length > MAX_FILES)
      throw new MregError('bad-file', `${server.base.host} lists more than ${String(MAX_FILES)} files at ${root}`);
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Servers write 64-bit numbers as text in some versions. */
function sizeIn(value: unknown): number | undefined {
  const size = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

interface Download {
  readonly from: RemoteFile;
  readonly to: string;
}

async function download(server: TrackingServer, { from, to }: Download, options: TakeOptions): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    let came = 0;
    const onBytes = (bytes: number): void => {
      came += bytes;
      options.onBytes?.(bytes);
    };
    try {
      await downloadOnce(server, { from, to }, { ...options, onBytes });
      return;
    } catch (error) {
      if (tries >= TRIES || !(error instanceof MregError) || error.code !== 'network') throw error;
      options.onBytes?.(-came);
      await rm(to, { force: true });
      await server.rest(tries);
    }
  }
}

async function downloadOnce(server: TrackingServer, { from, to }: Download, options: TakeOptions): Promise<void> {
  const { path, sizeBytes } = from;
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const size = await writeStream(to, server.bytes(`${PROXY}/${encoded}`), options);
  if (sizeBytes === undefined || size === sizeBytes) return;
  const found = `${String(size)} of ${String(sizeBytes)} bytes`;
  throw new MregError('network', `${server.base.host} sent ${found} of ${path}`, { hint: 'run the command again' });
}
