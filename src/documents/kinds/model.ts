import type { FromSchema } from 'json-schema-to-ts';
import { apiVersionSchema, modelSchema, principalSchema, registryIdSchema, textSchema } from './fragments.ts';
import { metricCatalogueSchema } from './metric-catalogue.ts';

/** `registry/<model>/model.yaml`. `owner` tells people whom to ask; authority comes from the trust root alone. */
export const modelDocumentSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Model' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['registry', 'model'],
      properties: { registry: registryIdSchema, model: modelSchema },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      properties: {
        owner: principalSchema,
        task: { type: 'string', maxLength: 200 },
        description: textSchema,
        metrics: metricCatalogueSchema,
      },
    },
  },
} as const;

export type ModelDocument = FromSchema<typeof modelDocumentSchema>;
