/** Pieces that several schemas share. Plain JSON Schema (2020-12), `as const` so that types can be derived from them. */

const NAME_SOURCE = '[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?';

/** One lower-case path segment: a model, namespace, stage or policy name. */
export const nameSchema = { type: 'string', pattern: `^${NAME_SOURCE}$` } as const;

/** A model with its optional namespace: `fraud_detector` or `risk/fraud_detector`. */
export const modelSchema = { type: 'string', pattern: `^${NAME_SOURCE}(?:/${NAME_SOURCE})?$` } as const;

export const versionNameSchema = { type: 'string', pattern: '^v[1-9][0-9]{0,8}$' } as const;
export const digestSchema = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' } as const;
export const digestOrNoneSchema = { type: 'string', pattern: '^(?:none|sha256:[0-9a-f]{64})$' } as const;
export const versionOrNoneSchema = { type: 'string', pattern: '^(?:none|v[1-9][0-9]{0,8})$' } as const;
export const commitSchema = { type: 'string', pattern: '^(?:[0-9a-f]{40}|[0-9a-f]{64})$' } as const;

/** UTC instant, `2026-01-04T10:00:00Z`. */
export const timeSchema = {
  type: 'string',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,3})?Z$',
} as const;

/** A whole number and a unit: `90s`, `30m`, `2h`, `7d`. */
export const durationSchema = { type: 'string', pattern: '^[0-9]{1,6}[smhd]$' } as const;

/** Who: what a file name and ssh's allowed_signers can both carry; usually an e-mail address. */
export const principalSchema = { type: 'string', pattern: '^[a-z0-9](?:[a-z0-9._@-]{0,98}[a-z0-9])?$' } as const;

export const roleSchema = nameSchema;
export const textSchema = { type: 'string', maxLength: 4000 } as const;
export const lineSchema = { type: 'string', minLength: 1, maxLength: 1000 } as const;
export const uriSchema = { type: 'string', minLength: 1, maxLength: 2000 } as const;
export const registryIdSchema = { type: 'string', pattern: `^${NAME_SOURCE}-[0-9a-f]{12}$` } as const;
export const metricNameSchema = { type: 'string', pattern: '^[a-z][a-z0-9_]{0,62}$' } as const;
export const weightSchema = { type: 'number', minimum: 0, maximum: 100 } as const;

/** A glob over whole model names; `*` stands for any characters, also `/`. */
export const modelGlobsSchema = {
  type: 'array',
  minItems: 1,
  maxItems: 200,
  items: { type: 'string', pattern: '^[a-z0-9_*/-]{1,130}$' },
} as const;

export const apiVersionSchema = { const: 'mreg.dev/v1' } as const;

/** What every path-bound document says about itself; the rest comes from its place in the tree. */
export const registryMetadataSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['registry'],
  properties: { registry: registryIdSchema },
} as const;
