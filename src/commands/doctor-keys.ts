import { chmod, stat } from 'node:fs/promises';
import { MregError } from '../documents/error.ts';
import type { Signer } from '../signing/signer.ts';
import { fingerprintOf } from '../signing/public-key.ts';
import { personOf, principalOfKey, rolesOf, type Trust } from '../trust/trust.ts';
import { ailing, healthy, skipped, type Diagnosis } from './doctor-check.ts';
import type { Session } from './session.ts';

/** Looks for a key to sign with. Reading needs none, so its absence never fails. */
export async function checkKey(session: Session): Promise<Diagnosis> {
  const found = await signerFound(session);
  if (found instanceof MregError) {
    return ailing('warn', found.message, { hint: found.hint ?? 'mreg key generate' });
  }
  const principal = principalOfKey(session.view.trust, found.key);
  const key = `${fingerprintOf(found.key)} (${found.origin})`;
  if (principal !== undefined) return (await checkKeyFile(found)) ?? healthy(`you sign as ${principal} with ${key}`);
  const hint = 'mreg key show, and ask somebody with the role root for: mreg trust add';
  return ailing('warn', `the key ${key} is no principal's`, { hint });
}

/** Looks at the key that stock git signs with: `git revert -S` at night must make a commit that the server takes. */
export async function checkGitKey(session: Session): Promise<Diagnosis> {
  const { repository, outside, view } = session;
  const [format, named] = await Promise.all([
    repository.readConfig('gpg.format'),
    repository.readConfig('user.signingKey'),
  ]);
  const hint = 'git config gpg.format ssh; git config user.signingkey <your key file>';
  if (format !== 'ssh' || named === undefined) {
    if (view.settings.body.spec.commits === 'any') return skipped('commits need no signature here');
    return skipped('git signs with no ssh key: a revert by hand needs one (docs/operations.md)');
  }
  try {
    const signer = await outside.findSigner({ key: named, gitConfig: () => Promise.resolve(undefined) });
    const principal = principalOfKey(view.trust, signer.key);
    if (principal !== undefined) return healthy(`git signs commits as ${principal}`);
    return ailing('warn', `git signs with ${fingerprintOf(signer.key)}, which is no principal's`, { hint });
  } catch (error) {
    if (!(error instanceof MregError)) throw error;
    return ailing('warn', `git cannot sign: ${error.message}`, { hint });
  }
}

/** Looks whether enough people can sign the next trust root, also after one of them has lost a key. */
export function checkQuorum({ view }: Session): Diagnosis {
  const { root, policy } = view.root.body.spec.thresholds;
  const holders = personsWith(view.trust, 'root');
  const spare = holders.length - root;
  const text = `${String(holders.length)} can sign a trust root, ${String(root)} must; policies need ${String(policy)}`;
  if (root === 1 || spare > 0) return healthy(text);
  return ailing('warn', `${text}: one lost key stops every change of trust`, {
    hint: 'mreg trust add <principal> --role root, for one more than the threshold',
  });
}

function personsWith(trust: Trust, role: string): readonly string[] {
  const able = [...trust.principals.values()].filter(
    ({ id, keys }) => keys.length > 0 && rolesOf(trust, id, undefined).includes(role),
  );
  return [...new Set(able.map(({ id }) => personOf(trust, id)))];
}

async function signerFound({ outside, flags, repository }: Session): Promise<Signer | MregError> {
  try {
    return await outside.findSigner({ key: flags.key, gitConfig: (key) => repository.readConfig(key) });
  } catch (error) {
    if (error instanceof MregError) return error;
    throw error;
  }
}

/** Attack: another user of the machine who reads the private key signs as its owner. */
async function checkKeyFile({ origin }: Signer): Promise<Diagnosis | undefined> {
  const file = await stat(origin).catch(() => undefined);
  if (file?.isFile() !== true || (file.mode & 0o077) === 0 || process.platform === 'win32') return undefined;
  const fix = async (): Promise<string> => {
    await chmod(origin, 0o600);
    return `only you can read ${origin} now`;
  };
  const message = `others on this machine can read the private key ${origin}`;
  return ailing('warn', message, { hint: `chmod 600 ${origin}; replace it if somebody did: mreg trust rotate`, fix });
}
