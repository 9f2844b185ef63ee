import type { Digest } from '../documents/digest.ts';
import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { AllowedFinding } from './allowed.ts';
import type { ScanFinding, Severity } from './finding.ts';
import { NO_LICENCE } from './licences.ts';

type Spec = Omit<EvidenceDocument['spec'], 'subject' | 'producedBy' | 'producedAt'>;

/** All that one scan found. */
export interface ScanResult {
  /** As the user named it. */
  readonly source: string;
  /** Of the artifact, where one was scanned. */
  readonly digest: Digest | undefined;
  readonly command: string;
  /** Of this program. */
  readonly version: string;
  readonly files: number;
  readonly sizeBytes: number;
  readonly counted: readonly ScanFinding[];
  readonly allowed: readonly AllowedFinding[];
  /** Files that hold pickles, and those among them or beside them that are unsafe. */
  readonly pickles: readonly string[];
  /** Undefined without a snapshot of vulnerabilities or without a lockfile: not looked for is not zero. */
  readonly vulnerabilities: Readonly<Record<Severity, number>> | undefined;
  /** Undefined where nothing names a licence. */
  readonly licences: readonly string[] | undefined;
  readonly inputs: readonly { readonly name: string; readonly digest: Digest; readonly uri: string }[];
  readonly notes: readonly string[];
}

const MOST_LICENCES = 500;
const LONGEST_NOTE = 3500;
const MOST_TOLD = 20;

/** Returns the counts of a scan as evidence holds them. */
export function findingsOf(result: ScanResult): NonNullable<Spec['findings']> {
  const { counted, pickles, vulnerabilities, licences } = result;
  const unsafe = counted.filter(({ category }) => category === 'pickle' || category === 'unread');
  return {
    secrets: counted.filter(({ category }) => category === 'secret').length,
    ...(vulnerabilities === undefined ? {} : { vulnerabilities: { ...vulnerabilities } }),
    ...(licences === undefined ? {} : { licences: licencesThatFit(licences) }),
    serialisation: {
      pickle: new Set(pickles.map(fileOf)).size,
      unsafe: new Set(unsafe.map(({ path }) => fileOf(path))).size,
    },
  };
}

/** Returns a scan as evidence. Neither here nor anywhere else is the value of a secret. */
export function scanEvidence(result: ScanResult): Spec {
  const { command, version, inputs } = result;
  const note = noteOf(result);
  return {
    findings: findingsOf(result),
    tool: { name: 'mreg', version, command },
    ...(inputs.length === 0 ? {} : { attachments: inputs.map((input) => ({ ...input })) }),
    ...(note === '' ? {} : { note }),
  };
}

/** A list that does not fit must not look like one without the licences that were cut. */
function licencesThatFit(licences: readonly string[]): string[] {
  return licences.length <= MOST_LICENCES ? [...licences] : [...licences.slice(0, MOST_LICENCES - 1), NO_LICENCE];
}

/** The file on the disk: members of one archive count as that file. */
function fileOf(path: string): string {
  return path.split('!')[0] ?? path;
}

function noteOf({ counted, allowed, notes }: ScanResult): string {
  const told = counted.slice(0, MOST_TOLD).map(({ rule, path, line }) => `${rule} in ${path}${lineOf(line)}`);
  const more = counted.length > MOST_TOLD ? [`and ${String(counted.length - MOST_TOLD)} more`] : [];
  const passed = allowed.map(({ rule, path, reason }) => `allowed: ${rule} in ${path}: ${reason}`);
  // Names of files may hold anything; a document holds no control or bidirectional characters.
  const text = [...passed, ...told, ...more, ...notes]
    .map((line) => line.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD'))
    .join('\n');
  return text.length <= LONGEST_NOTE ? text : `${text.slice(0, LONGEST_NOTE)}…`;
}

function lineOf(line: number | undefined): string {
  return line === undefined ? '' : ` line ${String(line)}`;
}
