import type { Digest } from '../documents/digest.ts';
import type { Refusal } from '../documents/refusal.ts';
import { signerOf } from '../trust/verify.ts';
import type { Trust } from '../trust/trust.ts';
import { compareStates, MAX_CHANGES, type Change } from './changes.ts';
import { judgeGenesis } from './rules/genesis.ts';
import { judgePolicy, judgeSettings, judgeTrust } from './rules/governance.ts';
import { judgeEvidence } from './rules/evidence.ts';
import { judgeFreeze } from './rules/freeze.ts';
import { judgeHold } from './rules/hold.ts';
import { judgeModel } from './rules/model.ts';
import { joined, refusing, type ChangeSummary, type Finding, type RuleContext } from './rules/rule.ts';
import { checkCollisions, checkPlaces } from './rules/shape.ts';
import { judgeStage } from './rules/stage.ts';
import { judgeVersion } from './rules/version.ts';
import { checkImmutable, checkMixture, subjectsOf, type Subject } from './subjects.ts';
import { emptySnapshot, type CommitFacts, type Snapshot, type Source } from './snapshot.ts';
import { readView, type RegistryView } from './view.ts';

/** One first-parent step: the two states and, once it exists, the commit between them. */
export interface Step {
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Undefined in pre-commit, where the commit is not made yet: what depends on its signature is left to the server. */
  readonly commit: CommitFacts | undefined;
}

/** What a judgement reads beside the two states. */
export interface AdmitContext {
  readonly source: Source;
  /** The clock of the judging machine; times in commits are never trusted. */
  readonly now: Date;
  /** Digest of the first trust root, pinned outside the repository. */
  readonly pinnedRoot: Digest | undefined;
}

/** What was judged: accepted exactly when nothing refuses. */
export interface Verdict {
  readonly accepted: boolean;
  readonly refusals: readonly Refusal[];
  readonly changes: readonly ChangeSummary[];
  /** The principal whose trusted key signed the commit. */
  readonly committer: string | undefined;
}

/** After so many refusals a step is judged no further: nobody reads them, and each costs the judge more than the pusher. */
const MOST_REFUSALS = 100;

/**
 * Judges one step of the protected branch: the one gate that the command line, the hooks and CI all call. In force is what
 * the parent holds: its trust, its policies, its pointers; nothing of the new state vouches for itself.
 */
export async function admit(step: Step, context: AdmitContext): Promise<Verdict> {
  const { changes, isWhole } = await compareStates(step);
  if (!isWhole) return verdictOf(refusing(tooMany(step.commit)), undefined);
  if (changes.length === 0) return verdictOf({ refusals: [], changes: [] }, undefined);
  const view = await readView(step.before);
  const common = { after: step.after, commit: step.commit, changes, ...context };
  if (view === undefined) return judgeFirst({ ...common, committer: undefined });
  const places = checkPlaces(changes, MOST_REFUSALS);
  if (places.length >= MOST_REFUSALS) return verdictOf(refusing(...places), undefined);
  const committer = signerOfCommit(view.trust, step.commit);
  const rules = { ...common, view, committer: committer.principal };
  const whole = [
    ...places,
    ...checkCommit(view, step, committer.refusal),
    ...checkTrustAge(view, { changes, now: context.now }),
  ];
  return verdictOf(await judgeContent(rules, whole), committer.principal);
}

/** Judges what the names alone show before what has to be read, and no further than to MOST_REFUSALS. */
async function judgeContent(context: RuleContext, whole: readonly Refusal[]): Promise<Finding> {
  const subjects = subjectsOf(context.changes);
  const mixed = checkMixture(context.changes, subjects).slice(0, MOST_REFUSALS);
  if (mixed.length >= MOST_REFUSALS) return refusing(...whole, ...mixed);
  const collisions = await checkCollisions(context.after, context.changes);
  const rest = await judgeSubjects(context, { subjects, mixed });
  return joined([refusing(...whole, ...collisions), rest]);
}

/** A repository without a registry is the users' own until its first trust root arrives. */
async function judgeFirst(context: Omit<RuleContext, 'view'>): Promise<Verdict> {
  const starts = context.changes.some(({ path }) => path === 'mreg.yaml' || path === 'trust/root.yaml');
  if (!starts) return verdictOf({ refusals: [], changes: [] }, undefined);
  // Attack: what was laid out before the registry began, when nobody looked, would stand in it as if it had been judged.
  const { changes: everything, isWhole } = await compareStates({
    before: emptySnapshot(context.source),
    after: context.after,
  });
  if (!isWhole) return verdictOf(refusing(tooMany(context.commit)), undefined);
  const places = checkPlaces(everything, MOST_REFUSALS);
  if (places.length >= MOST_REFUSALS) return verdictOf(refusing(...places), undefined);
  const shape = refusing(...places, ...(await checkCollisions(context.after, everything)));
  return verdictOf(joined([shape, await judgeGenesis({ ...context, changes: everything })]), undefined);
}

