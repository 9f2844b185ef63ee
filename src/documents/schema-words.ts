import type { ErrorObject } from 'ajv/dist/2020.js';
import * as fragments from './kinds/fragments.ts';

/** Says what one validation error expected, in words: `sha256:<64 hex digits>` and not a pattern. */
export function describeExpectation(error: ErrorObject): string {
  const describe = BY_KEYWORD[error.keyword];
  return describe === undefined ? (error.message ?? error.keyword) : describe(error.params);
}

/** Joins words to `a, b or c`. */
export function joinWords(words: readonly string[], conjunction: 'and' | 'or'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

type Params = Readonly<Record<string, unknown>>;

const BY_KEYWORD: Readonly<Record<string, (params: Params) => string>> = {
  required: (params) => `the field ${String(params['missingProperty'])}`,
  additionalProperties: () => 'only fields of the format',
  type: ({ type }) =>
    joinWords(
      [type].flat().map((name) => TYPES.get(name) ?? String(name)),
      'or',
    ),
  const: (params) => JSON.stringify(params['allowedValue']),
  enum: (params) => `one of ${[params['allowedValues']].flat().map(String).join(', ')}`,
  pattern: ({ pattern }) => PATTERNS.get(pattern) ?? `text that matches ${String(pattern)}`,
  minimum: ({ limit }) => `a number of at least ${String(limit)}`,
  maximum: ({ limit }) => `a number of at most ${String(limit)}`,
  exclusiveMinimum: ({ limit }) => `a number above ${String(limit)}`,
  exclusiveMaximum: ({ limit }) => `a number below ${String(limit)}`,
  minLength: ({ limit }) => `text of at least ${String(limit)} characters`,
  maxLength: ({ limit }) => `text of at most ${String(limit)} characters`,
  minItems: ({ limit }) => `a list of at least ${String(limit)}`,
  maxItems: ({ limit }) => `a list of at most ${String(limit)}`,
  maxProperties: ({ limit }) => `at most ${String(limit)} fields`,
  minProperties: ({ limit }) => `at least ${String(limit)} fields`,
  uniqueItems: () => 'a list with each item once',
};

const TYPES: ReadonlyMap<unknown, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['integer', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map'],
  ['null', 'null'],
]);

const PATTERNS: ReadonlyMap<unknown, string> = new Map([
  [fragments.nameSchema.pattern, 'a name of lower-case letters, digits, "-" and "_"'],
  [fragments.modelSchema.pattern, 'a model such as fraud_detector or risk/fraud_detector'],
  [fragments.versionNameSchema.pattern, 'a version such as v7'],
  [fragments.versionOrNoneSchema.pattern, 'a version such as v7, or none'],
  [fragments.digestSchema.pattern, 'sha256:<64 hex digits>'],
  [fragments.digestOrNoneSchema.pattern, 'sha256:<64 hex digits>, or none'],
  [fragments.commitSchema.pattern, 'a full commit id (40 or 64 hex digits)'],
  [fragments.timeSchema.pattern, 'a UTC time such as "2026-01-04T10:00:00Z"'],
  [fragments.durationSchema.pattern, 'a duration such as 30m, 2h or 7d'],
  [fragments.principalSchema.pattern, 'a principal such as alice@acme.example, in lower case'],
  [fragments.registryIdSchema.pattern, 'a registry id: <name>-<12 hex digits>'],
  [fragments.metricNameSchema.pattern, 'a metric name such as latency_p95_ms'],
]);
