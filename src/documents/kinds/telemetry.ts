import type { FromSchema } from 'json-schema-to-ts';
import { durationSchema, metricNameSchema, nameSchema } from './fragments.ts';

/** The name of an environment variable of the machine that measures. */
const variableNameSchema = { type: 'string', pattern: '^[A-Z][A-Z0-9_]{0,99}$' } as const;
const querySchema = { type: 'string', minLength: 1, maxLength: 2000 } as const;
/** JSON Pointer (RFC 6901): `/data/0/value`; the empty one is the whole answer. */
const pointerSchema = { type: 'string', pattern: '^(?:/[^\\n]*)?$', maxLength: 500 } as const;

/** Where measurements come from. What is secret stands in the environment of the machine that measures, never here. */
const sourceSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['type'],
  properties: {
    type: { enum: ['prometheus', 'http-json', 'sql'] },
    /** Absent where every machine that measures is told it (`--source name=url`). */
    url: { type: 'string', pattern: '^https?://[^\\s]+$', maxLength: 500 },
    /** Names the variable that holds the bearer token. */
    tokenEnv: variableNameSchema,
    /** Of one try of a query; default 10s. */
    timeout: durationSchema,
    /** After a failure that may pass; default 2. */
    retries: { type: 'integer', minimum: 0, maximum: 5 },
    /** The newest measurement may be this old; default three times `every`. */
    staleAfter: durationSchema,
    /** For sql: files that queries call `data`, as a path or a pattern. */
    files: { type: 'string', minLength: 1, maxLength: 1000 },
    /** For sql: names the variables that hold databases, each `name=kind:target`. */
    databasesEnv: { type: 'array', maxItems: 10, uniqueItems: true, items: variableNameSchema },
  },
} as const;

const labelValueSchema = { type: 'string', maxLength: 500 } as const;

/** What may be asked of any source, for a metric and for traffic. */
const asking = {
  source: nameSchema,
  template: { enum: ['kserve', 'kserve-server', 'istio', 'gateway-api', 'nginx'] },
  /** For a template: labels that find the series, each one value or one for each slot. */
  labels: {
    type: 'object',
    minProperties: 1,
    maxProperties: 20,
    propertyNames: { type: 'string', pattern: '^[a-zA-Z_][a-zA-Z0-9_]{0,99}$' },
    additionalProperties: {
      anyOf: [
        labelValueSchema,
        {
          type: 'object',
          additionalProperties: false,
          required: ['blue', 'green'],
          properties: { blue: labelValueSchema, green: labelValueSchema },
        },
      ],
    },
  },
  /** For http-json: what follows the URL of the source, `/metrics?model={{model}}&version={{version}}`. */
  path: { type: 'string', minLength: 1, maxLength: 2000 },
  /** For http-json: where the list of measurements is, when the answer holds more than one. */
  points: pointerSchema,
  /** For http-json: when a measurement was made. */
  asOf: pointerSchema,
  /** For sql: a query whose columns say what it measures. */
  rows: querySchema,
} as const;

const metricQuerySchema = {
  type: 'object',
  additionalProperties: false,
  required: ['source'],
  properties: {
    ...asking,
    /** A number that the source works out itself. */
    value: querySchema,
    /** Counters: events that count for the rate, of `count` events. */
    hits: querySchema,
    count: querySchema,
    /** No series of `hits` means that there were none yet. */
    absent: { const: 'zero' },
    /** The buckets of a classic histogram, and which share of events shall be at or below the value. */
    histogram: querySchema,
    quantile: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
    /** What a quantile is taken over, ending at each tick; default 1m. */
    window: durationSchema,
    /** Counters: the sum of the values of `count` events, and of their squares. */
    sum: querySchema,
    squares: querySchema,
    /** What to multiply by to get the metric's unit: 1000 from seconds to ms. */
    scale: { type: 'number', exclusiveMinimum: 0 },
    /** For a template: what of it. */
    measure: { enum: ['latency', 'errors'] },
  },
} as const;

const trafficQuerySchema = {
  type: 'object',
  additionalProperties: false,
  required: ['source'],
  properties: {
    ...asking,
    count: querySchema,
    /** How long a step takes to be live: requests count from then on. Default 2m. */
    settle: durationSchema,
  },
} as const;

/** How the versions of a rollout are measured: `every` tick, from which sources, with which queries. */
export const telemetrySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    every: durationSchema,
    sources: {
      type: 'object',
      propertyNames: nameSchema,
      maxProperties: 20,
      additionalProperties: sourceSchema,
    },
    metrics: {
      type: 'object',
      propertyNames: metricNameSchema,
      maxProperties: 100,
      additionalProperties: metricQuerySchema,
    },
    traffic: trafficQuerySchema,
  },
} as const;

export type TelemetrySource = FromSchema<typeof sourceSchema>;
export type MetricQuery = FromSchema<typeof metricQuerySchema>;
export type TrafficQuery = FromSchema<typeof trafficQuerySchema>;
export type TelemetrySpec = FromSchema<typeof telemetrySchema>;
