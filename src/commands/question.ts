import type { StoreFinding } from '../artifacts/store-finding.ts';
import { verifyArtifact } from '../artifacts/verify.ts';
import { storeForUri } from '../artifacts/open-store.ts';
import { MregError } from '../documents/error.ts';
import { isDigest } from '../documents/digest.ts';
import type { ReleasePlan } from '../documents/kinds/promotion.ts';
import { evaluate } from '../gates/engine.ts';
import type { Approval, ArtifactFinding } from '../gates/input.ts';
import type { Evaluation } from '../gates/verdict.ts';
import { readPromotionFacts, transitionsInto, type PromotionFacts, type PromotionQuestion } from '../registry/facts.ts';
import type { EvaluationContext } from '../report/evaluation.ts';
import { evidenceText } from '../registry/evidence-text.ts';
import { withStanding } from '../registry/standing.ts';
import { previousOf, type StageState } from '../registry/stage-chain.ts';
import { readPlanFlags, type PlanFlags } from './plan-flags.ts';
import { withProgress } from './progress.ts';
import { resolveReference, stageBefore, type Resolved } from './references.ts';
import { findRequest, type OpenRequest } from './requests.ts';
import type { Session } from './session.ts';
import { requireVouched } from './vouched.ts';

/** Flags of every command that asks whether a version may move. */
export interface QuestionFlags extends PlanFlags {
  readonly to: string;
  /** False with --no-artifact-check: the stored bytes are not read. */
  readonly artifactCheck?: boolean | undefined;
  /** Why the glass is to be broken. */
  readonly breakGlass?: string | undefined;
}

/** A question, judged. */
export interface Answer {
  readonly resolved: Resolved;
  readonly question: PromotionQuestion;
  readonly facts: PromotionFacts;
  readonly evaluation: Evaluation;
  /** The open request for this very version, when there is one. */
  readonly request: OpenRequest | undefined;
  /** Why the open request no longer counts: what it rests on has changed. */
  readonly outdated: string | undefined;
  readonly context: EvaluationContext;
}

/** Judges whether a version may move to a stage: the gates, with the approvals that an open request has gathered. */
export async function judgeQuestion(
  session: Session,
  asked: { readonly reference: string; readonly flags: QuestionFlags; readonly requester: string },
): Promise<Answer> {
  const { flags } = asked;
  const from = stageBefore(session.view, flags.to);
  const resolved = await resolveReference(session.view, asked.reference);
  const { model, version } = resolved;
  await requireVouched(session, { on: resolved, stages: [from, flags.to] });
  const request = await findRequest(session, { model, stage: flags.to, version });
  const filed = request?.promotion.body.spec;
  const breakGlass = flags.breakGlass === undefined ? filed?.breakGlass : { reason: glassReason(flags.breakGlass) };
  const plan = await choosePlan(session, { model, flags, request });
  const artifact = await checkArtifact(session, resolved, flags);
  const question: PromotionQuestion = {
    model,
    version,
    from,
    to: flags.to,
    plan,
    breakGlass,
    // Whoever breaks the glass asks anew, in their own name.
    requester: isOf(filed, breakGlass) ? filed.requestedBy : asked.requester,
    approvals: [],
    artifact,
    now: session.outside.now(),
  };
  return answer(session, { resolved, question, request });
}

async function answer(
  session: Session,
  asked: {
    readonly resolved: Resolved;
    readonly question: PromotionQuestion;
    readonly request: OpenRequest | undefined;
  },
): Promise<Answer> {
  const { resolved, request } = asked;
  const bare = await factsOf(session, asked.question);
  const unapproved = await evaluate(bare.input);
  const outdated =
    request === undefined
      ? undefined
      : (whyOutdated(session, request, { current: bare.current, evidence: unapproved.evidence }) ??
        otherGlass(request, asked.question));
  const approvals: readonly Approval[] = outdated === undefined ? (request?.approvals ?? []) : [];
  const question = { ...asked.question, approvals };
  const facts = { ...bare, input: { ...bare.input, approvals } };
  const judged = approvals.length === 0 ? unapproved : await evaluate(facts.input);
  const evaluation = withStanding(judged, facts);
  const { model, version, from, to, plan } = question;
  const rollbackTo = facts.rollbackTo?.stage.spec.version;
  const requested = request !== undefined && outdated === undefined;
  return {
    resolved,
    question,
    facts,
    evaluation,
    request,
    outdated,
    context: { model, version, from, to, rollbackTo, plan, requested },
  };
}

