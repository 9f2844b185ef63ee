import type { FromSchema } from 'json-schema-to-ts';
import { apiVersionSchema, digestOrNoneSchema, nameSchema, registryMetadataSchema, uriSchema } from './fragments.ts';

/** `mreg.yaml`: what this repository is, its stages in order and where its bytes live. */
export const registrySchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Registry' },
    metadata: registryMetadataSchema,
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'version', 'previous', 'stages', 'branch', 'commits', 'stores'],
      properties: {
        name: nameSchema,
        version: { type: 'integer', minimum: 1 },
        previous: digestOrNoneSchema,
        stages: { type: 'array', minItems: 1, maxItems: 12, uniqueItems: true, items: nameSchema },
        branch: { type: 'string', pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,98}[A-Za-z0-9])?$' },
        commits: { enum: ['signed', 'any'] },
        stores: {
          type: 'array',
          maxItems: 20,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['name', 'url'],
            properties: { name: nameSchema, url: uriSchema },
          },
        },
      },
    },
  },
} as const;

export type RegistryDocument = FromSchema<typeof registrySchema>;
