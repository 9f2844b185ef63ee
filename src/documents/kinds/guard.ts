import type { FromSchema } from 'json-schema-to-ts';
import { durationSchema, metricNameSchema } from './fragments.ts';

/**
 * What aborts a rollout: exactly one bound on a metric. `above` and `below` are limits of the version itself; `worseBy` and
 * `worseByPercent` are how much worse than the champion's the metric may be, in its unit or relative to the champion's.
 * `for` is how long it must last. `alpha` is how often the test beside the plain rule may find harm where there is none.
 */
export const guardSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['metric'],
  properties: {
    metric: metricNameSchema,
    above: { type: 'number' },
    below: { type: 'number' },
    worseBy: { type: 'number', minimum: 0 },
    worseByPercent: { type: 'number', minimum: 0 },
    for: durationSchema,
    alpha: { type: 'number', minimum: 0.000001, maximum: 0.5 },
  },
} as const;

export type Guard = FromSchema<typeof guardSchema>;
