import type { FromSchema } from 'json-schema-to-ts';
import {
  apiVersionSchema,
  digestSchema,
  lineSchema,
  metricNameSchema,
  modelSchema,
  nameSchema,
  principalSchema,
  registryIdSchema,
  textSchema,
  timeSchema,
} from './fragments.ts';

const verdictSchema = { enum: ['pass', 'fail', 'inconclusive'] } as const;

/**
 * What a decision saw of one rule. `value` and `n` are the newcomer's, `champion` and `championN` what they are compared with.
 * Without a `value` nothing was measured since the step began. `statistic` is what the test beside the plain rule gave, and
 * the bound at which it decides.
 */
const observationRecordSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['metric', 'rule', 'verdict'],
  properties: {
    metric: metricNameSchema,
    rule: { enum: ['guard', 'trigger', 'success', 'sample-ratio'] },
    query: { type: 'string', maxLength: 2000 },
    value: { type: 'number' },
    champion: { type: 'number' },
    n: { type: 'integer', minimum: 0 },
    championN: { type: 'integer', minimum: 0 },
    threshold: lineSchema,
    plain: verdictSchema,
    statistical: verdictSchema,
    statistic: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'value', 'bound'],
      properties: {
        name: {
          enum: ['e-process', 'confidence-sequence', 'fixed-test', 'group-sequential-test', 'bayes-factor'],
        },
        value: { type: 'number' },
        bound: { type: 'number' },
      },
    },
    verdict: verdictSchema,
    reason: lineSchema,
  },
} as const;

export type ObservationRecord = FromSchema<typeof observationRecordSchema>;

/** `stages/<stage>/decision.yaml`: the last rollout decision and what it saw. */
export const decisionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Decision' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['registry', 'model', 'stage'],
      properties: { registry: registryIdSchema, model: modelSchema, stage: nameSchema },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['action', 'promotion', 'previous', 'reason', 'by', 'at'],
      properties: {
        action: { enum: ['advance', 'complete', 'pause', 'resume', 'roll-back'] },
        promotion: digestSchema,
        previous: digestSchema,
        reason: textSchema,
        /** Of a roll-back: the challenger lost its test and harmed nobody, so its version is not held. */
        dismissed: { const: true },
        observations: { type: 'array', maxItems: 100, items: observationRecordSchema },
        by: principalSchema,
        at: timeSchema,
      },
    },
  },
} as const;

export type DecisionDocument = FromSchema<typeof decisionSchema>;
