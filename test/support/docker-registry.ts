import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real registry on this machine, with a folder of its own. */
export interface DockerRegistry {
  /** `127.0.0.1:5000`. */
  readonly host: string;
  /** Where it keeps what it was given. */
  readonly folder: string;
  /** Where it keeps the bytes of a blob. */
  pathOf(digest: string): string;
  stop(): Promise<void>;
}

/** How the registry lets people in; everybody when absent. */
export interface RegistryAuth {
  /** Lines of an htpasswd file, or the parameters of the `token` method. */
  readonly htpasswd?: string;
  readonly token?: Readonly<Record<string, string>>;
}

/** Tells whether a real program is here. CI installs them, so that there its absence is a failure. */
export function isInstalled(program: 'docker-registry' | 'skopeo'): boolean {
  const found = spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
  if (!found && process.env['CI'] === 'true') throw new Error(`${program} must be installed in CI`);
  if (!found) console.warn(`skipped: ${program} is not installed (apt-get install ${program})`);
  return found;
}

/** Starts a registry on a free port and returns it once it answers. */
export async function startDockerRegistry(auth: RegistryAuth = {}, port?: number): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'mreg-registry-'));
  const host = `127.0.0.1:${String(port ?? (await freePort()))}`;
  const config = join(folder, 'config.yml');
  await writeFile(config, JSON.stringify(await configOf(folder, host, auth)));
  const child = spawn('docker-registry', ['serve', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  const said: string[] = [];
  child.stderr.on('data', (data: Buffer) => said.push(data.toString()));
  await answering(host, child, said);
  return {
    host,
    folder,
    pathOf: (digest) => {
      const hex = digest.slice('sha256:'.length);
      return join(folder, 'data/docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    },
    stop: async () => {
      await ended(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function configOf(folder: string, addr: string, { htpasswd, token }: RegistryAuth): Promise<object> {
  const path = join(folder, 'htpasswd');
  if (htpasswd !== undefined) await writeFile(path, htpasswd);
  return {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr, relativeurls: true },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'test', path } } }),
    ...(token === undefined ? {} : { auth: { token } }),
  };
}

/** Returns a port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

async function answering(host: string, child: ChildProcess, said: readonly string[]): Promise<void> {
  const [name, port] = host.split(':');
  while (child.exitCode === null) {
    const isOpen = await new Promise<boolean>((done) => {
      const socket = connect(Number(port), name ?? '');
      socket.once('connect', () => {
        socket.destroy();
        done(true);
      });
      socket.once('error', () => setTimeout(done, 20, false));
    });
    if (isOpen) return;
  }
  throw new Error(`docker-registry ended: ${said.join('')}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await exit;
}
