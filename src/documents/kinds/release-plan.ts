import { durationSchema, lineSchema, metricNameSchema, weightSchema } from './fragments.ts';

/** How traffic moves to a new version: steps in order, and what aborts them. `weight` and `mirror` are percent. */
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
    guards: {
      type: 'array',
      maxItems: 50,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['metric'],
        properties: {
          metric: metricNameSchema,
          above: { type: 'number' },
          below: { type: 'number' },
          for: durationSchema,
        },
      },
    },
    success: {
      type: 'array',
      maxItems: 20,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['metric'],
        properties: {
          metric: metricNameSchema,
          minDelta: { type: 'number' },
          maxDelta: { type: 'number' },
          minDeltaPercent: { type: 'number' },
          maxDeltaPercent: { type: 'number' },
        },
      },
    },
    note: lineSchema,
  },
} as const;
