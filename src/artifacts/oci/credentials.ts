import { execFile, type ExecFileException } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MregError } from '../../documents/error.ts';
import { isRecord, readJson } from '../../documents/json.ts';
import { diskError, systemCode } from '../disk-error.ts';
import type { StoreWorld } from '../store-world.ts';

/** Whom a registry is told that we are. An identity token is not sent as a password but exchanged for a short-lived token. */
export interface Credentials {
  readonly kind: 'password' | 'identity-token';
  readonly account: string;
  readonly secret: string;
}

/** What was found; `trouble` says why a helper that should know could not be asked. */
export interface FoundCredentials {
  readonly credentials: Credentials | undefined;
  readonly trouble?: string | undefined;
}

/** How Docker Hub is called in docker's own configuration. */
const DOCKER_HUB = 'https://index.docker.io/v1/';
const HELPER_TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Returns the credentials that `docker login` keeps for a registry: asked of a credential helper or read from
 * `config.json`. A helper that fails is no reason to stop: as with docker, the registry may let strangers in. Throws
 * MregError('bad-file') when what is there cannot be read.
 */
export async function findCredentials(host: string, world: StoreWorld): Promise<FoundCredentials> {
  const path = join(world.env['DOCKER_CONFIG'] ?? join(world.home, '.docker'), 'config.json');
  const config = await readConfig(path);
  if (config === undefined) return { credentials: undefined };
  const names = namesOf(host);
  const helpers = isRecord(config['credHelpers']) ? config['credHelpers'] : {};
  const helper = names.map((name) => helpers[name]).find((name) => name !== undefined) ?? config['credsStore'];
  const asked = typeof helper === 'string' && helper !== '' ? await askHelper(helper, names, world) : undefined;
  return { credentials: asked?.credentials ?? fromAuths(config['auths'], names, path), trouble: asked?.trouble };
}

/** The spellings under which the configuration may have a registry, the likeliest first. */
function namesOf(host: string): readonly string[] {
  if (host === 'docker.io') return [DOCKER_HUB, 'index.docker.io', host];
  return [host, `https://${host}`, `https://${host}/`, `http://${host}`, `https://${host}/v1/`, `https://${host}/v2/`];
}

async function readConfig(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const config = readJson(await readFile(path));
    if (isRecord(config)) return config;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw diskError(error, 'read', path);
  }
  throw unfitConfig(path, 'is no JSON object');
}

function fromAuths(auths: unknown, names: readonly string[], path: string): Credentials | undefined {
  if (!isRecord(auths)) return undefined;
  const entry = names.map((name) => auths[name]).find(isRecord);
  if (entry === undefined) return undefined;
  const { auth, username, password, identitytoken } = entry;
  if (typeof identitytoken === 'string' && identitytoken !== '') {
    return { kind: 'identity-token', account: '<token>', secret: identitytoken };
  }
  if (typeof username === 'string' && typeof password === 'string') {
    return { kind: 'password', account: username, secret: password };
  }
  if (typeof auth !== 'string' || auth === '') return undefined;
  const decoded = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  if (colon < 1) throw unfitConfig(path, `has an entry for ${names[0] ?? ''} that is not base64 of name:password`);
  return { kind: 'password', account: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

function unfitConfig(path: string, why: string): MregError {
  return new MregError('bad-file', `${path} ${why}`, { hint: 'log in again: docker login <registry>' });
}

async function askHelper(name: string, names: readonly string[], world: StoreWorld): Promise<FoundCredentials> {
  // Attack: a configuration whose helper is `../../tmp/x` runs any program.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new MregError('bad-file', `docker's configuration names a credential helper ${JSON.stringify(name)}`, {
      hint: 'a helper is named like "pass" or "ecr-login": correct credsStore or credHelpers in config.json',
    });
  }
  let trouble: string | undefined;
  for (const server of names.slice(0, 2)) {
    const answer = await runHelper(`docker-credential-${name}`, server, world);
    if (answer.credentials !== undefined) return answer;
    trouble ??= answer.trouble;
  }
  return { credentials: undefined, trouble };
}

/** Helpers answer in JSON. They fail for a registry that they do not know, too, in the words that docker looks for. */
async function runHelper(program: string, server: string, { env }: StoreWorld): Promise<FoundCredentials> {
  const answer = await new Promise<{ readonly text?: string; readonly trouble?: string }>((resolve, reject) => {
    const options = { env: { ...env }, timeout: HELPER_TIMEOUT_MS, maxBuffer: MAX_ANSWER_BYTES };
    const child = execFile(program, ['get'], options, (error, stdout, stderr) => {
      if (error === null) resolve({ text: stdout });
      else if (systemCode(error) !== undefined) reject(missingHelper(program, systemCode(error) ?? ''));
      else if (/credentials not found/i.test(stdout + stderr)) resolve({});
      // What it printed may be a secret, so nothing of it is repeated.
      else resolve({ trouble: `${program} failed (${endOf(error)})` });
    });
    // A helper that does not read its input ends before it was written.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(server);
  });
  if (answer.text === undefined) return { credentials: undefined, trouble: answer.trouble };
  const found = readJson(Buffer.from(answer.text));
  const { Username: account, Secret: secret } = isRecord(found) ? found : {};
  if (typeof account !== 'string' || typeof secret !== 'string' || secret === '')
    return { credentials: undefined, trouble: `${program} gave no name and secret` };
  return { credentials: { kind: account === '<token>' ? 'identity-token' : 'password', account, secret } };
}

function endOf({ killed, code, signal }: ExecFileException): string {
  if (killed === true) return `no answer within ${String(HELPER_TIMEOUT_MS / 1000)} seconds`;
  return typeof signal === 'string' ? signal : `exit code ${String(code)}`;
}

function missingHelper(program: string, code: string): MregError {
  return new MregError('no-access', `docker's credential helper ${program} cannot be started (${code})`, {
    hint: 'install it, or log in without it: remove it from ~/.docker/config.json, then docker login <registry>',
  });
}
