import { createHmac, timingSafeEqual } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeRegistry, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

/** One request that a controller was sent. */
interface Heard {
  readonly url: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** A controller that takes what is signed with `secret` and answers 401 to everything else, as both do. */
async function controller(secret: string): Promise<{ readonly url: string; readonly heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const isSigned = isSignedWith(secret, body, request.headers);
      if (isSigned) heard.push({ url: request.url ?? '', body, headers: request.headers });
      response.writeHead(isSigned ? 200 : 401).end();
    });
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, heard };
}

function isSignedWith(secret: string, body: string, headers: IncomingHttpHeaders): boolean {
  const given = headers['x-hub-signature-256'] ?? headers['x-signature'];
  const right = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  return (
    typeof given === 'string' &&
    given.length === right.length &&
    timingSafeEqual(Buffer.from(given), Buffer.from(right))
  );
}

const ready = template(async (home) => {
  const registry = await makeRegistry({ home, server: true });
  await registerVersion(registry, 'fraud');
  return registry;
});

async function promote(registry: TestRegistry, env: NodeJS.ProcessEnv = {}, ...flags: readonly string[]) {
  return mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging', ...flags], { env }));
}

describe('after a push', () => {
  it('both controllers are told of it, each with a signature that it can verify', async () => {
    const registry = await ready();
    const [argo, flux] = [await controller('argo-secret'), await controller('flux-secret')];
    registry.git('config', 'mreg.pokeArgocd', `${argo.url}/api/webhook`);
    registry.git('config', 'mreg.pokeFlux', `${flux.url}/hook/abc`);
    writeFileSync(join(registry.home, 'flux-secret'), 'flux-secret\n');
    registry.git('config', 'mreg.pokeFluxSecretFile', join(registry.home, 'flux-secret'));
    const before = registry.git('rev-parse', 'HEAD').trim();
    const { stderr } = await promote(registry, { MREG_POKE_ARGOCD_SECRET: 'argo-secret' });
    expect(stderr).not.toContain('warning');
    expect(argo.heard).toMatchObject([{ url: '/api/webhook', headers: { 'x-github-event': 'push' } }]);
    expect(flux.heard).toMatchObject([{ url: '/hook/abc' }]);
    const after = registry.git('rev-parse', 'HEAD').trim();
    const event = JSON.parse(argo.heard[0]?.body ?? '') as { commits: { modified: string[] }[] };
    expect(event).toMatchObject({ ref: 'refs/heads/main', before, after });
    expect(event.commits[0]?.modified).toContain('registry/fraud/stages/staging/stage.yaml');
  });

  it.each([
    ['a controller that refuses the signature', 'wrong', '/hook', 'answers 401'],
    ['a controller that cannot be reached', 'right', undefined, 'cannot be reached'],
    ['a secret that nobody set', undefined, '/hook', 'MREG_POKE_FLUX_SECRET'],
  ])('is not undone by %s: the promotion stands and a warning says so', async (_, secret, path, said) => {
    const registry = await ready();
    const { url } = await controller('right');
    registry.git('config', 'mreg.pokeFlux', path === undefined ? 'http://127.0.0.1:1/hook/token' : url + path);
    const { stderr, stdout } = await promote(registry, secret === undefined ? {} : { MREG_POKE_FLUX_SECRET: secret });
    expect(stdout).toContain('promoted');
    expect(stderr).toContain('Flux was not told of the push');
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('/hook/token');
  });

  it('nobody is told of a commit that stays here, or of a dry run', async () => {
    const registry = await ready();
    const { url, heard } = await controller('right');
    registry.git('config', 'mreg.pokeFlux', url);
    await promote(registry, { MREG_POKE_FLUX_SECRET: 'right' }, '--dry-run');
    await promote(registry, { MREG_POKE_FLUX_SECRET: 'right' }, '--no-push');
    expect(heard).toEqual([]);
  });

  it('is told of a rollback, too, which is what has to be fast', async () => {
    const registry = await ready();
    await promote(registry);
    await registerVersion(registry, 'fraud');
    mustSucceed(await registry.mreg(['promote', 'fraud@v2', '--to', 'staging']));
    const { url, heard } = await controller('right');
    registry.git('config', 'mreg.pokeFlux', url);
    const env = { MREG_POKE_FLUX_SECRET: 'right' };
    mustSucceed(await registry.mreg(['rollback', 'fraud', '--stage', 'staging', '-m', 'worse'], { env }));
    expect(heard).toHaveLength(1);
  });
});
