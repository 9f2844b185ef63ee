import { flag, text, textOrNull, texts, wholeNumber } from './output-fragments.ts';

const number = { type: 'number' } as const;
const numberOrNull = { type: ['number', 'null'] } as const;

const figures = {
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'value', 'reason', 'n', 'm', 'low', 'high'],
    properties: {
      name: text,
      /** Null where it is inconclusive; `reason` then says why. */
      value: numberOrNull,
      reason: textOrNull,
      n: wholeNumber,
      m: { type: ['integer', 'null'], minimum: 0 },
      low: numberOrNull,
      high: numberOrNull,
    },
  },
} as const;

/** What was measured: of an evaluation, of fairness and of drift alike. */
export const measurementOutput = {
  type: 'object',
  required: ['kind', 'ok', 'command', 'inputs', 'figures', 'partedBy', 'parts', 'plots', 'bounds', 'notes', 'attached'],
  properties: {
    kind: { enum: ['evaluation', 'fairness', 'drift'] },
    /** Every bound that was asked for holds. */
    ok: flag,
    command: text,
    inputs: {
      type: 'array',
      items: {
        type: 'object',
        required: ['role', 'source', 'digest', 'files', 'size', 'rows'],
        properties: {
          role: { enum: ['predictions', 'baseline', 'reference', 'current'] },
          source: text,
          digest: textOrNull,
          files: wholeNumber,
          size: wholeNumber,
          rows: wholeNumber,
        },
      },
    },
    figures,
    partedBy: textOrNull,
    parts: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'count', 'figures'],
        properties: { name: text, count: wholeNumber, figures },
      },
    },
    /** What there is to draw; its form is not fixed. */
    plots: { type: 'array', items: { type: 'object' } },
    bounds: {
      type: 'array',
      items: {
        type: 'object',
        required: ['metric', 'rule', 'limit', 'holds'],
        properties: { metric: text, rule: { enum: ['below', 'at least'] }, limit: number, holds: flag },
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

/** Whether measuring again gave the same. */
export const replayOutput = {
  type: 'object',
  required: ['model', 'version', 'kind', 'path', 'command', 'ok', 'inputs', 'figures'],
  properties: {
    model: text,
    version: text,
    kind: text,
    path: text,
    command: text,
    /** The same bytes gave the same numbers. */
    ok: flag,
    inputs: {
      type: 'array',
      items: {
        type: 'object',
        required: ['role', 'source', 'recorded', 'found', 'same'],
        properties: { role: text, source: text, recorded: textOrNull, found: textOrNull, same: flag },
      },
    },
    figures: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'recorded', 'found', 'same'],
        properties: { name: text, recorded: numberOrNull, found: numberOrNull, same: flag },
      },
    },
  },
} as const;

/** The feature schema that data show. */
export const schemaInferOutput = {
  type: 'object',
  required: ['source', 'digest', 'rows', 'inputs', 'outputs', 'unknown', 'remarks'],
  properties: {
    source: text,
    digest: textOrNull,
    rows: wholeNumber,
    inputs: {
      type: 'array',
      items: { type: 'object', required: ['name', 'type'], properties: { name: text, type: text, required: flag } },
    },
    outputs: {
      type: 'array',
      items: { type: 'object', required: ['name', 'type'], properties: { name: text, type: text } },
    },
    unknown: {
      type: 'array',
      items: { type: 'object', required: ['column', 'remark'], properties: { column: text, remark: text } },
    },
    remarks: {
      type: 'array',
      items: { type: 'object', required: ['column', 'remark'], properties: { column: text, remark: text } },
    },
  },
} as const;
