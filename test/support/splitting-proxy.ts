import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, untilAnswering } from './prometheus.ts';

/** Percent of the requests that each slot answers, and is shown a copy of. */
export interface Split {
  readonly blue: { readonly weight: number; readonly mirror: number };
  readonly green: { readonly weight: number; readonly mirror: number };
}

/** A real nginx that splits requests between two servers. */
export interface SplittingProxy {
  readonly url: string;
  /** Makes it split in another way; returns once no worker with the old way takes new requests. */
  reload(split: Split): Promise<void>;
  stop(): Promise<void>;
}

/** Starts nginx before two servers, `host:port` each. */
export async function startSplittingProxy(
  servers: { readonly blue: string; readonly green: string },
  first: Split,
): Promise<SplittingProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'mreg-nginx-'));
  const address = `127.0.0.1:${String(await freePort())}`;
  const config = join(folder, 'nginx.conf');
  let generation = 1;
  const write = (split: Split): Promise<void> =>
    writeFile(config, configOf({ folder, address, servers, split, generation }));
  await write(first);
  const child = spawn('nginx', ['-c', config, '-p', folder, '-e', join(folder, 'error.log')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  const said: string[] = [];
  child.stderr.on('data', (text: Buffer) => said.push(text.toString()));
  const url = `http://${address}`;
  await untilAnswering(`${url}/split-generation`, child, said);
  return {
    url,
    reload: async (split) => {
      generation += 1;
      await write(split);
      const { worker } = await servedBy(`${url}/split-generation`);
      child.kill('SIGHUP');
      await untilGeneration(`${url}/split-generation`, generation, worker);
    },
    stop: async () => {
      const exit = new Promise((done) => child.once('exit', done));
      // TERM and not KILL: the master ends its workers.
      if (child.exitCode === null && child.kill('SIGTERM')) await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Answers which way is served, and by which process. */
async function servedBy(url: string): Promise<{ generation: number; worker: number }> {
  const answer = await fetch(url, { headers: { connection: 'close' } });
  const [generation = 0, worker = 0] = (await answer.text()).split(' ').map(Number);
  return { generation, worker };
}

/** The worker of the old way takes connections until it is gone, also after the new one took its first. */
async function untilGeneration(url: string, wanted: number, old: number): Promise<void> {
  while ((await servedBy(url)).generation !== wanted || isAlive(old)) {
    await new Promise((done) => setTimeout(done, 20));
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function configOf(given: {
  readonly folder: string;
  readonly address: string;
  readonly servers: { readonly blue: string; readonly green: string };
  readonly split: Split;
  readonly generation: number;
}): string {
  const { folder, address, servers, split, generation } = given;
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `${user} daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;
events { worker_connections 512; }
http {
  access_log off; keepalive_timeout 0; ${temporary.join(' ')}
  upstream blue { server ${servers.blue}; }
  upstream green { server ${servers.green}; }
  split_clients "$request_id" $slot { ${shares(split, 'weight', 'none')} }
  split_clients "mirror$request_id" $copy { ${shares(split, 'mirror', 'none')} }
  server {
    listen ${address};
    location = /split-generation { return 200 '${String(generation)} $pid'; }
    location / { mirror /mirrored; proxy_pass http://$slot; }
    location = /mirrored { internal; if ($copy = none) { return 204; } proxy_pass http://$copy$request_uri; }
  }
}
`;
}

/** A share of 0 % is no share to nginx, and what is left goes to \`*\`. */
function shares(split: Split, of: 'weight' | 'mirror', otherwise: string): string {
  const { blue, green } = { blue: split.blue[of], green: split.green[of] };
  if (blue + green >= 100) return blue <= 0 ? '* green;' : green <= 0 ? '* blue;' : `${String(blue)}% blue; * green;`;
  const parts = Object.entries({ blue, green }).filter(([, share]) => share > 0);
  return [...parts.map(([name, share]) => `${String(share)}% ${name};`), `* ${otherwise};`].join(' ');
}
