import type { FromSchema } from 'json-schema-to-ts';
import {
  apiVersionSchema,
  digestOrNoneSchema,
  metricNameSchema,
  modelGlobsSchema,
  nameSchema,
  registryIdSchema,
  roleSchema,
} from './fragments.ts';
import { gateSchema, type Gate } from './gate.ts';
import { guardSchema } from './guard.ts';
import { metricCatalogueSchema } from './metric-catalogue.ts';
import { releasePlanSchema } from './release-plan.ts';
import { telemetrySchema } from './telemetry.ts';

const rollbackSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    target: { const: 'last-stable' },
    roles: { type: 'array', minItems: 1, uniqueItems: true, items: roleSchema },
    triggers: { type: 'array', maxItems: 50, items: guardSchema },
  },
} as const;

const approvalNeedSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['total'],
  properties: {
    roles: {
      type: 'object',
      propertyNames: roleSchema,
      maxProperties: 20,
      additionalProperties: { type: 'integer', minimum: 1 },
    },
    total: { type: 'integer', minimum: 1 },
  },
} as const;

/**
 * `policies/<name>.yaml`: gates per transition. Every policy whose `models` match applies; each can only add.
 * `baselines` are named baselines; `holds.release` says whose signatures free a held version; `plan` is the release
 * plan of a promotion that names none; `requestDays` is how long a request stays open (default 14); `telemetry` says how
 * rollouts are measured.
 */
export const policySchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Policy' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['registry', 'name', 'version', 'previous'],
      properties: {
        registry: registryIdSchema,
        name: nameSchema,
        version: { type: 'integer', minimum: 1 },
        previous: digestOrNoneSchema,
      },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['models', 'transitions'],
      properties: {
        models: modelGlobsSchema,
        description: { type: 'string', maxLength: 2000 },
        metrics: metricCatalogueSchema,
        baselines: {
          type: 'object',
          propertyNames: nameSchema,
          maxProperties: 50,
          additionalProperties: {
            type: 'object',
            propertyNames: metricNameSchema,
            maxProperties: 200,
            additionalProperties: { type: 'number' },
          },
        },
        holds: {
          type: 'object',
          additionalProperties: false,
          required: ['release'],
          properties: { release: approvalNeedSchema },
        },
        telemetry: telemetrySchema,
        transitions: {
          type: 'array',
          maxItems: 50,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['from', 'to', 'gates'],
            properties: {
              from: nameSchema,
              to: nameSchema,
              gates: { type: 'array', maxItems: 100, items: gateSchema },
              plan: releasePlanSchema,
              requestDays: { type: 'integer', minimum: 1, maximum: 365 },
              rollback: rollbackSchema,
            },
          },
        },
      },
    },
  },
} as const;

type Loose = FromSchema<typeof policySchema>;
type LooseTransition = Loose['spec']['transitions'][number];

/** A transition with its gates as the closed union (the derived type of a 14-way `oneOf` is slow and unreadable). */
export type Transition = Omit<LooseTransition, 'gates'> & { gates: Gate[] };

/** A policy as its schema says, with gates as the closed union. */
export type PolicyDocument = Omit<Loose, 'spec'> & {
  spec: Omit<Loose['spec'], 'transitions'> & { transitions: Transition[] };
};
