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
  uriSchema,
  versionNameSchema,
} from './fragments.ts';

const sizeSchema = { type: 'integer', minimum: 0 } as const;

export const lineageSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    code: {
      type: 'object',
      additionalProperties: false,
      required: ['repository', 'commit'],
      properties: { repository: uriSchema, commit: { type: 'string', pattern: '^[0-9a-f]{7,64}$' } },
    },
    data: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'uri'],
        properties: { name: lineSchema, uri: uriSchema, digest: digestSchema },
      },
    },
    parameters: {
      type: 'object',
      maxProperties: 300,
      additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
    },
    environment: {
      type: 'object',
      additionalProperties: false,
      properties: { lockfile: digestSchema, image: lineSchema },
    },
    parents: { type: 'array', maxItems: 50, items: versionNameSchema },
  },
} as const;

const featureSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'type'],
  properties: { name: lineSchema, type: lineSchema, required: { type: 'boolean' } },
} as const;

export const featuresSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['inputs', 'outputs'],
  properties: {
    inputs: { type: 'array', maxItems: 500, items: featureSchema },
    outputs: { type: 'array', maxItems: 500, items: featureSchema },
  },
} as const;

/** Where a version was before it was imported: what the importer says of another registry, signed by the importer. */
const originSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['system', 'model', 'version'],
  properties: {
    system: nameSchema,
    model: lineSchema,
    version: lineSchema,
    uri: uriSchema,
    run: lineSchema,
    commit: commitSchema,
    createdAt: timeSchema,
    standing: { type: 'array', maxItems: 50, items: lineSchema },
  },
} as const;

/** `versions/v7/version.yaml`: immutable. `artifact.digest` is the digest of the manifest of all files, sorted by path. */
export const modelVersionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'ModelVersion' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['registry', 'model', 'version'],
      properties: { registry: registryIdSchema, model: modelSchema, version: versionNameSchema },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['artifact', 'registeredBy', 'registeredAt'],
      properties: {
        artifact: {
          type: 'object',
          additionalProperties: false,
          required: ['digest', 'size', 'uri'],
          properties: {
            digest: digestSchema,
            size: sizeSchema,
            uri: uriSchema,
            files: {
              type: 'array',
              minItems: 1,
              maxItems: 100,
              items: {
                type: 'object',
                additionalProperties: false,
                required: ['path', 'size', 'digest'],
                properties: { path: lineSchema, size: sizeSchema, digest: digestSchema },
              },
            },
            manifest: {
              type: 'object',
              additionalProperties: false,
              required: ['files', 'size'],
              properties: { files: { type: 'integer', minimum: 1 }, size: sizeSchema },
            },
          },
        },
        lineage: lineageSchema,
        features: featuresSchema,
        origin: originSchema,
        note: { type: 'string', maxLength: 4000 },
        registeredBy: principalSchema,
        registeredAt: timeSchema,
      },
    },
  },
} as const;

export type ModelVersionDocument = FromSchema<typeof modelVersionSchema>;
export type Lineage = FromSchema<typeof lineageSchema>;
export type FeatureSchema = FromSchema<typeof featuresSchema>;
export type Origin = FromSchema<typeof originSchema>;