/** Attack: one tree told a hundred times by each of five others is more files than anybody can judge. */
function tooMany(commit: Step['commit']): Refusal {
  const path = commit === undefined ? 'the index' : `commit ${commit.oid}`;
  const expected = `at most ${String(MAX_CHANGES)} changed files in one commit, in at most as many folders`;
  return { code: 'too-large', path, expected, found: 'more', hint: 'split it into several commits' };
}

async function judgeSubjects(
  context: RuleContext,
  { subjects, mixed }: { readonly subjects: readonly Subject[]; readonly mixed: readonly Refusal[] },
): Promise<Finding> {
  const changed = checkImmutable(context.changes);
  // What may not change at all needs no further rule: one clear reason, not three that follow from it.
  const done = new Set([...mixed.map(({ path }) => path), ...changed.map(({ subject }) => subject)]);
  const findings: Finding[] = [refusing(...mixed, ...changed.map(({ refusal }) => refusal))];
  let refusals = 0;
  for (const subject of subjects) {
    if (done.has(subject.path)) continue;
    const finding = await judgeSubject(context, subject);
    findings.push(finding);
    refusals += finding.refusals.length;
    if (refusals >= MOST_REFUSALS) break;
  }
  return joined(findings);
}

function judgeSubject(context: RuleContext, subject: Subject): Promise<Finding> {
  switch (subject.kind) {
    case 'settings':
      return judgeSettings(context);
    case 'trust':
      return judgeTrust(context);
    case 'policy':
      return judgePolicy(context, subject.name);
    case 'freeze':
      return judgeFreeze(context, subject.sequence);
    case 'model':
      return judgeModel(context, subject.model);
    case 'version':
      return judgeVersion(context, subject.model, subject.version);
    case 'evidence':
      return judgeEvidence(context, subject);
    case 'hold':
      return judgeHold(context, subject);
    case 'stage':
      return judgeStage(context, { model: subject.model, stage: subject.stage });
  }
}

function signerOfCommit(
  trust: Trust,
  commit: CommitFacts | undefined,
): { readonly principal: string | undefined; readonly refusal?: Refusal } {
  if (commit?.signature === undefined) return { principal: undefined };
  const { armour, payload } = commit.signature;
  const signer = signerOf(trust, { path: `commit ${commit.oid}`, bytes: payload, armour, namespace: 'git' });
  return signer.ok ? { principal: signer.principal } : { principal: undefined, refusal: signer.refusal };
}

/** `commits: signed` asks for a trusted signature on every step that touches governed files. */
function checkCommit(view: RegistryView, { commit }: Step, refusal: Refusal | undefined): readonly Refusal[] {
  if (view.settings.body.spec.commits === 'any' || commit === undefined) return [];
  if (refusal !== undefined) return [{ ...refusal, code: 'unsigned-commit' }];
  if (commit.signature !== undefined) return [];
  const path = `commit ${commit.oid}`;
  const hint = 'git commit --amend -S with a key of the trust root (gpg.format ssh)';
  return [
    {
      code: 'unsigned-commit',
      path,
      expected: 'a commit signed by a trusted key (commits: signed)',
      found: 'no signature',
      hint,
    },
  ];
}

/** An expired root vouches for nobody; only the root that renews it is judged, by the keys it still names. */
function checkTrustAge(
  view: RegistryView,
  at: { readonly changes: readonly Change[]; readonly now: Date },
): readonly Refusal[] {
  const { expires } = view.root.body.spec;
  const renews = at.changes.some(({ path }) => path === 'trust/root.yaml');
  if (renews || new Date(expires) > at.now) return [];
  const expected = `a trust root in force at ${at.now.toISOString()} (clock of this machine)`;
  return [
    {
      code: 'expired',
      path: 'trust/root.yaml',
      expected,
      found: `expired ${expires}`,
      hint: 'mreg trust rotate --expires <date>',
    },
  ];
}

function verdictOf({ refusals, changes }: Finding, committer: string | undefined): Verdict {
  const seen = new Set<string>();
  const distinct = refusals.filter((refusal) => {
    const key = JSON.stringify(refusal);
    return !seen.has(key) && seen.add(key);
  });
  return { accepted: distinct.length === 0, refusals: distinct, changes, committer };
}
