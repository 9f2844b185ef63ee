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
  uriSchema,
  versionNameSchema,
} from './fragments.ts';

/** A number in the catalogue's own unit, or a value with its unit, sample size and interval. */
const metricValueSchema = {
  anyOf: [
    { type: 'number' },
    {
      type: 'object',
      additionalProperties: false,
      required: ['value'],
      properties: {
        value: { type: 'number' },
        unit: { enum: ['ratio', 'percent', 'ms', 's', 'count', 'bytes', 'usd', 'score'] },
        n: { type: 'integer', minimum: 0 },
        low: { type: 'number' },
        high: { type: 'number' },
      },
    },
  ],
} as const;

const metricsSchema = {
  type: 'object',
  propertyNames: metricNameSchema,
  maxProperties: 200,
  additionalProperties: metricValueSchema,
} as const;

const countSchema = { type: 'integer', minimum: 0 } as const;

const suiteSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'passed', 'failed'],
  properties: { name: nameSchema, passed: countSchema, failed: countSchema, skipped: countSchema },
} as const;

const findingsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    secrets: countSchema,
    vulnerabilities: {
      type: 'object',
      additionalProperties: false,
      properties: { critical: countSchema, high: countSchema, medium: countSchema, low: countSchema },
    },
    licences: { type: 'array', maxItems: 500, items: lineSchema },
    serialisation: {
      type: 'object',
      additionalProperties: false,
      properties: { pickle: countSchema, unsafe: countSchema },
    },
  },
} as const;

/** `versions/v7/evidence/<kind>-<n>.yaml`: what was measured about the artifact `subject`; append-only. */
export const evidenceSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Evidence' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['registry', 'model', 'version', 'kind', 'sequence'],
      properties: {
        registry: registryIdSchema,
        model: modelSchema,
        version: versionNameSchema,
        kind: nameSchema,
        sequence: { type: 'integer', minimum: 1 },
      },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['subject', 'producedBy', 'producedAt'],
      properties: {
        subject: digestSchema,
        metrics: metricsSchema,
        slices: {
          type: 'array',
          maxItems: 200,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['name', 'metrics'],
            properties: { name: lineSchema, count: countSchema, metrics: metricsSchema },
          },
        },
        suites: { type: 'array', maxItems: 100, items: suiteSchema },
        findings: findingsSchema,
        dataset: {
          type: 'object',
          additionalProperties: false,
          required: ['name'],
          properties: { name: lineSchema, uri: uriSchema, digest: digestSchema, rows: countSchema },
        },
        tool: {
          type: 'object',
          additionalProperties: false,
          required: ['name'],
          properties: { name: lineSchema, version: lineSchema, command: lineSchema },
        },
        attachments: {
          type: 'array',
          maxItems: 100,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['name', 'digest'],
            properties: { name: lineSchema, digest: digestSchema, uri: uriSchema },
          },
        },
        note: textSchema,
        producedBy: principalSchema,
        producedAt: timeSchema,
      },
    },
  },
} as const;

export type EvidenceDocument = FromSchema<typeof evidenceSchema>;
export type MetricValue = FromSchema<typeof metricValueSchema>;
