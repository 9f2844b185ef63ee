import type { FromSchema } from 'json-schema-to-ts';
import { durationSchema, lineSchema, metricNameSchema, weightSchema } from './fragments.ts';
import { guardSchema } from './guard.ts';

/**
 * What the challenger of a champion-challenger has to show: a gain over the champion, in the better direction, in the
 * metric's unit (`minDelta`) or in percent of the champion's value (`minDeltaPercent`). The test is registered here, before
 * anything is seen: `looks` equally spaced in the hold (default 1), two-sided `alpha` (default 0.05), `power` (default 0.8).
 */
const successRuleSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['metric'],
  properties: {
    metric: metricNameSchema,
    minDelta: { type: 'number' },
    minDeltaPercent: { type: 'number' },
    looks: { type: 'integer', minimum: 1, maximum: 20 },
    alpha: { type: 'number', minimum: 0.000001, maximum: 0.5 },
    power: { type: 'number', minimum: 0.5, maximum: 0.999 },
  },
} as const;

export type SuccessRule = FromSchema<typeof successRuleSchema>;

/**
 * How traffic moves to a new version: steps in order, and what aborts them. `weight` and `mirror` are percent; `watchFor` is
 * how long the guards still count after the last step (default 24h).
 */
export const releasePlanSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['strategy'],
  properties: {
    strategy: { enum: ['immediate', 'canary', 'shadow', 'champion-challenger'] },
    steps: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['weight'],
        properties: { weight: weightSchema, mirror: weightSchema, hold: durationSchema },
      },
    },
    guards: { type: 'array', maxItems: 50, items: guardSchema },
    success: { type: 'array', maxItems: 20, items: successRuleSchema },
    watchFor: durationSchema,
    note: lineSchema,
  },
} as const;
