import { flag, text, textOrNull, texts, wholeNumber } from './output-fragments.ts';

const finding = {
  category: { enum: ['licence', 'pickle', 'secret', 'unread', 'vulnerability'] },
  rule: text,
  severity: { enum: ['critical', 'high', 'medium', 'low'] },
  path: text,
  line: { type: ['integer', 'null'], minimum: 1 },
  message: text,
  fingerprint: textOrNull,
} as const;

/** What a scan found. No value of a secret is in it. */
export const scanOutput = {
  type: 'object',
  required: [
    'ok',
    'source',
    'digest',
    'command',
    'files',
    'size',
    'findings',
    'results',
    'allowed',
    'notes',
    'attached',
  ],
  properties: {
    /** Nothing was found that counts. */
    ok: flag,
    source: text,
    /** Of the artifact, whose bytes were verified; null for a file or folder. */
    digest: textOrNull,
    command: text,
    files: wholeNumber,
    size: wholeNumber,
    /** The counts, as evidence holds them; what was not looked for is absent. */
    findings: { type: 'object' },
    results: {
      type: 'array',
      items: {
        type: 'object',
        required: ['category', 'rule', 'severity', 'path', 'line', 'message', 'fingerprint'],
        properties: finding,
      },
    },
    /** What somebody allowed, with the reason. */
    allowed: {
      type: 'array',
      items: {
        type: 'object',
        required: ['category', 'rule', 'severity', 'path', 'line', 'message', 'fingerprint', 'reason'],
        properties: { ...finding, reason: text },
      },
    },
    notes: texts,
    /** Where it was attached; null without --attach. */
    attached: {
      type: ['object', 'null'],
      required: ['model', 'version', 'kind', 'path', 'commit', 'pushed'],
      properties: { model: text, version: text, kind: text, path: text, commit: textOrNull, pushed: flag },
    },
  },
} as const;
