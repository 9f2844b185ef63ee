import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommitJudgement } from '../doors/pre-commit.ts';
import type { PushJudgement } from '../doors/pre-receive.ts';
import { parseDuration } from '../documents/duration.ts';
import type { Repository } from '../git/port.ts';
import { MAX_PUSH_BYTES } from '../git/push-lines.ts';
import { renderPushReport, renderPushSummary, renderRefusals } from '../report/refusals.ts';
import { commonFlags, type Host } from './declare.ts';
import { errorViewOf, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { readPin, writePin } from './pin.ts';
import { withRepository } from './session.ts';

/** Longer than the largest push that is allowed takes on a slow machine; git itself waits for ever. */
const HOOK_TIMEOUT = '5m';
const REFUSED = 1;

export function hookCommand(host: Host): CommandUnknownOpts {
  const hook = new Command('hook')
    .summary('judge a commit or a push (git calls this)')
    .description(
      'What the installed git hooks call. Reads and prints what git asks of hooks; anything but exit code 0 refuses.',
    );
  hook
    .command('pre-commit')
    .description(
      'Judges what is about to be committed. Refuses on the protected branch; on other branches it only warns, because what lands from there is judged as one step when it lands.',
    )
    .allowExcessArguments()
    .action(async (_options, command) => {
      host.code = await preCommit(host.outside, commonFlags(command));
    });
  hook
    .command('pre-receive')
    .description('Judges a push, on the server, before any ref moves. Refuses whatever could not be judged to the end.')
    .allowExcessArguments()
    .action(async (_options, command) => {
      host.code = await preReceive(host.outside, commonFlags(command));
    });
  return hook;
}

async function preReceive(outside: Outside, flags: CommonFlags): Promise<number> {
  return withRepository(outside, flags, async (repository) => {
    const [pinnedRoot] = await Promise.all([readPin(repository), setDeadline(outside, repository)]);
    const { judgePush, MAX_STEPS } = await import('../doors/pre-receive.ts');
    const context = {
      repository,
      now: outside.now(),
      pinnedRoot,
      maxSteps: MAX_STEPS,
    };
    const judgement = await judgePush(await outside.stdin(MAX_PUSH_BYTES), context);
    if (judgement.rootToPin !== undefined) await writePin(repository, judgement.rootToPin);
    tellPush(outside, flags, judgement);
    return judgement.accepted ? 0 : REFUSED;
  });
}

async function setDeadline(outside: Outside, repository: Repository): Promise<void> {
  const timeout = (await repository.readConfig('mreg.hookTimeout')) ?? HOOK_TIMEOUT;
  const message = `mreg: refused, the push was not judged within ${timeout} (git config mreg.hookTimeout on the server)`;
  outside.endAfter({ afterMs: parseDuration(timeout), message });
}

function tellPush(outside: Outside, flags: CommonFlags, { accepted, reports, rootToPin }: PushJudgement): void {
  const view = errorViewOf(outside, flags);
  const render = accepted ? renderPushSummary : renderPushReport;
  for (const report of reports) {
    const isSilent = !accepted && report.refusals?.length === 0 && report.steps.every((step) => step.accepted);
    if (!isSilent) outside.stderr(render(report, view));
  }
  if (rootToPin === undefined) return;
  outside.stderr(`mreg: pinned ${rootToPin}, the first trust root that came here\n`);
  outside.stderr('mreg: compare it with what mreg init printed\n');
}

async function preCommit(outside: Outside, flags: CommonFlags): Promise<number> {
  return withRepository(outside, flags, async (repository) => {
    const { judgeCommit } = await import('../doors/pre-commit.ts');
    const context = { now: outside.now(), pinnedRoot: () => readPin(repository) };
    const judgement = await judgeCommit(repository, context);
    if (judgement === undefined) return 0;
    if (judgement.verdict.accepted) {
      if (judgement.isBinding && judgement.mustBeSigned) await hintToSign(outside, repository);
      return 0;
    }
    tellCommit(outside, flags, judgement);
    return judgement.isBinding ? REFUSED : 0;
  });
}

function tellCommit(outside: Outside, flags: CommonFlags, { verdict, branch, isBinding }: CommitJudgement): void {
  const outcome = isBinding
    ? `mreg: refused, nothing was committed. ${branch} takes no such change:`
    : `mreg: warning, ${branch} would not take this change as it is:`;
  const end = isBinding
    ? 'git commit --no-verify would go past this hook, and the server would then refuse the push.\n'
    : '';
  outside.stderr(`${outcome}\n${renderRefusals(verdict.refusals, errorViewOf(outside, flags))}${end}`);
}

/** A warning, because `git commit -S` looks the same from here as a commit without a signature. */
async function hintToSign(outside: Outside, repository: Repository): Promise<void> {
  const configured = (await repository.readConfig('commit.gpgsign'))?.toLowerCase();
  if (configured !== undefined && ['true', 'yes', 'on', '1', ''].includes(configured)) return;
  outside.stderr('mreg: this registry takes signed commits only: git commit -S, or git config commit.gpgsign true\n');
}
