/** Any text. */
export const text = { type: 'string' } as const;
/** A text, or null where there is none. */
export const textOrNull = { type: ['string', 'null'] } as const;
/** A list of texts. */
export const texts = { type: 'array', items: text } as const;
/** Yes or no. */
export const flag = { type: 'boolean' } as const;
/** A count or a size in bytes. */
export const wholeNumber = { type: 'integer', minimum: 0 } as const;
/** What a gate saw or asked for. */
export const valueOrNull = { type: ['string', 'number', 'null'] } as const;
/** A share of traffic. */
export const percent = { type: 'number', minimum: 0, maximum: 100 } as const;
/** What a gate said. */
export const verdict = { enum: ['pass', 'fail', 'error', 'skip'] } as const;
/** Whether a commit is signed by a trusted principal. */
export const trustMark = { enum: ['good', 'unsigned', 'untrusted'] } as const;

const refusalOutput = {
  type: 'object',
  required: ['code', 'path', 'expected', 'found', 'hint'],
  properties: { code: text, path: text, expected: text, found: text, hint: text },
} as const;

/** Refusals, as in docs/refusals.md. */
export const refusals = { type: 'array', items: refusalOutput } as const;
