import { execFileSync } from 'node:child_process';
import { sign } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOciStore } from '../../../src/artifacts/oci/oci-store.ts';
import { pullArtifact } from '../../../src/artifacts/pull.ts';
import { pushArtifact } from '../../../src/artifacts/push.ts';
import { digestOf } from '../../../src/documents/digest.ts';
import { readFiles, writeFiles } from '../../contracts/artifact-store.contract.ts';
import { listen } from '../../support/cut-proxy.ts';
import {
  type DockerRegistry,
  isInstalled,
  type RegistryAuth,
  startDockerRegistry,
} from '../../support/docker-registry.ts';
import { storeWorld } from '../../support/store-world.ts';

const PASSWORD = 's3cret:pass';
/** The bcrypt hash of that password, which only tests ever use. */
const HTPASSWD = 'ann:$2y$05$abcdefghijklmnopqrstuuKqhJSfTIYV1SkiVqP0GjQATd/vnrS1a\n';
const basic = (account: string, secret: string): string => Buffer.from(`${account}:${secret}`).toString('base64');

let home: string;
let closing: (() => Promise<unknown>)[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mreg-access-'));
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await rm(home, { recursive: true, force: true });
});

const started = async (auth?: RegistryAuth): Promise<DockerRegistry> => {
  const registry = await startDockerRegistry(auth);
  closing.push(() => registry.stop());
  return registry;
};
const serve = async (server: Server): Promise<string> => {
  closing.push(() => new Promise((done) => server.close(done).closeAllConnections()));
  return `127.0.0.1:${String(await listen(server))}`;
};
const login = async (config: object): Promise<void> => {
  await mkdir(join(home, '.docker'), { recursive: true });
  await writeFile(join(home, '.docker/config.json'), JSON.stringify(config));
};
const open = (host: string, env: Record<string, string> = {}) =>
  openOciStore(`oci://${host}/acme/models`, storeWorld(home, env));
const roundTrip = async (host: string, env: Record<string, string> = {}): Promise<void> => {
  const from = await writeFiles(join(home, 'source'), { a: 'a', b: 'b' });
  const { key } = await pushArtifact(open(host, env), from);
  await pullArtifact({ store: open(host, env), key }, { to: join(home, 'out') });
  expect(await readFiles(join(home, 'out'))).toEqual({ a: 'a', b: 'b' });
};

describe.runIf(isInstalled('docker-registry'))('a registry that asks for a password', () => {
  it.each([
    ['auth', { auth: basic('ann', PASSWORD) }],
    ['a name and a password', { username: 'ann', password: PASSWORD }],
  ])('is given what docker login kept as %s', async (_what, entry) => {
    const { host } = await started({ htpasswd: HTPASSWD });
    await login({ auths: { [`https://${host}`]: entry } });
    await roundTrip(host);
  });

  it('is given what DOCKER_CONFIG has, rather than the home folder', async () => {
    const { host } = await started({ htpasswd: HTPASSWD });
    await mkdir(join(home, 'ci'));
    await writeFile(
      join(home, 'ci/config.json'),
      JSON.stringify({ auths: { [host]: { auth: basic('ann', PASSWORD) } } }),
    );
    await roundTrip(host, { DOCKER_CONFIG: join(home, 'ci') });
  });

  it('is given what a credential helper knows', async () => {
    const { host } = await started({ htpasswd: HTPASSWD });
    const answer = JSON.stringify({ ServerURL: host, Username: 'ann', Secret: PASSWORD });
    const helper = join(home, 'docker-credential-test');
    await writeFile(
      helper,
      `#!/bin/sh\nread -r server || true\n[ "$1 $server" = "get ${host}" ] && printf '%s' '${answer}'\n`,
    );
    await chmod(helper, 0o755);
    const env = { PATH: `${home}:${process.env['PATH'] ?? ''}` };
    await login({ credHelpers: { [host]: 'test' } });
    await roundTrip(host, env);
  });

  it.each([
    ['nobody', {}, 'without credentials'],
    ['somebody with another password', { auths: { HOST: { auth: basic('ann', 'wrong-pw') } } }, 'as ann'],
  ])('refuses %s, and the refusal holds no password', async (_who, config, about) => {
    const { host } = await started({ htpasswd: HTPASSWD });
    await login(JSON.parse(JSON.stringify(config).replace('HOST', host)) as object);
    const refused = await open(host)
      .has(digestOf('x'))
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'no-access', hint: `docker login ${host}` });
    expect(String(refused)).toContain(about);
    expect(JSON.stringify(refused, Object.getOwnPropertyNames(refused))).not.toMatch(/wrong-pw|d3Jvbmc/);
  });

  it.each([
    ['a helper that is a path', { credsStore: '../evil' }, 'bad-file'],
    ['a helper that is not there', { credsStore: 'absent' }, 'no-access'],
    ['an entry that is no name and password', { auths: { HOST: { auth: 'bm90IGEgcGFpcg==' } } }, 'bad-file'],
  ])('is not spoken to with %s', async (_what, config, code) => {
    const { host } = await started({ htpasswd: HTPASSWD });
    await login(JSON.parse(JSON.stringify(config).replace('HOST', host)) as object);
    await expect(open(host).has(digestOf('x'))).rejects.toMatchObject({ code });
  });
});

