import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { holdsRole } from '../trust/trust.ts';
import { submit } from './carry-out.ts';
import type { RejectOutput } from '../report/output-schemas.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { toOption } from './plan-options.ts';
import { synchronised } from './remote.ts';
import { requestNamed, requireRequest, type OpenRequest } from './requests.ts';
import { withSession, type Session } from './session.ts';
import type { Author } from './signing.ts';
import { writtenJson, writtenText } from './written.ts';

/** Who may close somebody else's request. */
const REJECT_ROLES = ['owner', 'reviewer', 'promoter', 'oncall'];

export function rejectCommand(host: Host): CommandUnknownOpts {
  return new Command('reject')
    .summary('close a request to promote')
    .description(
      'Closes a request with a reason, which stays in the history of the protected branch. Requesters may withdraw their own.',
    )
    .argument('<model>', 'the model, or one version of it when several requests are open')
    .addOption(toOption)
    .addHelpText('after', '\nExample:\n  mreg reject fraud_detector --to prod -m "wait for the new drift report"')
    .action(async (model, options, command) => {
      host.code = await reject(host.outside, { ...commonFlags(command), ...options }, model);
    });
}

async function reject(
  outside: Outside,
  flags: CommonFlags & { readonly to: string },
  reference: string,
): Promise<number> {
  const reason = flags.message;
  if (reason === undefined)
    throw new MregError('usage', 'mreg reject needs a reason', {
      hint: `mreg reject ${reference} --to ${flags.to} -m <why>`,
    });
  return withSession(outside, flags, async (opened) => {
    const session = await synchronised(opened);
    const asked = await requestNamed(session, reference, flags.to);
    const { model } = asked;
    const request = await requireRequest(session, asked);
    const done = await submit(session, (fresh, author) => {
      requireAuthority(fresh, request, author);
      return Promise.resolve(closing(request, { reason, by: author.principal }));
    });
    const written = { commit: done.commit, pushed: done.pushed, branch: session.branch };
    const closed = request.promotion.body.spec.version;
    print(outside, flags, {
      json: { ...writtenJson({ model, version: closed }, written), stage: flags.to, reason } satisfies RejectOutput,
      text: (_view, paint) =>
        `${paint.yellow('rejected')} ${model}@${closed} to ${flags.to}: ${reason}\n  ${writtenText(written)}`,
    });
    return 0;
  });
}

function requireAuthority({ view }: Session, request: OpenRequest, { principal }: Author): void {
  const { metadata, spec } = request.promotion.body;
  if (spec.requestedBy === principal) return;
  if (holdsRole(view.trust, principal, { roles: REJECT_ROLES, model: metadata.model })) return;
  throw new MregError('refused', `${principal} may not close a request of ${spec.requestedBy}`, {
    hint: `ask a ${REJECT_ROLES.join(', ')} of ${metadata.model}: mreg trust show`,
  });
}

/** The branch goes; an empty signed commit on the protected branch keeps who closed it and why. */
function closing(
  request: OpenRequest,
  why: { readonly reason: string; readonly by: string },
): Awaited<ReturnType<Parameters<typeof submit<undefined>>[1]>> {
  const { metadata, spec } = request.promotion.body;
  return {
    result: undefined,
    plan: {
      edits: new Map(),
      signatures: [],
      subject: `Reject ${metadata.model}@${spec.version} for ${metadata.stage}`,
      body: why.reason,
      trailers: {
        'Mreg-Action': 'reject',
        'Mreg-Model': metadata.model,
        'Mreg-Stage': metadata.stage,
        'Mreg-Version': spec.version,
        'Mreg-Rejected-By': why.by,
      },
    },
    alongside: [{ ref: `refs/heads/${request.branch}`, new: undefined, old: request.tip }],
  };
}
