import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spanOf } from '../report/quantity.ts';
import { ailing, healthy, skipped, type Diagnosis } from './doctor-check.ts';
import { remoteOf } from './remote.ts';
import type { Session } from './session.ts';

/** Signing a new root takes people with keys, who go on holidays. */
const NOTICE_MS = 30 * 24 * 60 * 60 * 1000;

/** Looks at how long the trust root is still in force. */
export function checkExpiry({ view, outside }: Session): Diagnosis {
  const { expires, version } = view.root.body.spec;
  const leftMs = Date.parse(expires) - outside.now().getTime();
  const hint = 'mreg trust rotate';
  if (leftMs <= 0) return ailing('fail', `the trust root expired ${expires}: nothing is accepted any more`, { hint });
  if (leftMs > NOTICE_MS) return healthy(`trust root version ${String(version)}, in force until ${expires}`);
  return ailing('warn', `the trust root expires in ${spanOf(leftMs)} (${expires})`, { hint });
}

/** Asks the server for the protected branch. */
export async function checkRemote(session: Session, how: { readonly isOffline: boolean }): Promise<Diagnosis> {
  const { repository, branch } = session;
  const remote = await remoteOf(repository, branch);
  if (remote === undefined) return skipped('no remote');
  if (how.isOffline) return skipped(`${remote} was not asked (--offline)`);
  const result = await repository.fetch(remote, [`+refs/heads/${branch}:refs/remotes/${remote}/${branch}`]);
  if (result.state === 'ok') return healthy(`${remote} answers`);
  // Reachable, and the branch is not there yet.
  if (result.state === 'refused') {
    return ailing('warn', `${remote} answers, and has no ${branch}`, { hint: `git push -u ${remote} ${branch}` });
  }
  const hint = `git ls-remote ${remote}; git remote -v shows the address`;
  return ailing('fail', `${remote} cannot be reached: ${result.text.trim()}`, { hint });
}

/** Looks whether artifacts can be stored on this machine; stores elsewhere are not asked. */
export async function checkStores({ view, repository }: Session): Promise<Diagnosis> {
  if (repository.workTree === undefined) return skipped('a server never fetches artifacts');
  const local = view.settings.body.spec.stores.filter(({ url }) => url.startsWith('file:'));
  if (local.length === 0) return skipped('no store on this machine');
  for (const { name, url } of local) {
    const folder = nearestFolder(fileURLToPath(url));
    const isWritable = await access(folder, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    );
    if (isWritable) continue;
    const hint = `ls -ld ${folder}; or another store in mreg.yaml`;
    return ailing('warn', `the store ${name} (${url}) cannot be written: ${folder}`, { hint });
  }
  return healthy(`stores: ${local.map(({ name }) => name).join(', ')}`);
}

/** A store's folder is made with its first artifact; until then what counts is where it will be made. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}
