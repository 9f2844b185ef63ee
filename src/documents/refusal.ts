/**
 * Why a change, a document or a request is not accepted, as data: every refusal found is reported, never only the first.
 *
 * `path` is where (a repository path, or a subject such as a version reference); `expected` and `found` are short
 * sentences or values; `hint` says what to do next, as a command where there is one.
 */
export interface Refusal {
  readonly code: RefusalCode;
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/** A value that was read, or everything that is wrong with it. */
export type Reading<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** The closed list of refusal codes; docs/refusals.md explains each. */
export type RefusalCode =
  // bytes and YAML
  | 'too-large'
  | 'not-utf8'
  | 'forbidden-character'
  | 'too-deep'
  | 'too-many-nodes'
  | 'yaml-syntax'
  | 'yaml-feature'
  | 'duplicate-key'
  | 'forbidden-key'
  | 'ambiguous-scalar'
  | 'number-range'
  // documents
  | 'unknown-kind'
  | 'newer-format'
  | 'schema'
  | 'path-mismatch'
  | 'wrong-registry'
  | 'bad-name'
  | 'name-collision'
  // signatures and trust
  | 'missing-signature'
  | 'bad-signature'
  | 'unknown-key'
  | 'not-authorised'
  | 'threshold'
  | 'trust-rule'
  | 'root-not-pinned'
  | 'expired'
  | 'unsigned-commit'
  // changes
  | 'ungoverned-shape'
  | 'mixed-change'
  | 'immutable'
  | 'sequence'
  | 'subject'
  | 'missing-file'
  | 'derived-file'
  | 'chain'
  | 'replay'
  | 'stage-order'
  | 'held'
  | 'frozen'
  | 'checks'
  | 'gate'
  | 'policy'
  | 'rollout'
  | 'rollback'
  | 'signer-mismatch'
  | 'clock'
  // history
  | 'history-shape'
  | 'protected-ref'
  | 'artifact';
