import type { ScanFinding } from '../scan/finding.ts';
import { examine, unread } from '../unpack/examine.ts';
import { openRandomAccess } from '../unpack/random-access.ts';
import { loadSecretRules, secretListener, type FindSecrets } from './scan-secrets.ts';
import { codeOf, type ScanFile } from './scan-walk.ts';

/** What lies in files: secrets, pickles, and what could not be looked into. */
export interface ContentFindings {
  readonly findings: readonly ScanFinding[];
  readonly pickles: readonly string[];
}

/** Reads every byte of the files once. */
export async function scanContent(
  files: readonly ScanFile[],
  options: { readonly signal: AbortSignal; readonly onBytes?: (bytes: number) => void },
): Promise<ContentFindings> {
  const find = await loadSecretRules();
  const found = { findings: [] as ScanFinding[], pickles: [] as string[] };
  for (const file of files) {
    await scanFile(file, { ...options, find, found });
    options.onBytes?.(file.sizeBytes);
  }
  return found;
}

async function scanFile(
  { file, path }: ScanFile,
  how: {
    readonly signal: AbortSignal;
    readonly find: FindSecrets;
    readonly found: { readonly findings: ScanFinding[]; readonly pickles: string[] };
  },
): Promise<void> {
  const onFinding = (finding: ScanFinding): void => void how.found.findings.push(finding);
  try {
    const open = await openRandomAccess(file);
    try {
      await examine(open, path, {
        onFinding,
        onPickle: (pickle) => void how.found.pickles.push(pickle),
        listen: (name) => secretListener(how.find, { path: name, onFinding }),
        signal: how.signal,
      });
    } finally {
      await open.close();
    }
  } catch (error) {
    // Of the operating system: whoever may not read a file has not looked at it.
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    onFinding(unread(path, `it cannot be read (${codeOf(error)})`));
  }
}
