import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openHttp, type Http } from '../artifacts/oci/http.ts';
import { argoPoke, fluxPoke, type Poke, type Pushed } from '../deploy/poke.ts';
import { shown } from '../report/escape.ts';
import { tell } from './flags.ts';
import { remoteOf } from './remote-name.ts';
import type { Session } from './session.ts';

/** Controllers that can be told of a push, and where their address and secret are looked for. */
const RECEIVERS = [
  { tool: 'Argo CD', key: 'mreg.pokeArgocd', secret: 'MREG_POKE_ARGOCD_SECRET', poke: argoPoke },
  { tool: 'Flux', key: 'mreg.pokeFlux', secret: 'MREG_POKE_FLUX_SECRET', poke: fluxPoke },
] as const;
type Receiver = (typeof RECEIVERS)[number];

/** Nobody waits longer for a convenience: the controllers find the push by themselves, a little later. */
const MOST_MS = 5_000;

/**
 * Tells the controllers that git's configuration names of a push, so that a rollback is live in seconds. Never throws: the
 * push stands, and what could not be told is a warning.
 */
export async function pokeReceivers(session: Session, pushed: Omit<Pushed, 'remote' | 'branch'>): Promise<void> {
  const { outside, flags, repository } = session;
  const http = openHttp(outside);
  const wanted = await Promise.all(
    RECEIVERS.map(async (receiver) => ({ receiver, url: await repository.readConfig(receiver.key) })),
  );
  const named = wanted.flatMap(({ receiver, url }) => (url === undefined || url === '' ? [] : [{ receiver, url }]));
  if (named.length === 0) return;
  const remote = await remoteUrl(session);
  const told = await Promise.all(
    named.map(async ({ receiver, url }) => {
      const why = await pokeOne(session, { receiver, url, http }, { ...pushed, remote, branch: session.branch });
      return why === undefined ? [] : [`warning: ${receiver.tool} was not told of the push: ${why}`];
    }),
  );
  for (const line of told.flat()) tell(outside, flags, shown(line, outside));
}

async function remoteUrl({ repository, branch }: Session): Promise<string> {
  const remote = await remoteOf(repository, branch);
  return (remote === undefined ? undefined : await repository.readConfig(`remote.${remote}.url`)) ?? '';
}

/** Returns why it was not told, or undefined. Neither the secret nor the path of the address, which may be one, is in it. */
async function pokeOne(
  session: Session,
  to: { readonly receiver: Receiver; readonly url: string; readonly http: Http },
  pushed: Pushed,
): Promise<string | undefined> {
  const { receiver, url: address, http } = to;
  const secret = await secretOf(session, receiver);
  if (secret === undefined) return `set ${receiver.secret}, or ${receiver.key}SecretFile in git's configuration`;
  if (!/^https?:/.test(address) || !URL.canParse(address)) return `${receiver.key} is no http or https address`;
  const url = new URL(address);
  return send(http, url, receiver.poke(pushed, secret));
}

async function send(http: Http, url: URL, { body, headers }: Poke): Promise<string | undefined> {
  const signal = AbortSignal.timeout(MOST_MS);
  try {
    const answer = await http({
      ...{ method: 'POST', url, signal, body: Buffer.from(body) },
      headers: { 'content-type': 'application/json', ...headers },
    });
    await answer.body.dump();
    return answer.status >= 200 && answer.status < 300 ? undefined : `${url.host} answers ${String(answer.status)}`;
  } catch {
    return signal.aborted
      ? `${url.host} did not answer in ${String(MOST_MS / 1000)} s`
      : `${url.host} cannot be reached`;
  }
}

/** Attack: a secret in the repository is everybody's. It comes from the environment, or from a file outside. */
async function secretOf({ outside, repository }: Session, { key, secret }: Receiver): Promise<string | undefined> {
  const given = outside.env[secret];
  if (given !== undefined && given !== '') return given;
  const file = await repository.readConfig(`${key}SecretFile`);
  if (file === undefined) return undefined;
  const text = await readFile(resolve(outside.cwd, file), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}
