import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { digestOf, type Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { ScanFinding } from '../scan/finding.ts';
import { licenceOfText, licencesOf, NO_LICENCE, readLicenceList } from '../scan/licences.ts';
import { LockfileFault, readLockfile, type Lockfile } from '../scan/lockfile.ts';
import { OsvSnapshot, type LockedPackage } from '../scan/osv.ts';
import { unread } from '../unpack/examine.ts';
import { chunksOf, openRandomAccess, UnpackFault, type RandomAccess } from '../unpack/random-access.ts';
import { memberChunks, zipMembers } from '../unpack/zip.ts';
import { readUserFile } from './data-file.ts';
import type { Outside } from './outside.ts';
import { walkToScan, type ScanFile } from './scan-walk.ts';

/** A lockfile that was read, or a finding that it could not be. */
export interface LockedFile {
  readonly path: string;
  readonly lockfile: Lockfile;
}

const LARGEST_LIST_BYTES = 128 * 1024 * 1024;
const LARGEST_RECORD_BYTES = 16 * 1024 * 1024;

/** Returns what the lockfiles pin, and findings where one is damaged. */
export async function readLocked(
  files: readonly ScanFile[],
): Promise<{ readonly locked: readonly LockedFile[]; readonly findings: readonly ScanFinding[] }> {
  const locked: LockedFile[] = [];
  const findings: ScanFinding[] = [];
  for (const { file, path, sizeBytes } of files) {
    try {
      if (sizeBytes > LARGEST_LIST_BYTES) throw new LockfileFault('it is larger than lockfiles are');
      locked.push({ path, lockfile: readLockfile(path, await readFile(file, 'utf8')) });
    } catch (error) {
      if (!(error instanceof LockfileFault)) throw error;
      findings.push(unread(path, `the lockfile is damaged: ${error.message}`));
    }
  }
  return { locked, findings };
}

/** What an OSV snapshot says of the packages. */
export interface Judged {
  readonly findings: readonly ScanFinding[];
  readonly digest: Digest;
  readonly records: number;
}

/** Looks every package up in a snapshot: a folder or zip file of OSV records. */
export async function judgePackages(
  outside: Outside,
  { osv, locked }: { readonly osv: string; readonly locked: readonly LockedFile[] },
): Promise<Judged> {
  const snapshot = new OsvSnapshot(locked.flatMap(({ lockfile }) => lockfile.packages));
  const digests: string[] = [];
  for (const { file, path } of (await walkToScan(resolve(outside.cwd, osv))).files) {
    const open = await openRandomAccess(file);
    try {
      if (path.endsWith('.zip')) digests.push(`${path} ${await addZip(snapshot, open)}`);
      else if (path.endsWith('.json')) digests.push(`${path} ${add(snapshot, path, await whole(chunksOf(open)))}`);
    } catch (error) {
      if (error instanceof UnpackFault) throw new MregError('bad-file', `${osv}: ${path}: ${error.message}`);
      throw error;
    } finally {
      await open.close();
    }
  }
  // Attack: an empty folder would say of every package that nothing is known against it.
  if (snapshot.size === 0)
    throw new MregError('bad-file', `${osv} holds no OSV records`, {
      hint: 'fetch https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip (or npm) where there is a network',
    });
  const findings = locked.flatMap(({ path, lockfile }) =>
    lockfile.packages.flatMap((each) => vulnerabilitiesOf(snapshot, path, each)),
  );
  return { findings, digest: digestOf(Buffer.from(digests.sort().join('\n'))), records: snapshot.size };
}

function vulnerabilitiesOf(snapshot: OsvSnapshot, path: string, locked: LockedPackage): readonly ScanFinding[] {
  return snapshot.against(locked).map(({ id, severity, isRated, summary }) => {
    const unrated = isRated ? '' : ' (not rated, counted as high)';
    const message = `${locked.name} ${locked.version}${unrated}: ${summary.slice(0, 200)}`;
    return {
      category: 'vulnerability',
      rule: id,
      severity,
      path,
      message,
      fingerprint: `${locked.name}@${locked.version}`,
    };
  });
}

async function addZip(snapshot: OsvSnapshot, file: RandomAccess): Promise<Digest> {
  const digests: string[] = [];
  for (const member of await zipMembers(file)) {
    if (!member.name.endsWith('.json')) continue;
    digests.push(add(snapshot, member.name, await whole(memberChunks(file, member))));
  }
  return digestOf(Buffer.from(digests.join('\n')));
}

function add(snapshot: OsvSnapshot, path: string, bytes: Uint8Array): Digest {
  const value = parsed(bytes);
  const records = Array.isArray(value) ? value : [value];
  if (records.some((record) => !snapshot.add(record)))
    throw new MregError('bad-file', `${path} of the snapshot is no OSV record`, { hint: 'take it out of the folder' });
  return digestOf(bytes);
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > LARGEST_RECORD_BYTES) throw new UnpackFault('a record is larger than records are');
    held.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(held);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined; // no record either way
  }
}

/** Returns every licence that the lockfiles, the given list and the files of licences name; undefined where none does. */
export async function licencesFound(
  outside: Outside,
  from: {
    readonly locked: readonly LockedFile[];
    readonly list: string | undefined;
    readonly texts: readonly ScanFile[];
  },
): Promise<readonly string[] | undefined> {
  const listed = from.list === undefined ? [] : await readList(outside, from.list);
  const stated = from.locked
    .flatMap(({ lockfile }) => lockfile.packages)
    .filter(({ ecosystem, licence }) => ecosystem === 'npm' || licence !== undefined)
    .flatMap(({ licence }) => licencesOf(licence));
  const texts: string[] = [];
  for (const { file, sizeBytes } of from.texts)
    texts.push(sizeBytes > LARGEST_RECORD_BYTES ? NO_LICENCE : licenceOfText(await readFile(file, 'utf8')));
  // Attack: a package without a word on its licence would hide among those that have one.
  const isSilent = from.list === undefined && from.locked.some(({ lockfile }) => lockfile.packages.some(isPython));
  const found = [...new Set([...listed, ...stated, ...texts])].sort();
  if (found.length === 0) return undefined;
  return isSilent && !found.includes(NO_LICENCE) ? [...found, NO_LICENCE] : found;
}

function isPython({ ecosystem }: LockedPackage): boolean {
  return ecosystem === 'PyPI';
}

async function readList(outside: Outside, file: string): Promise<readonly string[]> {
  const list = readLicenceList(parsed(await readUserFile(outside, file)));
  if (list !== undefined) return list.flatMap(({ licences }) => licences);
  throw new MregError('bad-file', `${file} is no list of licences that is known`, {
    hint: 'CycloneDX or SPDX as JSON, or pip-licenses --format=json',
  });
}
