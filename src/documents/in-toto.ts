import { createHash } from 'node:crypto';
import { isRecord } from './json.ts';
import type { Manifest } from './manifest.ts';

/** What an attestation is about: a name, and digests in hex by algorithm. */
export interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

/** An in-toto Statement v1: a claim of a known type about subjects. */
export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: Readonly<Record<string, unknown>>;
}

/** The payload type under which statements are signed. */
export const STATEMENT_TYPE = 'application/vnd.in-toto+json';

/** The type of claim that OpenSSF Model Signing v1.0 makes: what the files of a model are. */
export const MODEL_SIGNATURE = 'https://model_signing/signature/v1.0';

/** Returns a statement of one type of claim. */
export function statementOf(
  subject: readonly Subject[],
  predicateType: string,
  predicate: Readonly<Record<string, unknown>>,
): Statement {
  return { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate };
}

/** Returns the hex of a digest as mreg writes it. */
export function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, '');
}

/**
 * Returns what the files of a model are, as OpenSSF Model Signing v1.0 says it: one subject, whose digest is the sha256 over
 * the files' digests in the order of their paths, and every file in the predicate.
 */
export function modelStatement(name: string, { files }: Manifest): Statement {
  return statementOf([{ name, digest: { sha256: rootOf(files) } }], MODEL_SIGNATURE, {
    serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: [] },
    resources: files.map(({ path, digest }) => ({ name: path, algorithm: 'sha256', digest: hexOf(digest) })),
  });
}

function rootOf(files: Manifest['files']): string {
  const root = createHash('sha256');
  for (const { digest } of files) root.update(Buffer.from(hexOf(digest), 'hex'));
  return root.digest('hex');
}

/**
 * Returns what a statement says that is not so of these files; undefined where it says what `modelStatement` would. Its name
 * is not compared: the same files may be several versions.
 */
export function modelStatementFault(said: unknown, { files }: Manifest): string | undefined {
  const { subject, predicate } = isRecord(said) ? said : {};
  const subjects = Array.isArray(subject) ? subject.filter(isRecord) : [];
  const [digest] = subjects.map((each) => (isRecord(each['digest']) ? each['digest']['sha256'] : undefined));
  if (subjects.length !== 1 || digest !== rootOf(files)) return 'another model';
  const { resources } = isRecord(predicate) ? predicate : {};
  if (!Array.isArray(resources) || resources.length !== files.length) return 'another number of files';
  const other = files.findIndex((file, index) => !isAbout(resources[index], file));
  return other < 0 ? undefined : `something else about ${files[other]?.path ?? ''}`;
}

function isAbout(resource: unknown, { path, digest }: Manifest['files'][number]): boolean {
  if (!isRecord(resource)) return false;
  const { name, algorithm, digest: hex } = resource;
  return name === path && algorithm === 'sha256' && hex === hexOf(digest);
}
