import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { inQuarantine, runHook, type HookAnswer, type Quarantine } from '../git/hook-run.ts';
import { openRepository } from '../git/open-repository.ts';
import type { Repository } from '../git/port.ts';
import { ailing, healthy, skipped, type Diagnosis } from './doctor-check.ts';
import { hooksFolder, readHook } from './hook-files.ts';
import type { Outside } from './outside.ts';
import { remoteOf } from './remote.ts';
import type { Session } from './session.ts';

const NOTHING = '0'.repeat(40);
/** A hook starts Node and judges one commit: seconds, on the slowest machine. */
const PROBE_TIMEOUT_MS = 60_000;

/** A server's hook and the branch that it must guard. */
interface Patient {
  readonly outside: Outside;
  readonly repository: Repository;
  readonly hook: string;
  readonly ref: string;
  readonly tip: string | undefined;
}

/**
 * Asks the installed hook what it would say to a push that it must refuse, and to one that it must let through. Its
 * objects lie in a quarantine and no ref is named to git, so nothing changes whatever the hook answers.
 */
export async function probeServer(
  outside: Outside,
  repository: Repository,
  how: { readonly isForeignToo: boolean },
): Promise<Diagnosis> {
  const hook = join(await hooksFolder(repository), 'pre-receive');
  const found = await readHook(hook);
  if (found.state === 'absent') return skipped('no hook to ask');
  if (found.state === 'foreign' && !how.isForeignToo)
    return skipped('a hook of somebody else is only run when you ask for it: mreg doctor --probe');
  const { ref, commit } = await repository.head();
  if (ref === undefined) return skipped('HEAD names no branch to try a push to');
  const patient = { outside, repository, hook, ref, tip: commit };
  return inQuarantine(repository.commonDir, outside.env, (quarantine) => examineHook(patient, quarantine));
}

async function examineHook(patient: Patient, quarantine: Quarantine): Promise<Diagnosis> {
  const { ref, tip } = patient;
  const bad = await writeBadCommit(patient, quarantine);
  const refused = await ask(patient, quarantine, `${tip ?? NOTHING} ${bad} ${ref}\n`);
  if (refused.exitCode === 0) return letThrough(patient);
  // A branch of the users' own at a commit that is there: nothing to judge, so a hook that works says yes.
  const free = `refs/heads/mreg-doctor-${randomBytes(4).toString('hex')}`;
  const allowed = tip === undefined ? undefined : await ask(patient, quarantine, `${NOTHING} ${tip} ${free}\n`);
  // Of a server without a branch to point at, how it refuses has to do.
  const isWorking = allowed === undefined ? isJudgement(refused) : allowed.exitCode === 0;
  if (isWorking) return healthy('the hook refused what it must refuse, and let through what it must let through');
  return refusesEverything(patient, allowed ?? refused);
}

/** A shell that does not find its program ends otherwise. */
function isJudgement({ exitCode, text }: HookAnswer): boolean {
  return exitCode === 1 && text.includes('[');
}

/** The protected branch with an unsigned file where only governed documents may be: no rule lets that in. */
async function writeBadCommit({ outside, repository, tip }: Patient, { env }: Quarantine): Promise<string> {
  const quarantined = await openRepository({ directory: repository.gitDir, gitDir: repository.gitDir, env });
  try {
    const base = tip === undefined ? undefined : (await repository.readCommit(tip)).tree;
    const junk = Buffer.from('mreg doctor asks the hook to refuse this\n');
    const tree = await quarantined.writeTree(
      base,
      new Map([
        ['mreg.yaml', junk],
        ['registry/mreg-doctor', junk],
      ]),
    );
    const author = { name: 'mreg doctor', email: 'doctor@localhost' };
    const parents = tip === undefined ? [] : [tip];
    return await quarantined.writeCommit({ tree, parents, message: 'Probe\n', author, at: outside.now() });
  } finally {
    await quarantined.close();
  }
}

function ask({ repository, hook }: Patient, { env }: Quarantine, input: string): Promise<HookAnswer> {
  return runHook(hook, { gitDir: repository.gitDir, env, input, timeoutMs: PROBE_TIMEOUT_MS });
}

function letThrough({ hook, ref }: Patient): Diagnosis {
  const message = `${hook} let an unsigned change of ${ref} through: nothing is guarded`;
  return ailing('fail', message, {
    hint: 'mreg hooks install --server; a hook of your own must pass on what mreg hook pre-receive exits with',
  });
}

function refusesEverything({ hook }: Patient, { exitCode, text }: HookAnswer): Diagnosis {
  const said = text === '' ? 'and says nothing' : text.split('\n').slice(-3).join(' ');
  const how = exitCode === undefined ? 'cannot be run' : `exits with ${String(exitCode)} whatever is pushed`;
  return ailing('fail', `${hook} ${how}: ${said}`, {
    hint: 'mreg hooks install --server writes it anew, with the node and the mreg that run now',
  });
}

/**
 * Asks the server, from a clone, for something that its hook must refuse: a replace ref for an object that does not
 * exist. Let through, it does nothing to anybody, and is removed again at once.
 */
export async function probeRemote(session: Session): Promise<Diagnosis> {
  const { repository, branch } = session;
  const remote = await remoteOf(repository, branch);
  const published = remote === undefined ? undefined : await repository.resolve(`refs/remotes/${remote}/${branch}`);
  if (remote === undefined || published === undefined) return skipped('no remote whose hook could be asked');
  const ref = `refs/replace/${randomBytes(20).toString('hex')}`;
  const result = await repository.push(remote, [{ ref, new: published, old: undefined }]);
  if (result.state === 'ok') {
    await repository.push(remote, [{ ref, new: undefined, old: published }]);
    return ailing(
      'fail',
      `${remote} took ${ref}, which mreg's hook refuses: no push to it is judged (it was removed again)`,
      {
        hint: 'on the server: mreg doctor; docs/operations.md says what to do on a forge without hooks',
      },
    );
  }
  if (result.state === 'refused' && result.text.includes('protected-ref'))
    return healthy(`the hook of ${remote} judges pushes`);
  const said = result.text.trim().split('\n').slice(-3).join(' ');
  return ailing('warn', `whether ${remote} judges pushes is not known: ${said}`, {
    hint: 'on the server: mreg doctor',
  });
}
