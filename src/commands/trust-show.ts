import { fingerprintOf, parsePublicKey } from '../signing/public-key.ts';
import { shown } from '../report/escape.ts';
import { renderTable } from '../report/table.ts';
import type { View } from '../report/view.ts';
import type { Trust } from '../trust/trust.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { readPin } from './pin.ts';
import { openProposals, type Proposal } from './open-proposals.ts';
import { withSession, type Session } from './session.ts';

/** Prints the trust root in force, what waits for signatures, and when it expires. */
export async function showTrust(outside: Outside, flags: CommonFlags): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const { root, trust, id } = session.view;
    const pinned = await readPin(session.repository);
    const waiting = await openProposals(session);
    print(outside, flags, {
      json: {
        registry: id,
        digest: root.digest,
        pinned: pinned ?? null,
        root: root.body.spec,
        waiting: waiting.map(({ branch, subject, by, isOutdated }) => ({
          branch,
          subject,
          by: by ?? null,
          outdated: isOutdated,
        })),
      },
      text: (view, paint) =>
        [
          `${paint.bold(id)}  trust root version ${String(root.body.spec.version)}, expires ${root.body.spec.expires}`,
          `thresholds: root ${String(root.body.spec.thresholds.root)}, policy ${String(root.body.spec.thresholds.policy)}`,
          ...floorLines(session),
          `pinned: ${pinned ?? 'nothing (mreg verify pins it)'}`,
          '',
          ...principalTable(trust, view),
          ...(waiting.length === 0 ? [] : ['']),
          ...waiting.map((proposal) => waitingLine(proposal, view)),
        ].join('\n'),
    });
    return 0;
  });
}

function waitingLine({ branch, subject, by, isOutdated }: Proposal, view: View): string {
  const name = branch.replace(/^propose\//, '');
  const what = `${shown(subject, view)}, by ${by === undefined ? 'an unknown key' : shown(by, view)}`;
  return isOutdated
    ? `outdated: ${what}  (mreg trust withdraw ${name})`
    : `waits for signatures: ${what}  (mreg trust sign ${name})`;
}

function floorLines({ view }: Session): string[] {
  const floors = view.root.body.spec.floors ?? [];
  return floors.map(
    ({ to, approvals, gates }) =>
      `floor for ${to}: ${[approvals === undefined ? '' : approvalsText(approvals), (gates ?? []).join(', ')].filter((text) => text !== '').join('; ')}`,
  );
}

function approvalsText(count: number): string {
  return `${String(count)} ${count === 1 ? 'approval' : 'approvals'}`;
}

function principalTable(trust: Trust, view: View): string[] {
  const rows = [...trust.principals.values()].map(({ id, keys, owner }) => [
    owner === undefined ? shown(id, view) : `${shown(id, view)} (bot of ${shown(owner, view)})`,
    rolesText(trust, id, view),
    keys.map(fingerprintText).join(', ') || 'no key',
  ]);
  return renderTable({ columns: [{ title: 'principal' }, { title: 'roles' }, { title: 'keys' }], rows }, view);
}

/** Roles for all models first, then those for some, with the globs that say which. */
function rolesText(trust: Trust, id: string, view: View): string {
  const grants = trust.document.spec.roles.filter(({ principals }) => principals.includes(id));
  const [everywhere, scoped] = [true, false].map((all) => grants.filter(({ models }) => models.includes('*') === all));
  return [
    ...(everywhere ?? []).map(({ role }) => role),
    ...(scoped ?? []).map(({ role, models }) => `${role} (${shown(models.join(' '), view)})`),
  ].join(', ');
}

function fingerprintText(line: string): string {
  const key = parsePublicKey(line);
  return key.ok ? fingerprintOf(key.value) : 'unreadable';
}
