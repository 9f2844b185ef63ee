import { MregError } from '../documents/error.ts';
import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import { parseRequestBranch, promotionPath, requestBranch } from '../documents/paths.ts';
import { parseReference } from '../documents/reference.ts';
import type { Approval } from '../gates/input.ts';
import { readApprovals } from '../registry/approvals.ts';
import { mustRead, type Stored } from '../registry/read-file.ts';
import type { Snapshot } from '../registry/snapshot.ts';
import { requireModel, requireStage, resolveReference } from './references.ts';
import { remoteOf } from './remote.ts';
import { snapshotAt, type Session } from './session.ts';

/** A promotion that waits on its branch. */
export interface OpenRequest {
  /** `promote/<model>/<stage>/<version>`, as the server names it. */
  readonly branch: string;
  readonly tip: string;
  readonly snapshot: Snapshot;
  readonly promotion: Stored<PromotionDocument>;
  readonly approvals: readonly Approval[];
}

/** What a request is looked for by; everything that is left out matches. */
export interface RequestFilter {
  readonly model?: string | undefined;
  readonly stage?: string | undefined;
  readonly version?: string | undefined;
}

/** Returns the requests that wait, by model, stage and version. With a server, those that it was last seen to have. */
export async function openRequests(session: Session, filter: RequestFilter): Promise<readonly OpenRequest[]> {
  const found: OpenRequest[] = [];
  for (const { branch, oid } of await requestBranches(session)) {
    const named = parseRequestBranch(branch);
    if (named === undefined || !matches(named, filter)) continue;
    const request = await readRequest(session, { branch, oid });
    if (request !== undefined) found.push(request);
  }
  return found;
}

function matches(named: { model: string; stage: string; version: string }, filter: RequestFilter): boolean {
  return (['model', 'stage', 'version'] as const).every(
    (key) => filter[key] === undefined || filter[key] === named[key],
  );
}

async function requestBranches(session: Session): Promise<readonly { branch: string; oid: string }[]> {
  const prefix = await requestPrefix(session);
  const refs = await session.repository.refs(`${prefix}promote/`);
  return refs.map(({ ref, oid }) => ({ branch: ref.slice(prefix.length), oid }));
}

/** Where the requests' branches are seen: with a server what was fetched from it, else here. */
async function requestPrefix({ repository, branch, flags }: Session): Promise<string> {
  const remote = flags.push === false ? undefined : await remoteOf(repository, branch);
  return remote === undefined ? 'refs/heads/' : `refs/remotes/${remote}/`;
}

/** A branch that holds no readable promotion is nobody's request: anybody may push a branch of any name. */
async function readRequest(
  session: Session,
  { branch, oid }: { readonly branch: string; readonly oid: string },
): Promise<OpenRequest | undefined> {
  const named = parseRequestBranch(branch);
  if (named === undefined) return undefined;
  const snapshot = await snapshotAt(session.repository, oid);
  const promotion = await readPromotion(snapshot, named);
  if (promotion?.body.spec.version !== named.version) return undefined;
  const from = { snapshot, trust: session.view.trust, registry: session.view.id };
  const { approvals } = await readApprovals(from, promotion, named);
  return { branch, tip: oid, snapshot, promotion, approvals };
}

async function readPromotion(
  snapshot: Snapshot,
  named: { readonly model: string; readonly stage: string },
): Promise<Stored<PromotionDocument> | undefined> {
  try {
    return await mustRead(snapshot, 'Promotion', promotionPath(named.model, named.stage));
  } catch (error) {
    if (error instanceof MregError && error.refusals.length > 0) return undefined;
    throw error;
  }
}

/**
 * Returns what a request is looked for by: a model, or one version of it, named by itself or by a stage that points at
 * it. All of them must exist, so that a slip never finds another request than the one meant.
 */
export async function requestNamed(
  { view }: Session,
  reference: string,
  stage: string,
): Promise<{ readonly model: string; readonly stage: string; readonly version: string | undefined }> {
  const { model, at } = parseReference(reference);
  await requireModel(view, model);
  requireStage(view, stage);
  return { model, stage, version: at === undefined ? undefined : (await resolveReference(view, reference)).version };
}

/** Returns the one request for a model and stage; several ask for the version, none is an error with the way to make one. */
export async function requireRequest(
  session: Session,
  filter: { readonly model: string; readonly stage: string; readonly version?: string | undefined },
): Promise<OpenRequest> {
  const found = await openRequests(session, filter);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const what = `${filter.model}${filter.version === undefined ? '' : `@${filter.version}`} to ${filter.stage}`;
  if (only === undefined) {
    throw new MregError('unknown-request', `no request to promote ${what} is open`, {
      hint: `mreg status ${filter.model}; mreg promote ${filter.model}@<version> --to ${filter.stage}`,
    });
  }
  const versions = found.map(({ promotion }) => promotion.body.spec.version).join(', ');
  throw new MregError('usage', `several requests to promote ${what} are open: ${versions}`, {
    hint: `mreg approve ${filter.model}@${only.promotion.body.spec.version} --to ${filter.stage}`,
  });
}

/** Returns the request of one version, or undefined. */
export async function findRequest(
  session: Session,
  at: { readonly model: string; readonly stage: string; readonly version: string },
): Promise<OpenRequest | undefined> {
  const branch = requestBranch(at.model, at.stage, at.version);
  return (await openRequests(session, at)).find((request) => request.branch === branch);
}
