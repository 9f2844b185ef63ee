import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { Refusal } from '../documents/refusal.ts';
import { auditSteps, type AuditFindings, type AuditPoint } from '../doors/audit.ts';
import type { JudgedStep } from '../doors/judge-step.ts';
import { auditJson, renderAudit, type AuditReport } from '../report/audit.ts';
import { recallAudit, rememberAudit, type AuditMemory } from './audit-memory.ts';
import { auditTarget, type AuditTarget } from './audit-target.ts';
import { startCount } from './counting.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, tell, type CommonFlags } from './flags.ts';
import { notePath } from './kept-notes.ts';
import type { Outside } from './outside.ts';
import { pinFirstSeen, readPin } from './pin.ts';
import { withRepository } from './session.ts';
import type { Repository } from '../git/port.ts';
import { rootHolders } from './root-holders.ts';

interface AuditFlags extends CommonFlags {
  readonly from?: string | undefined;
  readonly full?: boolean | undefined;
}

const INTEGRITY = 4;

/** `mreg audit`: whether every step of history is one that the doors let in. */
export function auditCommand(host: Host): CommandUnknownOpts {
  return new Command('audit')
    .summary('replay the whole history through the judge')
    .description(
      'Replays every first-parent step of the protected branch through the same judge as the server, from the pinned first trust root on, and finds the first step that no door would have let in. Goes on from where the last audit ended.',
    )
    .argument(
      '[range]',
      'a commit, or <from>..<to> (default: the protected branch, as the server was last seen to have it)',
    )
    .option('--from <commit>', 'begin after this commit, taking it and what came before as good')
    .option('--full', 'judge every step again, whatever earlier audits found')
    .addHelpText('after', '\nExamples:\n  mreg audit\n  mreg audit --full --json\n  mreg audit v1.0..main')
    .action(async (range, options, command) => {
      host.code = await audit(host.outside, { ...commonFlags(command), ...options }, range);
    });
}

interface Auditing {
  readonly outside: Outside;
  readonly flags: AuditFlags;
  readonly repository: Repository;
  readonly target: AuditTarget;
  readonly pinnedRoot: Digest | undefined;
  /** Oldest first. */
  readonly line: readonly string[];
}

async function audit(outside: Outside, flags: AuditFlags, range: string | undefined): Promise<number> {
  return withRepository(outside, flags, async (repository) => {
    const target = await auditTarget(repository, { range, from: flags.from });
    const line = (await repository.firstParents(target.tip)).toReversed();
    const pinnedRoot = await readPin(repository);
    const at: Auditing = { outside, flags, repository, target, pinnedRoot, line };
    const memory = await memoryOf(at);
    const start = startOf(at, memory);
    const findings = await replay(at, start);
    const root = pinnedRoot ?? findings.firstRoot ?? memory?.root;
    const refusals = [...checkRewritten(at, memory), ...checkStarted(at, { start, findings, root })];
    const ok = findings.bad === undefined && refusals.length === 0;
    if (ok && target.isWhole) await pinFirstSeen(at, pinnedRoot, findings.firstRoot);
    if (refusals.length === 0) await remember(at, { findings, root });
    tellAudit(at, await reportOf(at, { start, findings, refusals, root }));
    if (outside.interrupted.aborted) throw interrupted(findings);
    return ok ? 0 : INTEGRITY;
  });
}

/** What was remembered of another registry, or under another pin, says nothing of this one. */
async function memoryOf({ target, pinnedRoot, ...at }: Auditing): Promise<AuditMemory | undefined> {
  if (!target.isWhole) return undefined;
  const memory = await recallAudit(at);
  return memory === undefined || (pinnedRoot !== undefined && pinnedRoot !== memory.root) ? undefined : memory;
}

function startOf({ flags, target, line }: Auditing, memory: AuditMemory | undefined): AuditPoint | undefined {
  if (target.from !== undefined) {
    if (!line.includes(target.from)) throw notOnLine(target);
    return { commit: target.from, notBefore: new Date(0) };
  }
  return flags.full !== true && memory !== undefined && line.includes(memory.commit) ? memory : undefined;
}

