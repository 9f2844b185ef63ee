/** Limits of one document, checked before anything recursive or quadratic sees it. */
export const LIMITS = {
  /** A signed document is read by people and by hooks; the largest real one (300 features) is about 30 KiB. */
  bytes: 64 * 1024,
  /** Values (scalars, lists and maps); keys are not counted. */
  nodes: 1_000,
  /** Lists and maps inside each other. */
  depth: 20,
  /** Lexical tokens: 1,000 keyed values with spaces and comments need about 12,000. */
  tokens: 20_000,
  /** Leading spaces of a block line: 20 levels of 8. */
  indent: 160,
  /** Refusals reported for one file. */
  refusals: 50,
} as const;
