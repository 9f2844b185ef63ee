import type { FromSchema } from 'json-schema-to-ts';
import { lineSchema, metricNameSchema, nameSchema, roleSchema, versionNameSchema, weightSchema } from './fragments.ts';

const countSchema = { type: 'integer', minimum: 0 } as const;
const numberSchema = { type: 'number' } as const;
const outcomeSchema = { enum: ['pass', 'fail'] } as const;

/** What every gate has; `warn` reports without refusing. */
const common = {
  id: nameSchema,
  enforcement: { enum: ['refuse', 'warn'] },
  description: { type: 'string', maxLength: 400 },
} as const;

/** Where a baseline value is taken from: the version in a stage, a version, or numbers that the policy names. */
const baselineSchema = {
  anyOf: [
    { type: 'object', additionalProperties: false, required: ['stage'], properties: { stage: nameSchema } },
    { type: 'object', additionalProperties: false, required: ['version'], properties: { version: versionNameSchema } },
    { type: 'object', additionalProperties: false, required: ['name'], properties: { name: nameSchema } },
  ],
} as const;

const metricGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type', 'evidence', 'metric'],
  properties: {
    ...common,
    type: { const: 'metric' },
    evidence: nameSchema,
    metric: metricNameSchema,
    min: numberSchema,
    max: numberSchema,
    above: numberSchema,
    below: numberSchema,
    equals: numberSchema,
    baseline: baselineSchema,
    minDelta: numberSchema,
    maxDelta: numberSchema,
    minDeltaPercent: numberSchema,
    maxDeltaPercent: numberSchema,
    whenNoBaseline: outcomeSchema,
    maxAgeDays: { type: 'number', exclusiveMinimum: 0 },
  },
} as const;

const lineageGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type'],
  properties: {
    ...common,
    type: { const: 'lineage' },
    require: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { enum: ['code', 'data', 'parameters', 'environment', 'parents'] },
    },
  },
} as const;

const artifactGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type'],
  properties: { ...common, type: { const: 'artifact' } },
} as const;

const schemaGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type', 'against'],
  properties: {
    ...common,
    type: { const: 'schema' },
    against: nameSchema,
    mode: { enum: ['backward', 'forward', 'full'] },
    whenNoBaseline: outcomeSchema,
  },
} as const;

const testsGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type', 'suites'],
  properties: {
    ...common,
    type: { const: 'tests' },
    evidence: nameSchema,
    suites: { type: 'array', minItems: 1, maxItems: 50, uniqueItems: true, items: nameSchema },
  },
} as const;

const scanGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type'],
  properties: {
    ...common,
    type: { const: 'scan' },
    evidence: nameSchema,
    secrets: countSchema,
    vulnerabilities: {
      type: 'object',
      additionalProperties: false,
      properties: { critical: countSchema, high: countSchema, medium: countSchema, low: countSchema },
    },
    licences: {
      type: 'object',
      additionalProperties: false,
      properties: {
        allow: { type: 'array', maxItems: 200, items: lineSchema },
        deny: { type: 'array', maxItems: 200, items: lineSchema },
      },
    },
    serialisation: {
      type: 'object',
      additionalProperties: false,
      properties: { pickle: countSchema, unsafe: countSchema },
    },
  },
} as const;

const approvalsGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type', 'total'],
  properties: {
    ...common,
    type: { const: 'approvals' },
    roles: {
      type: 'object',
      propertyNames: roleSchema,
      maxProperties: 20,
      additionalProperties: { type: 'integer', minimum: 1, maximum: 100 },
    },
    total: { type: 'integer', minimum: 1, maximum: 100 },
    requesterMayApprove: { type: 'boolean' },
    registrarMayApprove: { type: 'boolean' },
  },
} as const;

const releasePlanGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type'],
  properties: {
    ...common,
    type: { const: 'release-plan' },
    strategies: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { enum: ['immediate', 'canary', 'shadow', 'champion-challenger'] },
    },
    firstStepMax: weightSchema,
    minHold: { type: 'string', pattern: '^[0-9]{1,6}[smhd]$' },
    guards: { type: 'array', maxItems: 50, uniqueItems: true, items: metricNameSchema },
  },
} as const;

const rollbackTargetGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type'],
  properties: { ...common, type: { const: 'rollback-target' }, whenFirst: outcomeSchema },
} as const;

const soakGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type', 'hours'],
  properties: { ...common, type: { const: 'soak' }, stage: nameSchema, hours: { type: 'number', minimum: 0 } },
} as const;

const clockTimeSchema = { type: 'string', pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$' } as const;
const dateTimeSchema = {
  type: 'string',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,3})?Z$',
} as const;

const windowGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type', 'timezone'],
  properties: {
    ...common,
    type: { const: 'window' },
    timezone: { type: 'string', minLength: 1, maxLength: 64 },
    allow: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['days', 'from', 'to'],
        properties: {
          days: {
            type: 'array',
            minItems: 1,
            uniqueItems: true,
            items: { enum: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] },
          },
          from: clockTimeSchema,
          to: clockTimeSchema,
        },
      },
    },
    freezes: {
      type: 'array',
      maxItems: 200,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['from', 'to'],
        properties: { from: dateTimeSchema, to: dateTimeSchema, reason: lineSchema },
      },
    },
  },
} as const;

const quarantineGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type'],
  properties: { ...common, type: { const: 'quarantine' } },
} as const;

const auditGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type'],
  properties: {
    ...common,
    type: { const: 'audit' },
    require: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { enum: ['data-snapshot', 'code-commit', 'signed-artifact'] },
    },
    attachments: { type: 'array', maxItems: 50, uniqueItems: true, items: lineSchema },
  },
} as const;

const celGateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'type', 'expression'],
  properties: { ...common, type: { const: 'cel' }, expression: { type: 'string', minLength: 1, maxLength: 4000 } },
} as const;

/** One check of a policy; the union over `type` is closed. */
export const gateSchema = {
  oneOf: [
    metricGateSchema,
    lineageGateSchema,
    artifactGateSchema,
    schemaGateSchema,
    testsGateSchema,
    scanGateSchema,
    approvalsGateSchema,
    releasePlanGateSchema,
    rollbackTargetGateSchema,
    soakGateSchema,
    windowGateSchema,
    quarantineGateSchema,
    auditGateSchema,
    celGateSchema,
  ],
} as const;

export type MetricGate = FromSchema<typeof metricGateSchema>;
export type LineageGate = FromSchema<typeof lineageGateSchema>;
export type ArtifactGate = FromSchema<typeof artifactGateSchema>;
export type SchemaGate = FromSchema<typeof schemaGateSchema>;
export type TestsGate = FromSchema<typeof testsGateSchema>;
export type ScanGate = FromSchema<typeof scanGateSchema>;
export type ApprovalsGate = FromSchema<typeof approvalsGateSchema>;
export type ReleasePlanGate = FromSchema<typeof releasePlanGateSchema>;
export type RollbackTargetGate = FromSchema<typeof rollbackTargetGateSchema>;
export type SoakGate = FromSchema<typeof soakGateSchema>;
export type WindowGate = FromSchema<typeof windowGateSchema>;
export type QuarantineGate = FromSchema<typeof quarantineGateSchema>;
export type AuditGate = FromSchema<typeof auditGateSchema>;
export type CelGate = FromSchema<typeof celGateSchema>;

/** One check of a policy, told apart by `type`. */
export type Gate =
  | MetricGate
  | LineageGate
  | ArtifactGate
  | SchemaGate
  | TestsGate
  | ScanGate
  | ApprovalsGate
  | ReleasePlanGate
  | RollbackTargetGate
  | SoakGate
  | WindowGate
  | QuarantineGate
  | AuditGate
  | CelGate;
