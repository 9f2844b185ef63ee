import type { FromSchema } from 'json-schema-to-ts';
import {
  apiVersionSchema,
  commitSchema,
  digestOrNoneSchema,
  digestSchema,
  lineSchema,
  modelSchema,
  nameSchema,
  principalSchema,
  registryIdSchema,
  textSchema,
  timeSchema,
  versionNameSchema,
  versionOrNoneSchema,
} from './fragments.ts';
import { releasePlanSchema } from './release-plan.ts';

const checkSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['gate', 'verdict'],
  properties: {
    gate: lineSchema,
    verdict: { enum: ['pass', 'fail', 'error', 'skip'] },
    observed: { type: ['string', 'number'] },
    baseline: { type: ['string', 'number'] },
    required: { type: ['string', 'number'] },
  },
} as const;

/**
 * `stages/<stage>/promotion.yaml`: what was asked and what the gates saw. `base` is the commit it was judged on: the
 * stage must not have moved between `base` and the commit's parent, so that old bytes can never be used again.
 */
export const promotionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Promotion' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['registry', 'model', 'stage'],
      properties: { registry: registryIdSchema, model: modelSchema, stage: nameSchema },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: [
        'version',
        'from',
        'to',
        'versionDigest',
        'artifact',
        'previous',
        'base',
        'rollbackTo',
        'policy',
        'trust',
        'evidence',
        'checks',
        'plan',
        'requestedBy',
        'requestedAt',
        'expiresAt',
      ],
      properties: {
        version: versionNameSchema,
        from: nameSchema,
        to: nameSchema,
        versionDigest: digestSchema,
        artifact: digestSchema,
        previous: digestOrNoneSchema,
        base: commitSchema,
        rollbackTo: versionOrNoneSchema,
        policy: digestSchema,
        trust: { type: 'integer', minimum: 1 },
        evidence: {
          type: 'array',
          maxItems: 100,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['path', 'digest'],
            properties: { path: lineSchema, digest: digestSchema },
          },
        },
        checks: { type: 'array', maxItems: 200, items: checkSchema },
        plan: releasePlanSchema,
        note: textSchema,
        /** Opens freezes and windows, at the price of two more approvals. */
        breakGlass: {
          type: 'object',
          additionalProperties: false,
          required: ['reason'],
          properties: { reason: lineSchema },
        },
        requestedBy: principalSchema,
        requestedAt: timeSchema,
        expiresAt: timeSchema,
      },
    },
  },
} as const;

export type PromotionDocument = FromSchema<typeof promotionSchema>;
export type Check = FromSchema<typeof checkSchema>;
/** Says why freezes and windows are opened for a promotion. */
export type BreakGlass = NonNullable<PromotionDocument['spec']['breakGlass']>;
export type ReleasePlan = FromSchema<typeof releasePlanSchema>;
