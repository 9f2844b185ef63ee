import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Repository } from '../git/port.ts';
import { ailing, healthy, skipped, type Diagnosis } from './doctor-check.ts';
import { firstRootOf, isShallow } from './first-root.ts';
import {
  CLIENT_HOOKS,
  hooksFolder,
  installClientHooks,
  installServerHook,
  programsIn,
  readHook,
  SERVER_HOOKS,
  type HookFile,
} from './hook-files.ts';
import { configureSignatures } from './hooks.ts';
import type { Outside } from './outside.ts';
import { readPin, writePin } from './pin.ts';
import type { Session } from './session.ts';

/** Looks at HEAD: on a server it says which branch is protected. */
export async function checkHead(repository: Repository, session: Session | undefined): Promise<Diagnosis> {
  const { ref, commit } = await repository.head();
  const branch = session?.branch;
  const isServer = repository.workTree === undefined;
  if (ref === undefined) {
    const hint = isServer ? 'git symbolic-ref HEAD refs/heads/<protected branch>' : `git switch ${branch ?? 'main'}`;
    return ailing(isServer ? 'fail' : 'warn', `HEAD is detached at ${commit?.slice(0, 12) ?? 'nothing'}`, { hint });
  }
  if (!isServer || branch === undefined || ref === `refs/heads/${branch}`) return healthy(`HEAD is at ${ref}`);
  const hint = `git symbolic-ref HEAD refs/heads/${branch}`;
  return ailing('fail', `HEAD of the server names ${ref}; the protected branch is ${branch}`, { hint });
}

/** Looks for objects and histories that git was told to show differently from what they are. */
export async function checkDisguises(repository: Repository): Promise<Diagnosis> {
  const replaced = await repository.refs('refs/replace/');
  if (replaced.length > 0) {
    const hint = 'git for-each-ref refs/replace/ lists them; git replace -d <object> removes one';
    return ailing('warn', `${String(replaced.length)} replace refs: git log shows other history than mreg judges`, {
      hint,
    });
  }
  if (!existsSync(join(repository.commonDir, 'info', 'grafts'))) return healthy('no replace refs, no grafts');
  const hint = `rm ${join(repository.commonDir, 'info', 'grafts')}`;
  return ailing('warn', 'a grafts file: git log shows other history than mreg judges', { hint });
}

/** Looks at the hooks: there, executable, calling a program that exists. */
export async function checkHooks(outside: Outside, repository: Repository): Promise<Diagnosis> {
  const isServer = repository.workTree === undefined;
  const names = isServer ? SERVER_HOOKS : CLIENT_HOOKS;
  const folder = await hooksFolder(repository);
  for (const name of names) {
    const wrong = await whatIsWrong(join(folder, name), name);
    if (wrong === undefined) continue;
    const hint = isServer ? 'mreg hooks install --server' : 'mreg hooks install';
    return ailing(isServer ? 'fail' : 'warn', wrong, { hint, fix: () => reinstall(outside, repository) });
  }
  return healthy(`${names.join(', ')} in ${folder}`);
}

async function whatIsWrong(path: string, name: HookFile): Promise<string | undefined> {
  const hook = await readHook(path);
  if (hook.state === 'absent') return `there is no ${name} hook at ${path}: nothing is judged there`;
  if (hook.state === 'foreign') return `the ${name} hook at ${path} is not mreg's; whether it calls mreg is not known`;
  // git skips such a hook with a hint that nobody reads.
  if (!hook.isExecutable) return `the ${name} hook at ${path} is not executable: git does not run it`;
  const gone = programsIn(hook.text).find((program) => isAbsolute(program) && !existsSync(program));
  return gone === undefined ? undefined : `the ${name} hook calls ${gone}, which does not exist: it refuses everything`;
}

async function reinstall(outside: Outside, repository: Repository): Promise<string> {
  if (repository.workTree === undefined) return `installed ${await installServerHook(outside, repository)}`;
  return `installed ${(await installClientHooks(outside, repository, { isChained: false })).join(', ')}`;
}

/** Compares the pinned first trust root with the one that history leads back to. */
export async function checkPin({ repository, tip }: Session): Promise<Diagnosis> {
  if (isShallow(repository)) return skipped('a shallow clone does not reach back to the first trust root');
  const root = await firstRootOf(repository, tip);
  if (root === undefined) return ailing('fail', 'history holds no first trust root', { hint: 'mreg verify' });
  const pinned = await readPin(repository);
  if (pinned === root) return healthy(`the first trust root is the pinned one, ${root}`);
  if (pinned === undefined) {
    const fix = async (): Promise<string> => {
      await writePin(repository, root);
      return `pinned ${root}; compare it with what the registry's owners say`;
    };
    return ailing('warn', 'the first trust root is not pinned', { hint: `git config mreg.root ${root}`, fix });
  }
  const hint = 'this is another registry than the one that was pinned: ask its owners before anything else';
  return ailing('fail', `the first trust root is ${root}; pinned is ${pinned}`, { hint });
}

/** What a server's configuration should say, and what goes wrong where it does not. */
const SERVER_CONFIG = [
  ['receive.fsckObjects', 'true', 'git does not check the objects that a push brings'],
  ['core.logAllRefUpdates', 'true', 'git keeps no log of where branches were'],
] as const;

/** Requests are filed anew and closed on branches of their own: a server that forbids that takes no second request. */
const IN_THE_WAY = ['receive.denyDeletes', 'receive.denyNonFastForwards'] as const;

/** Looks at the options of git that the server relies on. */
export async function checkServerConfig(repository: Repository): Promise<Diagnosis> {
  for (const key of IN_THE_WAY) {
    if (!isOn(await repository.readConfig(key))) continue;
    const message = `${key} is set: requests to promote cannot be closed or filed anew (the hook guards the protected branch)`;
    return ailing('warn', message, { hint: `git config --unset ${key}` });
  }
  const wrong: (readonly [string, string, string])[] = [];
  for (const row of SERVER_CONFIG) if (!isOn(await repository.readConfig(row[0]))) wrong.push(row);
  if (wrong.length === 0) return healthy('git checks what a push brings, and logs where branches were');
  const fix = async (): Promise<string> => {
    for (const [key, value] of wrong) await repository.writeConfig(key, value);
    return `set ${wrong.map(([key]) => key).join(', ')}`;
  };
  const hint = wrong.map(([key, value]) => `git config ${key} ${value}`).join('; ');
  return ailing('warn', wrong.map(([, , why]) => why).join('; '), { hint, fix });
}

/** Empty is how git lists a key that is merely switched on. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && ['', 'true', 'yes', 'on', '1', 'always'].includes(value.toLowerCase());
}

/** Looks at what lets stock git show who signed a commit. */
export async function checkAllowedSigners(repository: Repository): Promise<Diagnosis> {
  const { workTree } = repository;
  if (workTree === undefined) return skipped('a server shows no signatures');
  const configured = await repository.readConfig('gpg.ssh.allowedSignersFile');
  const fix = async (): Promise<string> => {
    await configureSignatures(repository);
    return 'set gpg.ssh.allowedSignersFile to trust/allowed_signers';
  };
  const hint = 'git config gpg.ssh.allowedSignersFile trust/allowed_signers';
  if (configured === undefined) return ailing('warn', 'git cannot tell who signed: it knows no keys', { hint, fix });
  if (configured !== 'trust/allowed_signers' || existsSync(join(workTree, configured))) {
    return healthy(`git knows the keys in ${configured}`);
  }
  return ailing('warn', `git looks for keys in ${configured}, which is not there`, { hint: 'git status' });
}
