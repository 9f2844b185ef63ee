import type { FromSchema } from 'json-schema-to-ts';
import {
  apiVersionSchema,
  digestOrNoneSchema,
  modelGlobsSchema,
  nameSchema,
  principalSchema,
  roleSchema,
  timeSchema,
} from './fragments.ts';

/**
 * `trust/root.yaml`: who may do what. `metadata.registry` is empty only while the registry id is being derived.
 * `floors` are the least that any policy may demand for a transition into `to`; `nonce` keeps two registries of one name,
 * key and moment apart.
 */
export const trustRootSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'TrustRoot' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['registry'],
      properties: { registry: { type: 'string', maxLength: 80 } },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['version', 'previous', 'expires', 'principals', 'roles', 'thresholds'],
      properties: {
        version: { type: 'integer', minimum: 1 },
        previous: digestOrNoneSchema,
        expires: timeSchema,
        nonce: { type: 'string', pattern: '^[0-9a-f]{16,64}$' },
        principals: {
          type: 'array',
          minItems: 1,
          maxItems: 200,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['id', 'keys'],
            properties: {
              id: principalSchema,
              keys: {
                type: 'array',
                maxItems: 10,
                items: { type: 'string', pattern: '^ssh-ed25519 [A-Za-z0-9+/]{68}$' },
              },
              owner: principalSchema,
              forges: {
                type: 'object',
                maxProperties: 10,
                additionalProperties: { type: 'string', minLength: 1, maxLength: 100 },
              },
            },
          },
        },
        roles: {
          type: 'array',
          minItems: 1,
          maxItems: 200,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['role', 'principals', 'models'],
            properties: {
              role: roleSchema,
              principals: { type: 'array', minItems: 1, maxItems: 200, items: principalSchema },
              models: modelGlobsSchema,
            },
          },
        },
        thresholds: {
          type: 'object',
          additionalProperties: false,
          required: ['root', 'policy'],
          properties: {
            root: { type: 'integer', minimum: 1 },
            policy: { type: 'integer', minimum: 1 },
          },
        },
        floors: {
          type: 'array',
          maxItems: 50,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['to'],
            properties: {
              to: nameSchema,
              approvals: { type: 'integer', minimum: 1 },
              requesterMayApprove: { type: 'boolean' },
              gates: { type: 'array', maxItems: 20, items: nameSchema },
            },
          },
        },
      },
    },
  },
} as const;

export type TrustRootDocument = FromSchema<typeof trustRootSchema>;
