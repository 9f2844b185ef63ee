import { resolve } from 'node:path';
import type { Digest } from '../documents/digest.ts';
import { partAllowed } from '../scan/allowed.ts';
import { isLicenceFile } from '../scan/licences.ts';
import { isLockfile } from '../scan/lockfile.ts';
import type { ScanFinding, Severity } from '../scan/finding.ts';
import type { ScanResult } from '../scan/scan-result.ts';
import type { CommonFlags } from './flags.ts';
import { commandLine } from './measure-words.ts';
import type { Outside } from './outside.ts';
import { withProgress } from './progress.ts';
import { readAllowances } from './scan-allow.ts';
import { scanContent } from './scan-content.ts';
import { judgePackages, licencesFound, readLocked, type LockedFile } from './scan-packages.ts';
import { walkToScan, type ScanFile } from './scan-walk.ts';

/** What a scan is told besides what to scan. */
export interface ScanFlags extends CommonFlags {
  readonly osv?: string | undefined;
  readonly lockfile?: readonly string[] | undefined;
  readonly licences?: string | undefined;
  readonly allow?: readonly string[] | undefined;
  readonly sarif?: string | undefined;
  readonly attach?: string | undefined;
}

/** What is scanned: where it lies now, and what it is called and was proved to be. */
export interface ScanTarget {
  readonly folder: string;
  readonly source: string;
  readonly digest: Digest | undefined;
}

/** Looks at everything below the target. */
export async function takeScan(outside: Outside, flags: ScanFlags, target: ScanTarget): Promise<ScanResult> {
  const allowances = await readAllowances(outside, flags.allow ?? []);
  const walked = await walkToScan(target.folder);
  const content = await contentOf(outside, flags, { ...target, files: walked.files });
  const packages = await packagesOf(outside, flags, walked.files);
  const findings = [...walked.findings, ...content.findings, ...packages.findings];
  const parted = partAllowed(findings, allowances);
  const { osv, lockfile, licences, allow } = flags;
  return {
    ...{ source: target.source, digest: target.digest, version: outside.version },
    command: commandLine(['scan', target.source], { lockfile, osv, licences, allow }),
    files: walked.files.length,
    sizeBytes: walked.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ...parted,
    pickles: content.pickles,
    ...packages.facts,
    vulnerabilities: packages.isJudged ? severitiesOf(parted.counted) : undefined,
  };
}

function severitiesOf(findings: readonly ScanFinding[]): Readonly<Record<Severity, number>> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const { category, severity } of findings) if (category === 'vulnerability') counts[severity] += 1;
  return counts;
}

async function contentOf(
  outside: Outside,
  flags: ScanFlags,
  { files, source }: ScanTarget & { readonly files: readonly ScanFile[] },
) {
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return withProgress({ outside, flags }, `scanning ${source}`, ({ signal = outside.interrupted, onProgress }) => {
    let bytes = 0;
    const onBytes = (more: number): void => {
      bytes += more;
      onProgress?.({ files: 0, totalFiles: files.length, bytes, totalBytes });
    };
    return scanContent(files, { signal, onBytes });
  });
}

async function packagesOf(outside: Outside, flags: ScanFlags, files: readonly ScanFile[]) {
  const named = await Promise.all((flags.lockfile ?? []).map((file) => walkToScan(resolve(outside.cwd, file))));
  const lockfiles = [...files.filter(({ path }) => isLockfile(path)), ...named.flatMap((walked) => walked.files)];
  const { locked, findings } = await readLocked(lockfiles);
  const { osv } = flags;
  // A lockfile that cannot be read hides packages: then nothing is known, which is not the same as nothing.
  const isKnown = osv !== undefined && locked.length > 0 && findings.length === 0;
  const judged = isKnown ? await judgePackages(outside, { osv, locked }) : undefined;
  const texts = files.filter(({ path }) => isLicenceFile(path));
  const licences = await licencesFound(outside, { locked, list: flags.licences, texts });
  return {
    findings: [...findings, ...(judged?.findings ?? [])],
    // A package without a version was not judged: a count would say that it was.
    isJudged: judged !== undefined && locked.every(({ lockfile }) => lockfile.unpinned.length === 0),
    facts: {
      licences,
      inputs: judged === undefined || osv === undefined ? [] : [{ name: 'osv', digest: judged.digest, uri: osv }],
      notes: notesOn(flags, locked, judged?.records),
    },
  };
}

function notesOn({ osv }: ScanFlags, locked: readonly LockedFile[], records: number | undefined): readonly string[] {
  const packages = locked.reduce((sum, { lockfile }) => sum + lockfile.packages.length, 0);
  const unpinned = locked.flatMap(({ path, lockfile }) => lockfile.unpinned.map((wish) => `${path}: ${wish}`));
  return [
    ...(records === undefined ? [] : [`${String(packages)} packages against ${String(records)} OSV records.`]),
    ...(osv === undefined ? ['Vulnerabilities were not looked for: --osv names a snapshot.'] : []),
    ...(osv !== undefined && records === undefined
      ? ['Vulnerabilities were not looked for: no lockfile was read.']
      : []),
    ...(unpinned.length === 0
      ? []
      : [
          `Vulnerabilities are not counted, for packages without a version cannot be judged: ${unpinned.slice(0, 5).join(', ')} (${String(unpinned.length)}).`,
        ]),
  ];
}
