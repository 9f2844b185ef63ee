import type { Kind } from '../../documents/kinds/index.ts';
import type { TrustRootDocument } from '../../documents/kinds/trust-root.ts';
import type { Reading, Refusal } from '../../documents/refusal.ts';
import type { Trust } from '../../trust/trust.ts';
import { checkQuorum, type QuorumRule } from '../../trust/verify.ts';
import { approvalSigner } from '../approval-signer.ts';
import { entriesAt, fileAt, type Snapshot } from '../snapshot.ts';
import { readSignedBy } from './rule.ts';

/** A document whose change needs signatures of several: its author's and the approvals beside it. */
export interface Quorum {
  readonly snapshot: Snapshot;
  readonly trust: Trust;
  readonly registry: string;
  readonly rule: QuorumRule;
  /** The other root, while a root changes: its keys sign as well, and count for it alone. */
  readonly alongside?: Trust | undefined;
}

/** Returns the demand on signatures that a trust root makes of changes to itself and to mreg.yaml. */
export function rootRule(root: TrustRootDocument): QuorumRule {
  return { role: 'root', threshold: root.spec.thresholds.root };
}

/** Counts everybody whose key in `trust` signed a document, as its author or as an approver; refuses what does not verify. */
export async function checkSignatures(quorum: Quorum, kind: Kind, path: string): Promise<readonly Refusal[]> {
  const { snapshot, registry, rule } = quorum;
  const readings = [
    await readFor(quorum, async (trust) => {
      const signed = await readSignedBy({ snapshot, registry, trust }, kind, path);
      return signed.ok ? { ok: true, value: signed.value.signer } : signed;
    }),
  ];
  const file = await fileAt(snapshot, path);
  for (const { name } of await entriesAt(snapshot, `${path}.approvals`)) {
    if (file.state !== 'present') continue;
    const approval = `${path}.approvals/${name}`;
    readings.push(
      await readFor(quorum, async (trust) => {
        const signer = await approvalSigner({ snapshot, trust }, file, approval);
        return signer.ok ? { ok: true, value: signer.principal } : { ok: false, refusals: [signer.refusal] };
      }),
    );
  }
  const refusals = readings.flatMap((reading) => (reading.ok ? [] : reading.refusals));
  const principals = readings.flatMap((reading) => (reading.ok && reading.value !== undefined ? [reading.value] : []));
  return file.state === 'present' ? [...refusals, ...checkQuorum(quorum.trust, rule, { path, principals })] : refusals;
}

/** Reads one signature: whose it is here, or nobody's where it is a good one by the other root. */
async function readFor(
  { trust, alongside }: Quorum,
  read: (trust: Trust) => Promise<Reading<string>>,
): Promise<Reading<string | undefined>> {
  const reading = await read(trust);
  if (reading.ok || alongside === undefined || reading.refusals.some(({ code }) => code !== 'unknown-key'))
    return reading;
  const other = await read(alongside);
  return other.ok ? { ok: true, value: undefined } : reading;
}