describe.runIf(isInstalled('docker-registry'))('a registry that asks for a token', () => {
  it.each([
    ['a password', { auth: basic('ann', PASSWORD) }],
    ['an identity token', { identitytoken: 'refresh-me' }],
  ])('is given one that was exchanged for %s, for reading and writing', async (_what, entry) => {
    const { service, asked, auth } = await tokenService();
    const { host } = await started({ token: { ...auth, realm: `http://${service}/token` } });
    await login({ auths: { [host]: entry } });
    await roundTrip(host);
    expect(asked.every(({ knows }) => knows)).toBe(true);
    // One token does for both, so that reading and writing in turns asks for no new one each time.
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it('refuses whom the token service does not know', async () => {
    const { service, auth } = await tokenService();
    const { host } = await started({ token: { ...auth, realm: `http://${service}/token` } });
    await login({ auths: { [host]: { auth: basic('ann', 'wrong') } } });
    await expect(open(host).has(digestOf('x'))).rejects.toMatchObject({ code: 'no-access' });
  });

  it('is not followed to a token service without encryption', async () => {
    const { auth } = await tokenService();
    const { host } = await started({ token: { ...auth, realm: 'http://tokens.example/token' } });
    await expect(open(host).has(digestOf('x'))).rejects.toMatchObject({ code: 'no-access' });
  });
});

describe('credentials', () => {
  it('do not follow a redirect to another host', async () => {
    const seen: (string | undefined)[] = [];
    const storage = await serve(
      createServer((request, response) => {
        seen.push(request.headers.authorization);
        response.end('{}');
      }),
    );
    const host = await serve(
      createServer((request, response) => {
        if (request.headers.authorization === undefined)
          response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
        else response.writeHead(307, { location: `http://${storage}/elsewhere` });
        response.end();
      }),
    );
    await login({ auths: { [host]: { auth: basic('ann', PASSWORD) } } });
    await expect(open(host).readManifest(digestOf('x'))).rejects.toMatchObject({ code: 'integrity' });
    expect(seen).toEqual([undefined]);
  });

  it('and bytes do not follow a redirect without encryption', async () => {
    const host = await serve(
      createServer((_request, response) => {
        response.writeHead(307, { location: 'http://storage.example/x' }).end();
      }),
    );
    await expect(open(host).readManifest(digestOf('x'))).rejects.toMatchObject({ code: 'network' });
  });
});

describe('a registry that has too much to do', () => {
  const answering = async (...statuses: number[]) => {
    const asked: string[] = [];
    const host = await serve(
      createServer((request, response) => {
        asked.push(request.method ?? '');
        response.writeHead(statuses[asked.length - 1] ?? 404, { 'retry-after': '7' }).end();
      }),
    );
    return { host, asked };
  };

  it('is asked again, as late as it says', async () => {
    const { host, asked } = await answering(429, 503);
    const pauses: number[] = [];
    const world = { ...storeWorld(home), pause: (ms: number) => Promise.resolve(void pauses.push(ms)) };
    expect(await openOciStore(`oci://${host}/acme`, world).has(digestOf('x'))).toBe(false);
    expect(asked).toHaveLength(3);
    expect(pauses).toEqual([7000, 7000]);
  });

  it('is not asked for ever', async () => {
    const { host, asked } = await answering(...Array<number>(50).fill(503));
    await expect(open(host).has(digestOf('x'))).rejects.toMatchObject({ code: 'network' });
    expect(asked.length).toBeLessThan(10);
  });
});

describe('a registry that answers with ever more', () => {
  it('is not read to the end', async () => {
    const host = await serve(
      createServer((_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      }),
    );
    await expect(open(host).readManifest(digestOf('x'))).rejects.toMatchObject({ code: 'integrity' });
  });
});

interface TokenRequest {
  readonly knows: boolean;
  readonly scopes: readonly string[];
}

/** A token service as docker's registry trusts it: it gives everything that is asked for to whom it knows. */
async function tokenService(): Promise<{ service: string; asked: TokenRequest[]; auth: Record<string, string> }> {
  const [keyFile, certificate] = [join(home, 'token.key'), join(home, 'token.pem')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test', '-days', '2'];
  execFileSync('openssl', [...request, '-keyout', keyFile, '-out', certificate], { stdio: 'ignore' });
  const signing = { key: await readFile(keyFile, 'utf8'), certificate: await readFile(certificate, 'utf8') };
  const asked: TokenRequest[] = [];
  const server = createServer((incoming, response) => {
    void bodyOf(incoming).then((body) => {
      const url = new URL(incoming.url ?? '', 'http://x');
      const form = new URLSearchParams(body);
      const known = `Basic ${basic('ann', PASSWORD)}`;
      const knows = incoming.headers.authorization === known || form.get('refresh_token') === 'refresh-me';
      const scopes = [...url.searchParams.getAll('scope'), ...(form.get('scope') ?? '').split(' ')].filter(Boolean);
      asked.push({ knows, scopes });
      if (knows) response.end(JSON.stringify({ token: tokenFor(scopes, signing) }));
      else response.writeHead(401).end('{}');
    });
  });
  const auth = { service: 'registry', issuer: 'test', rootcertbundle: certificate };
  return { service: await serve(server), asked, auth };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

function tokenFor(
  scopes: readonly string[],
  { key, certificate }: { readonly key: string; readonly certificate: string },
): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [type, name, actions] = scope.split(':');
    return { type, name, actions: actions?.split(',') };
  });
  const x5c = [certificate.replace(/-----[^-]+-----|\s/g, '')];
  const claims = {
    iss: 'test',
    sub: 'ann',
    aud: 'registry',
    exp: now + 600,
    nbf: now - 60,
    iat: now,
    jti: '1',
    access,
  };
  const parts = [{ typ: 'JWT', alg: 'RS256', x5c }, claims];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
