/** What a scan looks for. */
export type ScanCategory = 'licence' | 'pickle' | 'secret' | 'unread' | 'vulnerability';

/** How bad a finding is, as the gate counts it. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** One thing that a scan found. Never holds a secret's value. */
export interface ScanFinding {
  readonly category: ScanCategory;
  /** Name of the rule: `unsafe-pickle`, `aws/AWSSecretAccessKey`, `GHSA-…`. */
  readonly rule: string;
  readonly severity: Severity;
  /** File below what was scanned; `!` stands between an archive and its member. */
  readonly path: string;
  /** From 1; undefined where lines mean nothing. */
  readonly line?: number | undefined;
  readonly message: string;
  /** Tells two findings of one rule apart, and proves nothing else: the start of a digest. */
  readonly fingerprint?: string | undefined;
}
