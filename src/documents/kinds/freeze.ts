import type { FromSchema } from 'json-schema-to-ts';
import {
  apiVersionSchema,
  lineSchema,
  modelGlobsSchema,
  nameSchema,
  principalSchema,
  registryIdSchema,
  timeSchema,
} from './fragments.ts';

const numberSchema = { type: 'integer', minimum: 1 } as const;

/**
 * `policies/freezes/<n>.yaml`: keeps models from moving forward into stages, or lifts such a freeze. Append-only. `standing`
 * numbers the freezes in force after it, so that whoever asks reads those alone and not all that ever were.
 */
export const freezeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Freeze' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['registry', 'sequence'],
      properties: { registry: registryIdSchema, sequence: numberSchema },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['action', 'standing', 'reason', 'by', 'at'],
      properties: {
        action: { enum: ['freeze', 'unfreeze'] },
        stages: { type: 'array', minItems: 1, maxItems: 20, items: nameSchema },
        models: modelGlobsSchema,
        until: timeSchema,
        lifts: numberSchema,
        // Each is read whenever a promotion is judged.
        standing: { type: 'array', maxItems: 100, items: numberSchema },
        reason: lineSchema,
        by: principalSchema,
        at: timeSchema,
      },
    },
  },
} as const;

export type FreezeDocument = FromSchema<typeof freezeSchema>;
