import { metricNameSchema } from './fragments.ts';

/** Metric names with unit, range and direction; policies and models add to one catalogue. */
export const metricCatalogueSchema = {
  type: 'object',
  propertyNames: metricNameSchema,
  maxProperties: 200,
  additionalProperties: {
    type: 'object',
    additionalProperties: false,
    required: ['better'],
    properties: {
      unit: { enum: ['ratio', 'percent', 'ms', 's', 'count', 'bytes', 'usd', 'score'] },
      min: { type: 'number' },
      max: { type: 'number' },
      better: { enum: ['higher', 'lower'] },
      description: { type: 'string', maxLength: 400 },
    },
  },
} as const;
