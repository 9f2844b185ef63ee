import { isDigest, type Digest } from '../documents/digest.ts';
import type { AuditPoint } from '../doors/audit.ts';
import { readNote, writeNote } from './kept-notes.ts';
import type { Session } from './session.ts';

/** The newest commit of a registry up to which an earlier audit found history good. */
export interface AuditMemory extends AuditPoint {
  /** Digest of the first trust root: which registry this is. */
  readonly root: Digest;
}

type At = Pick<Session, 'repository' | 'outside'>;

/** Returns what was remembered by this very program; another release may judge by other rules, so it begins anew. */
export async function recallAudit({ repository, outside }: At): Promise<AuditMemory | undefined> {
  const note = await readNote(repository, 'audited');
  if (typeof note !== 'object' || note === null) return undefined;
  const { rules, root, commit, notBefore } = note as Readonly<Record<string, unknown>>; // each field is checked below
  if (rules !== outside.version || typeof root !== 'string' || !isDigest(root)) return undefined;
  if (typeof commit !== 'string' || !/^[0-9a-f]{40}$/.test(commit)) return undefined;
  if (typeof notBefore !== 'string' || Number.isNaN(Date.parse(notBefore))) return undefined;
  return { root, commit, notBefore: new Date(notBefore) };
}

/** Keeps the newest good commit for the next audit of this registry. */
export async function rememberAudit({ repository, outside }: At, memory: AuditMemory): Promise<boolean> {
  const { root, commit, notBefore } = memory;
  const content = { rules: outside.version, root, commit, notBefore: notBefore.toISOString() };
  return writeNote(repository, { name: 'audited', content, unique: outside.randomHex(8) });
}
