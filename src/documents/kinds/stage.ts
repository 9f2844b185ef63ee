import type { FromSchema } from 'json-schema-to-ts';
import {
  apiVersionSchema,
  commitSchema,
  digestOrNoneSchema,
  digestSchema,
  modelSchema,
  nameSchema,
  principalSchema,
  registryIdSchema,
  timeSchema,
  uriSchema,
  versionNameSchema,
  weightSchema,
} from './fragments.ts';

/** One of the two places a version can be served from; `weight` and `mirror` are percent of traffic. */
const slotSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['version', 'digest', 'uri', 'weight', 'mirror'],
  properties: {
    version: versionNameSchema,
    digest: digestSchema,
    uri: uriSchema,
    weight: weightSchema,
    mirror: weightSchema,
  },
} as const;

/**
 * `stages/<stage>/stage.yaml`: the pointer that consumers read. `previous` chains to the stage.yaml before this one and
 * `base` names the commit where that one stands, so the chain is walked without searching history.
 */
export const stageSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Stage' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'annotations'],
      properties: {
        name: { type: 'string', pattern: '^[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?$' },
        annotations: {
          type: 'object',
          additionalProperties: false,
          required: ['config.kubernetes.io/local-config'],
          properties: { 'config.kubernetes.io/local-config': { const: 'true' } },
        },
      },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: [
        'registry',
        'model',
        'stage',
        'version',
        'digest',
        'uri',
        'champion',
        'slots',
        'rollout',
        'promotion',
        'previous',
        'base',
        'movedBy',
        'movedAt',
      ],
      properties: {
        registry: registryIdSchema,
        model: modelSchema,
        stage: nameSchema,
        version: versionNameSchema,
        digest: digestSchema,
        uri: uriSchema,
        champion: { enum: ['blue', 'green'] },
        slots: {
          type: 'object',
          additionalProperties: false,
          required: ['blue', 'green'],
          properties: { blue: slotSchema, green: slotSchema },
        },
        rollout: {
          type: 'object',
          additionalProperties: false,
          required: ['strategy', 'phase', 'step', 'steps', 'since'],
          properties: {
            strategy: { enum: ['immediate', 'canary', 'shadow', 'champion-challenger'] },
            phase: { enum: ['progressing', 'paused', 'complete'] },
            step: { type: 'integer', minimum: 1 },
            steps: { type: 'integer', minimum: 1 },
            since: timeSchema,
          },
        },
        promotion: digestOrNoneSchema,
        previous: digestOrNoneSchema,
        base: commitSchema,
        movedBy: principalSchema,
        movedAt: timeSchema,
      },
    },
  },
} as const;

export type StageDocument = FromSchema<typeof stageSchema>;
export type Slot = FromSchema<typeof slotSchema>;
