import type { Refusal } from './refusal.ts';

/** Every way an mreg command can fail that is not a bug. */
export type ErrorCode =
  | 'refused'
  | 'usage'
  | 'bad-reference'
  | 'bad-file'
  | 'unknown-model'
  | 'unknown-version'
  | 'unknown-stage'
  | 'unknown-request'
  | 'unknown-principal'
  | 'unknown-artifact'
  | 'unknown-store'
  | 'unreadable'
  | 'no-key'
  | 'bad-key'
  | 'wrong-passphrase'
  | 'no-git'
  | 'git-failed'
  | 'not-a-registry'
  | 'newer-format'
  | 'dirty-worktree'
  | 'detached-head'
  | 'no-access'
  | 'no-remote'
  | 'remote-ahead'
  | 'network'
  | 'locked'
  | 'overtaken'
  | 'exists'
  | 'disk'
  | 'not-trusted'
  | 'integrity'
  | 'pending'
  | 'interrupted';

/** Exit code of each error: 1 refused by a rule, 2 usage, 3 environment, 4 integrity, 5 filed and waiting. */
export const EXIT_OF: Readonly<Record<ErrorCode, number>> = {
  refused: 1,
  usage: 2,
  'bad-reference': 2,
  'bad-file': 2,
  'unknown-model': 2,
  'unknown-version': 2,
  'unknown-stage': 2,
  'unknown-request': 2,
  'unknown-principal': 2,
  'unknown-artifact': 2,
  'unknown-store': 2,
  unreadable: 3,
  'no-key': 3,
  'bad-key': 3,
  'wrong-passphrase': 3,
  'no-git': 3,
  'git-failed': 3,
  'not-a-registry': 3,
  'newer-format': 3,
  'dirty-worktree': 3,
  'detached-head': 3,
  'no-access': 3,
  'no-remote': 3,
  'remote-ahead': 3,
  network: 3,
  locked: 3,
  overtaken: 3,
  exists: 3,
  disk: 3,
  'not-trusted': 1,
  integrity: 4,
  pending: 5,
  interrupted: 3,
};

interface Details {
  readonly hint?: string;
  readonly cause?: unknown;
  readonly refusals?: readonly Refusal[];
}

/** An expected failure: `message` says what was expected, found and where; `hint` what to do. Never holds a secret. */
export class MregError extends Error {
  override readonly name = 'MregError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly refusals: readonly Refusal[];

  constructor(code: ErrorCode, message: string, details: Details = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.refusals = details.refusals ?? [];
  }
}

/** Throws a plain Error (a bug, exit 70) when `condition` does not hold. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`bug: ${sentence}`);
}

/** Makes a forgotten case a compile error, and a bug at run time. */
export function assertNever(value: never): never {
  throw new Error(`bug: unexpected value ${JSON.stringify(value)}`);
}
