import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { EXIT_OF, MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import { shown } from '../report/escape.ts';
import type { DoctorOutput } from '../report/output-schemas.ts';
import { symbolsOf } from '../report/symbols.ts';
import type { View } from '../report/view.ts';
import { commonFlags, type Host } from './declare.ts';
import { ailing, healthy, type Check, type Diagnosis } from './doctor-check.ts';
import { checkBranch, checkFiles, checkMemory, checkShape } from './doctor-clone.ts';
import { checkGitKey, checkKey, checkQuorum } from './doctor-keys.ts';
import { checkClock, checkGit, checkLocks, checkNode } from './doctor-machine.ts';
import { probeRemote, probeServer } from './doctor-probe.ts';
import { checkExpiry, checkRemote, checkStores } from './doctor-registry.ts';
import {
  checkAllowedSigners,
  checkDisguises,
  checkHead,
  checkHooks,
  checkPin,
  checkServerConfig,
} from './doctor-repository.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { publishedTip } from './seen-history.ts';
import { openSession, withRepository, type Session } from './session.ts';

interface DoctorFlags extends CommonFlags {
  readonly fix?: boolean | undefined;
  readonly offline?: boolean | undefined;
  readonly probe?: boolean | undefined;
}

export function doctorCommand(host: Host): CommandUnknownOpts {
  return new Command('doctor')
    .summary('find what is wrong with the setup')
    .description(
      'Looks at this machine, this clone or server, its hooks, keys and clock. Says what to do about each fault; with --fix does what is safe. What the registry itself holds is checked by: mreg verify.',
    )
    .option(
      '--fix',
      'do what is safe: install hooks, set git config, pin the first trust root, remove locks older than a day',
    )
    .option('--offline', 'do not ask the remote')
    .option(
      '--probe',
      'in a clone: push something that the server’s hook must refuse; on a server: run a hook of your own',
    )
    .addHelpText('after', '\nExamples:\n  mreg doctor --fix\n  mreg -C /srv/git/registry.git doctor')
    .action(async (options, command) => {
      host.code = await doctor(host.outside, { ...commonFlags(command), ...options });
    });
}

/** What is examined, and how. */
interface Place {
  readonly outside: Outside;
  readonly flags: DoctorFlags;
  readonly repository: Repository;
}

/** A question to the patient: its name, and how it is answered. */
type Question = readonly [name: string, answer: () => Diagnosis | Promise<Diagnosis>];

async function doctor(outside: Outside, flags: DoctorFlags): Promise<number> {
  const checks = await examine(machineQuestions(outside, flags), flags);
  const isFit = checks.every(({ state }) => state !== 'fail');
  if (isFit) checks.push(...(await examineRepository(outside, flags)));
  const ok = checks.every(({ state }) => state !== 'fail');
  print(outside, flags, {
    json: { ok, checks: checks.map((check) => ({ ...check })) } satisfies DoctorOutput,
    text: (view, paint) => {
      const painted = { ok: paint.green, warn: paint.yellow, fail: paint.red, skip: paint.dim };
      return checks.flatMap((check) => linesOf(check, view, painted[check.state])).join('\n');
    },
  });
  return ok ? 0 : EXIT_OF.unreadable;
}

function machineQuestions(outside: Outside, flags: DoctorFlags): readonly Question[] {
  return [
    ['node', checkNode],
    ['git', () => checkGit(outside, flags)],
  ];
}

async function examineRepository(outside: Outside, flags: DoctorFlags): Promise<readonly Check[]> {
  try {
    return await withRepository(outside, flags, async (repository) => {
      const { session, diagnosis } = await registryOf(outside, flags, repository);
      const checks = await examine(
        [['registry', () => diagnosis], ...repositoryQuestions({ outside, flags, repository }, session)],
        flags,
      );
      return session === undefined ? checks : [...checks, ...(await examine(registryQuestions(session, flags), flags))];
    });
  } catch (error) {
    if (!(error instanceof MregError)) throw error;
    return [{ name: 'registry', state: 'fail', message: error.message, hint: error.hint ?? 'git fsck; git status' }];
  }
}

/** A server that is still empty, and a repository that is no registry, have a setup to look at all the same. */
async function registryOf(
  outside: Outside,
  flags: DoctorFlags,
  repository: Repository,
): Promise<{ readonly session: Session | undefined; readonly diagnosis: Diagnosis }> {
  try {
    const session = await openSession(outside, flags, repository);
    return { session, diagnosis: healthy(`${session.view.id} on ${session.branch} at ${session.tip.slice(0, 12)}`) };
  } catch (error) {
    if (!(error instanceof MregError)) throw error;
    const isEmptyServer = repository.workTree === undefined && (await repository.head()).commit === undefined;
    const hint = error.hint ?? 'mreg verify';
    if (!isEmptyServer) return { session: undefined, diagnosis: ailing('fail', error.message, { hint }) };
    const waiting = ailing('warn', 'the server is empty', { hint: 'push a registry to it' });
    return { session: undefined, diagnosis: waiting };
  }
}

function repositoryQuestions({ outside, flags, repository }: Place, session: Session | undefined): readonly Question[] {
  const isServer = repository.workTree === undefined;
  const probe = { isForeignToo: flags.probe === true };
  const server: readonly Question[] = [
    ['probe', () => probeServer(outside, repository, probe)],
    ['config', () => checkServerConfig(repository)],
  ];
  return [
    ['head', () => checkHead(repository, session)],
    ['shape', () => checkShape(repository)],
    ['hooks', () => checkHooks(outside, repository)],
    ...(isServer ? server : []),
    ['locks', () => checkLocks(repository, outside.now())],
    ['history', () => checkDisguises(repository)],
  ];
}

/** The remote is asked first: what is said of the clock and of history then rests on what it has now. */
function registryQuestions(session: Session, flags: DoctorFlags): readonly Question[] {
  const { repository, outside, tip } = session;
  const isServer = repository.workTree === undefined;
  const clock = async (): Promise<Diagnosis> =>
    checkClock(repository, [tip, (await publishedTip(session)).tip], outside.now());
  const trust: readonly Question[] = [
    ['clock', clock],
    ['pin', () => checkPin(session)],
    ['memory', () => checkMemory(session)],
    ['trust', () => checkExpiry(session)],
    ['quorum', () => checkQuorum(session)],
  ];
  if (isServer) return trust.filter(([name]) => name !== 'memory');
  return [
    ['remote', () => checkRemote(session, { isOffline: flags.offline === true })],
    ...(flags.probe === true ? [['probe', () => probeRemote(session)] as const] : []),
    ...trust,
    ['branch', () => checkBranch(session)],
    ['files', () => checkFiles(session)],
    ['key', () => checkKey(session)],
    ['git key', () => checkGitKey(session)],
    ['signatures', () => checkAllowedSigners(repository)],
    ['stores', () => checkStores(session)],
  ];
}

async function examine(questions: readonly Question[], flags: DoctorFlags): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, answer] of questions) {
    const { state, message, hint } = await treated(await answer(), flags);
    checks.push({ name, state, message, hint });
  }
  return checks;
}

/** Does what is safe to do unasked, and says so. What cannot be done stays as it was found, with the reason. */
async function treated({ fix, ...found }: Diagnosis, flags: DoctorFlags): Promise<Diagnosis> {
  if (fix === undefined || flags.fix !== true) return found;
  if (flags.dryRun === true) return { ...found, message: `${found.message}; --fix would see to it` };
  try {
    return healthy(await fix());
  } catch (error) {
    if (!(error instanceof MregError)) throw error;
    return { ...found, message: `${found.message}; --fix could not: ${error.message}`, hint: error.hint ?? found.hint };
  }
}

function linesOf(check: Check, view: View, paint: (text: string) => string): readonly string[] {
  const symbols = symbolsOf(view);
  const sign = { ok: symbols.pass, warn: symbols.warn, fail: symbols.fail, skip: symbols.skip }[check.state];
  const line = `${paint(sign)} ${check.name.padEnd(10)} ${shown(check.message, view)}`;
  return check.hint === null ? [line] : [line, `${' '.repeat(sign.length + 12)}${shown(check.hint, view)}`];
}
