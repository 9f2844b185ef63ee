import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { ScanGate } from '../documents/kinds/gate.ts';
import { addEvidence, referenceOf, requireEvidence, type GateContext, type GateType } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';
import type { Judgement } from './judgement.ts';

type Findings = NonNullable<EvidenceDocument['spec']['findings']>;

/** Passes when a scan's findings stay within every limit; a limit whose finding is not reported is an error. */
export const scanGate: GateType<ScanGate> = {
  atTheDoor: false,
  required: (gate) => [...limitsOf(gate).map(limitText), ...licenceRule(gate)].join(', ') || undefined,
  judge: judgeScan,
};

function judgeScan(gate: ScanGate, context: GateContext): Judgement {
  const { input } = context;
  const limits = limitsOf(gate);
  if (limits.length === 0 && licenceRule(gate).length === 0) {
    throw new Unjudgeable('the gate sets no limit', { hint: `Give ${gate.id} a limit, such as secrets: 0` });
  }
  const kind = gate.evidence ?? 'scan';
  const evidence = requireEvidence(context, input.candidate, kind);
  const findings = evidence.body.spec.findings ?? {};
  const hint = addEvidence(referenceOf(input, input.candidate), kind);
  refuseUnreported({ gate, limits, findings, source: evidence.path, hint });
  const licences = badLicences(gate, findings);
  const over = limits.filter(({ read, most }) => (read(findings) ?? Infinity) > most);
  const facts = { observed: observedText(limits, findings, licences), source: evidence.path };
  const problems = [...over.map((limit) => overText(limit, findings)), ...licences.map((name) => `licence ${name}`)];
  if (problems.length === 0) return { ...facts, verdict: 'pass', reason: `within limits: ${facts.observed}` };
  return { ...facts, verdict: 'fail', reason: problems.join('; '), hint: `Remove the cause, scan again, then ${hint}` };
}

/** One upper bound on one count of the findings. */
interface Limit {
  readonly name: string;
  readonly most: number;
  readonly read: (findings: Findings) => number | undefined;
}

function limitsOf(gate: ScanGate): Limit[] {
  const { vulnerabilities = {}, serialisation = {} } = gate;
  return [
    ...limit('secrets', gate.secrets, (found) => found.secrets),
    ...SEVERITIES.flatMap((name) => limit(name, vulnerabilities[name], (found) => found.vulnerabilities?.[name])),
    ...SERIALISATIONS.flatMap((name) => limit(name, serialisation[name], (found) => found.serialisation?.[name])),
  ];
}

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
const SERIALISATIONS = ['pickle', 'unsafe'] as const;

function limit(name: string, most: number | undefined, read: Limit['read']): Limit[] {
  return most === undefined ? [] : [{ name, most, read }];
}

function limitText({ name, most }: Limit): string {
  return `${name} ${String(most)}`;
}

function licenceRule({ licences }: ScanGate): string[] {
  const allow = licences?.allow === undefined ? [] : [`licences among ${licences.allow.join('|')}`];
  const deny = licences?.deny === undefined ? [] : [`licences without ${licences.deny.join('|')}`];
  return [...allow, ...deny];
}

interface Report {
  readonly gate: ScanGate;
  readonly limits: readonly Limit[];
  readonly findings: Findings;
  readonly source: string;
  readonly hint: string;
}

function refuseUnreported({ gate, limits, findings, source, hint }: Report): void {
  const missing = limits.filter(({ read }) => read(findings) === undefined).map(({ name }) => name);
  if (licenceRule(gate).length > 0 && findings.licences === undefined) missing.push('licences');
  if (missing.length === 0) return;
  throw new Unjudgeable(`${source} does not report ${missing.join(', ')}: not reported is not zero`, { hint, source });
}

/** Returns licences that are denied or not allowed, sorted. SPDX identifiers compare without regard to case. */
function badLicences({ licences }: ScanGate, findings: Findings): string[] {
  const allow = licences?.allow?.map(lower);
  const deny = licences?.deny?.map(lower) ?? [];
  const isBad = (name: string) => deny.includes(lower(name)) || (allow !== undefined && !allow.includes(lower(name)));
  return licences === undefined ? [] : [...new Set(findings.licences)].filter(isBad).sort();
}

function lower(text: string): string {
  return text.toLowerCase();
}

/** Bad licences by count only: the recorded check stays short however long the list is. */
function observedText(limits: readonly Limit[], findings: Findings, licences: readonly string[]): string {
  const counts = limits.map(({ name, read }) => `${name} ${String(read(findings))}`);
  return [...counts, ...(licences.length > 0 ? [`refused licences ${String(licences.length)}`] : [])].join(', ');
}

function overText({ name, most, read }: Limit, findings: Findings): string {
  return `${name}: ${String(read(findings))} found, at most ${String(most)} allowed`;
}
