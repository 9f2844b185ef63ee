import type { FromSchema } from 'json-schema-to-ts';
import {
  apiVersionSchema,
  commitSchema,
  digestSchema,
  lineSchema,
  modelSchema,
  nameSchema,
  principalSchema,
  registryIdSchema,
  timeSchema,
} from './fragments.ts';

/** `approvals/<principal>.review.yaml`: a review made on a forge, witnessed and signed by a bot with the role `forge`. */
export const reviewSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Review' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['registry', 'model', 'stage'],
      properties: { registry: registryIdSchema, model: modelSchema, stage: nameSchema },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['promotion', 'forge', 'repository', 'number', 'head', 'reviewer', 'state', 'by', 'at'],
      properties: {
        promotion: digestSchema,
        forge: nameSchema,
        repository: lineSchema,
        number: { type: 'integer', minimum: 1 },
        head: commitSchema,
        reviewer: principalSchema,
        state: { enum: ['approved', 'changes-requested', 'dismissed'] },
        by: principalSchema,
        at: timeSchema,
      },
    },
  },
} as const;

export type ReviewDocument = FromSchema<typeof reviewSchema>;
