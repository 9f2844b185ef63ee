import { evaluate } from '../gates/engine.ts';
import type { GateInput, VersionFacts } from '../gates/input.ts';
import type { Evaluation } from '../gates/verdict.ts';
import { readVersionFacts } from '../registry/models.ts';
import { stageStateAt } from '../registry/stage-chain.ts';
import { modelOf, policiesFor, type RegistryView } from '../registry/view.ts';
import type { PendingRequest } from '../report/model-state.ts';
import { personOf } from '../trust/trust.ts';
import { countApprovals } from './approve.ts';
import { whyOutdated } from './question.ts';
import { openRequests, type OpenRequest } from './requests.ts';
import type { Session } from './session.ts';

/** Returns the requests that wait, of one model or of all, by model, with the approvals that they have and need. */
export async function readPending(
  session: Session,
  model: string | undefined,
): Promise<ReadonlyMap<string, readonly PendingRequest[]>> {
  const found = new Map<string, PendingRequest[]>();
  for (const request of await openRequests(session, { model })) {
    const pending = await pendingOf(session, request);
    if (pending === undefined) continue;
    const { model: name } = request.promotion.body.metadata;
    found.set(name, [...(found.get(name) ?? []), pending]);
  }
  return found;
}

async function pendingOf(session: Session, request: OpenRequest): Promise<PendingRequest | undefined> {
  const { metadata, spec } = request.promotion.body;
  const at = { model: metadata.model, stage: spec.to };
  const candidate = await readVersionFacts(session.view.snapshot, at.model, spec.version);
  if (candidate === undefined) return undefined;
  const current = await stageStateAt(session.view.snapshot, at);
  // Landed by a forge or by stock git, which leave the branch where it is: nothing waits any more.
  if (current?.stage.spec.promotion === request.promotion.digest) return undefined;
  const input = await approvalsInput(session, request, candidate);
  if (input === undefined) return undefined;
  const isHeld = candidate.held !== undefined;
  const changed = whyOutdated(session, request, { current, evidence: stillNewest(spec.evidence, candidate) });
  const outdated = isHeld ? `${spec.version} is held` : changed;
  const counted = outdated === undefined ? input : { ...input, approvals: [] };
  const approvals = countApprovals({ evaluation: await evaluate(counted) });
  const { to, version, requestedBy, requestedAt, expiresAt } = spec;
  const pending = { to, version, approvals, requestedBy, requestedAt, expiresAt };
  return outdated === undefined ? pending : { ...pending, outdated, isHeld };
}

/** Of the evidence that a request rests on, what is still the newest of its kind (that of baselines is taken as it is). */
function stillNewest(
  used: OpenRequest['promotion']['body']['spec']['evidence'],
  candidate: VersionFacts,
): Evaluation['evidence'] {
  const newest = new Set([...candidate.evidence.values()].map(({ path }) => path));
  const folder = candidate.version.path.replace(/version\.yaml$/, '');
  return used.filter(({ path }) => !path.startsWith(folder) || newest.has(path)) as Evaluation['evidence']; // the promotion's schema admits only digests
}

/** What the gates that count approvals look at. The others are left out: a status is not a check, and must be quick. */
async function approvalsInput(
  { view, outside }: Session,
  request: OpenRequest,
  candidate: VersionFacts,
): Promise<GateInput | undefined> {
  const { metadata, spec } = request.promotion.body;
  const model = await modelOf(view, metadata.model);
  if (model === undefined) return undefined;
  const registrar = candidate.version.body.spec.registeredBy;
  return {
    model: metadata.model,
    from: spec.from,
    to: spec.to,
    modelDocument: model.body,
    candidate,
    stages: new Map(),
    versions: new Map(),
    policies: approvalPolicies(view, metadata.model),
    // What is frozen waits for time, not for people; what a broken glass costs is people.
    freezes: [],
    breakGlass: spec.breakGlass,
    trust: view.root.body,
    plan: spec.plan,
    rollbackTarget: undefined,
    artifact: { state: 'unchecked' },
    requester: { principal: spec.requestedBy, person: personOf(view.trust, spec.requestedBy) },
    registrar: { principal: registrar, person: personOf(view.trust, registrar) },
    approvals: request.approvals,
    now: outside.now(),
  };
}

function approvalPolicies(view: RegistryView, model: string): GateInput['policies'] {
  return policiesFor(view, model).map(({ path, digest, body }) => {
    const transitions = body.spec.transitions.map((transition) => ({
      ...transition,
      gates: transition.gates.filter(({ type }) => type === 'approvals'),
    }));
    return { path, digest, body: { ...body, spec: { ...body.spec, transitions } } };
  });
}
