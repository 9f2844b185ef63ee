import type { AuditGate } from '../documents/kinds/gate.ts';
import { isDigest } from '../documents/digest.ts';
import { hasDataSnapshot } from './lineage.ts';
import type { VersionFacts } from './input.ts';
import { referenceOf, type GateContext, type GateType, type Judgement } from './judgement.ts';

type Item = NonNullable<AuditGate['require']>[number];

const DEFAULT_ITEMS: readonly Item[] = ['data-snapshot', 'code-commit', 'signed-artifact'];

/** Passes when what an auditor asks for later is on record now. */
export const auditGate: GateType<AuditGate> = {
  atTheDoor: false,
  required: (gate) => askedOf(gate).join(', '),
  judge: judgeAudit,
};

function judgeAudit(gate: AuditGate, context: GateContext): Judgement {
  const { candidate } = context.input;
  const items = (gate.require ?? DEFAULT_ITEMS).filter((item) => !PRESENT[item](candidate));
  const attached = attachmentsOf(context);
  const files = (gate.attachments ?? []).filter((name) => !attached.has(name)).map(asFile);
  const missing = [...items, ...files];
  const observed = askedOf(gate).filter((each) => !missing.includes(each)).join(', ') || 'none'; // prettier-ignore
  const facts = { observed, source: candidate.version.path };
  if (missing.length === 0) return { ...facts, verdict: 'pass', reason: `on record: ${observed}` };
  return {
    ...facts,
    verdict: 'fail',
    reason: `not on record: ${missing.join(', ')}`,
    hint: hintFor(context, { items, files }),
  };
}

function askedOf(gate: AuditGate): string[] {
  return [...(gate.require ?? DEFAULT_ITEMS), ...(gate.attachments ?? []).map(asFile)];
}

function asFile(name: string): string {
  return `attachment ${name}`;
}

const PRESENT: Readonly<Record<Item, (facts: VersionFacts) => boolean>> = {
  'data-snapshot': ({ version }) => hasDataSnapshot(version.body.spec.lineage ?? {}),
  'code-commit': ({ version }) => version.body.spec.lineage?.code !== undefined,
  // Nothing unsigned is ever admitted, and the version's signature covers the digest of the artifact.
  'signed-artifact': ({ version }) => isDigest(version.body.spec.artifact.digest),
};

function attachmentsOf({ input, evidenceOf }: GateContext): ReadonlySet<string> {
  const documents = [...input.candidate.evidence.keys()].map((kind) => evidenceOf(input.candidate, kind));
  return new Set(documents.flatMap((document) => document?.body.spec.attachments ?? []).map(({ name }) => name));
}

function hintFor({ input }: GateContext, missing: { items: readonly string[]; files: readonly string[] }): string {
  const register = 'Register a new version with its lineage: --code <repo>@<commit> --data <name>=<uri>@<digest>';
  const attach = `Attach evidence that lists the files: mreg evidence add ${referenceOf(input, input.candidate)} <file> --kind <kind>`;
  return [...(missing.items.length > 0 ? [register] : []), ...(missing.files.length > 0 ? [attach] : [])].join('; ');
}
