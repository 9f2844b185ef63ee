import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MregError } from '../documents/error.ts';
import type { ForeignArtifact, Missing } from './foreign.ts';
import { fieldsOf, listOf } from './json-values.ts';
import { isSafeName } from './mlflow-version.ts';
import type { TrackingServer } from './tracking-server.ts';

interface RemoteFile {
  readonly path: string;
  readonly sizeBytes: number | undefined;
}

const PROXY = 'api/2.0/mlflow-artifacts/artifacts';
const MAX_FILES = 100_000;

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
    take: async (directory) => {
      for (const file of files)
        await download(server, `${root}/${file.path}`, { to: join(directory, file.path), file });
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

async function download(
  server: TrackingServer,
  path: string,
  { to, file }: { readonly to: string; readonly file: RemoteFile },
): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const sink = createWriteStream(to, { flags: 'wx', mode: 0o600 });
  await pipeline(server.bytes(`${PROXY}/${encoded}`), sink);
  if (file.sizeBytes !== undefined && sink.bytesWritten !== file.sizeBytes) {
    const found = `${String(sink.bytesWritten)} of ${String(file.sizeBytes)} bytes`;
    throw new MregError('network', `${server.base.host} sent ${found} of ${path}`, { hint: 'run the command again' });
  }
}
