import type { FromSchema } from 'json-schema-to-ts';
import {
  apiVersionSchema,
  digestSchema,
  lineSchema,
  modelSchema,
  principalSchema,
  registryIdSchema,
  timeSchema,
  versionNameSchema,
} from './fragments.ts';

/** `versions/v7/holds/<n>.yaml`: bars the version from promotion, or frees it again; the newest one counts. Append-only. */
export const holdSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Hold' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['registry', 'model', 'version', 'sequence'],
      properties: {
        registry: registryIdSchema,
        model: modelSchema,
        version: versionNameSchema,
        sequence: { type: 'integer', minimum: 1 },
      },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['action', 'subject', 'reason', 'by', 'at'],
      properties: {
        action: { enum: ['hold', 'release'] },
        subject: digestSchema,
        reason: lineSchema,
        by: principalSchema,
        at: timeSchema,
      },
    },
  },
} as const;

export type HoldDocument = FromSchema<typeof holdSchema>;
