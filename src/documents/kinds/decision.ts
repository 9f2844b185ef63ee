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
        observations: {
          type: 'array',
          maxItems: 100,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['metric'],
            properties: {
              metric: metricNameSchema,
              query: { type: 'string', maxLength: 2000 },
              value: { type: 'number' },
              n: { type: 'integer', minimum: 0 },
              threshold: lineSchema,
              statistic: lineSchema,
              verdict: { enum: ['pass', 'fail', 'inconclusive'] },
            },
          },
        },
        by: principalSchema,
        at: timeSchema,
      },
    },
  },
} as const;

export type DecisionDocument = FromSchema<typeof decisionSchema>;