type Asked = OpenRequest['promotion']['body']['spec'];

/** Tells whether a request is there that breaks the glass as it is asked for now, or does not either. */
function isOf(filed: Asked | undefined, breakGlass: PromotionQuestion['breakGlass']): filed is Asked {
  return filed !== undefined && filed.breakGlass?.reason === breakGlass?.reason;
}

function otherGlass({ promotion }: OpenRequest, { breakGlass }: PromotionQuestion): string | undefined {
  return isOf(promotion.body.spec, breakGlass) ? undefined : 'it does not break the glass for this reason';
}

function glassReason(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= 1000) return reason;
  throw new MregError('usage', 'expected a reason of 1 to 1000 characters for breaking the glass', {
    hint: 'mreg promote <reference> --to <stage> --break-glass "every score is wrong"',
  });
}

async function factsOf(session: Session, question: PromotionQuestion): Promise<PromotionFacts> {
  const facts = await readPromotionFacts(session.view, session.repository, question);
  if (facts !== undefined) return facts;
  throw new MregError('unknown-model', `${question.model}@${question.version} cannot be read`, { hint: 'mreg verify' });
}

/** Approvals sign exact bytes: once what the request rests on has changed, they say nothing about the promotion of now. */
export function whyOutdated(
  session: Session,
  request: OpenRequest,
  now: { readonly current: StageState | undefined; readonly evidence: Evaluation['evidence'] },
): string | undefined {
  const { spec } = request.promotion.body;
  if (new Date(spec.expiresAt) <= session.outside.now()) return `the request expired at ${spec.expiresAt}`;
  if (spec.previous !== previousOf(now.current)) return `${spec.to} has moved since the request`;
  if (spec.policy !== session.view.policySet) return 'the policies have changed since the request';
  if (spec.trust !== session.view.root.body.spec.version) return 'the trust root has changed since the request';
  const same = evidenceText(now.evidence) === evidenceText(spec.evidence);
  return same ? undefined : 'the evidence has changed since the request';
}

/** The plan asked for on the command line, else that of the open request, else the policy's, else immediate. */
async function choosePlan(
  session: Session,
  asked: { readonly model: string; readonly flags: QuestionFlags; readonly request: OpenRequest | undefined },
): Promise<ReleasePlan> {
  const named = await readPlanFlags(session.outside, asked.flags);
  if (named !== undefined) return named;
  if (asked.request !== undefined) return asked.request.promotion.body.spec.plan;
  const [plan] = transitionsInto(session.view, asked.model, asked.flags.to).flatMap(
    (transition) => transition.plan ?? [],
  );
  return plan ?? { strategy: 'immediate' };
}

/** Reads the stored bytes of a version and says whether they are the ones registered. */
async function checkArtifact(
  session: Session,
  resolved: Resolved,
  flags: Pick<QuestionFlags, 'artifactCheck'>,
): Promise<ArtifactFinding> {
  const { uri, digest } = resolved.facts.version.body.spec.artifact;
  if (flags.artifactCheck === false || !isDigest(digest)) return { state: 'unchecked' };
  const { stores } = session.view.settings.body.spec;
  const wanted = { ...storeForUri(uri, stores, session.outside), artifact: digest };
  try {
    const findings = await withProgress(session, `verify ${resolved.model}@${resolved.version}`, (options) =>
      verifyArtifact(wanted, options),
    );
    return findingOf(findings);
  } catch (error) {
    if (error instanceof MregError && error.code === 'unknown-artifact')
      return { state: 'missing', detail: error.message };
    if (error instanceof MregError && error.code === 'integrity') return { state: 'mismatch', detail: error.message };
    throw error;
  }
}

function findingOf(findings: readonly StoreFinding[]): ArtifactFinding {
  if (findings.length === 0) return { state: 'match' };
  return { state: 'mismatch', detail: findings.map((finding) => JSON.stringify(finding)).join('; ') };
}