async function replay(at: Auditing, start: AuditPoint | undefined): Promise<AuditFindings> {
  const { outside, repository, pinnedRoot, line } = at;
  const count = startCount(at, 'steps judged');
  try {
    return await auditSteps({
      ...{ source: repository, line, start, pinnedRoot, now: outside.now() },
      ...{ onStep: count.one, signal: outside.interrupted },
    });
  } finally {
    count.end();
  }
}

/** Attack: history rewritten on the server's own disk, all of it sound in itself, but no longer what was audited here. */
function checkRewritten({ repository, target, line }: Auditing, memory: AuditMemory | undefined): readonly Refusal[] {
  if (memory === undefined || line.includes(memory.commit)) return [];
  const expected = `history on top of ${memory.commit}, audited here before`;
  const hint = `ask who runs the server; only when you know why: rm ${notePath(repository, 'audited')}`;
  return [
    { code: 'history-shape', path: target.name, expected, found: `${target.tip}, which does not contain it`, hint },
  ];
}

/** Attack: what is pinned here, replaced by a history in which no registry begins and so nothing is judged. */
function checkStarted(
  { pinnedRoot, target }: Auditing,
  { start, findings, root }: { start: AuditPoint | undefined; findings: AuditFindings; root: Digest | undefined },
): readonly Refusal[] {
  const hasBegun = start !== undefined || findings.firstRoot !== undefined || findings.bad !== undefined;
  if (hasBegun) return [];
  if (pinnedRoot === undefined) throw notARegistry(target.name);
  const hint = 'this is not the registry that was seen here before: ask its owners, out of band';
  const expected = `the registry with the pinned root ${root ?? ''}`;
  return [{ code: 'root-not-pinned', path: 'trust/root.yaml', expected, found: 'no registry', hint }];
}

/** Local commits may be dropped again by right, so what is remembered is what the server has. */
async function remember(
  at: Auditing,
  { findings, root }: { readonly findings: AuditFindings; readonly root: Digest | undefined },
): Promise<void> {
  const { flags, target, line, outside } = at;
  const { good } = findings;
  if (!target.isWhole || flags.dryRun === true || good === undefined || root === undefined) return;
  const published = line.indexOf(target.published);
  if (published >= 0 && line.indexOf(good.commit) > published) return;
  if (!(await rememberAudit(at, { ...good, root }))) {
    tell(outside, flags, 'note: what was found good cannot be kept; the next audit judges it again');
  }
}

async function reportOf(
  at: Auditing,
  found: {
    readonly start: AuditPoint | undefined;
    readonly findings: AuditFindings;
    readonly refusals: readonly Refusal[];
    readonly root: Digest | undefined;
  },
): Promise<AuditReport> {
  const { target, pinnedRoot, line, repository } = at;
  const { start, findings, refusals, root } = found;
  const remembered = start === undefined ? 0 : line.indexOf(start.commit) + 1;
  return {
    branch: target.name,
    head: target.tip,
    root,
    pin: pinnedRoot === undefined ? 'none' : 'pinned',
    start: start?.commit,
    isGiven: target.from !== undefined,
    remembered,
    unjudged: line.length - remembered - findings.judged,
    judged: findings.judged,
    good: findings.good?.commit,
    bad: findings.bad === undefined ? undefined : badStep(findings.bad),
    seen: findings.seen,
    refusals,
    askers: findings.bad === undefined ? [] : await rootHolders(repository, findings.good?.commit),
  };
}

function badStep({ commit, verdict }: JudgedStep): AuditReport['bad'] {
  return { commit, committer: verdict.committer, refusals: verdict.refusals, changes: verdict.changes };
}

function tellAudit({ outside, flags }: Auditing, report: AuditReport): void {
  print(outside, flags, { json: auditJson(report), text: (view) => renderAudit(report, view) });
}

function notOnLine({ from = '', name }: AuditTarget): MregError {
  return new MregError('usage', `${from} is not on the first-parent line of ${name}`, {
    hint: `git log --first-parent --oneline ${name}`,
  });
}

function notARegistry(name: string): MregError {
  return new MregError('not-a-registry', `no registry begins in the history of ${name}`, {
    hint: 'mreg init makes a registry; -C <dir> names another directory',
  });
}

function interrupted({ judged }: AuditFindings): MregError {
  return new MregError('interrupted', `the audit was stopped after ${String(judged)} steps`, {
    hint: 'mreg audit goes on from there',
  });
}
