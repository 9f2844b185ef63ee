import type { FromSchema } from 'json-schema-to-ts';
import { apiVersionSchema, durationSchema, nameSchema } from './fragments.ts';

const variableNameSchema = { type: 'string', pattern: '^[A-Z][A-Z0-9_]{0,99}$' } as const;
const addressSchema = { type: 'string', pattern: '^[^\\s<>,;:"]+@[^\\s<>,;:"]+$', maxLength: 254 } as const;

const targetSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'type'],
  properties: {
    name: nameSchema,
    type: { enum: ['webhook', 'slack', 'email', 'command'] },
    /** What it is told of; everything when absent. */
    events: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { enum: ['advance', 'complete', 'pause', 'resume', 'roll-back', 'inconclusive'] },
    },
    /** How long telling may take, tries together; default 10s. */
    timeout: durationSchema,
    /** Of a webhook; or the variable that holds it, where the address itself is the secret. */
    url: { type: 'string', pattern: '^https?://[^\\s]+$', maxLength: 1000 },
    urlEnv: variableNameSchema,
    /** The variable that holds what a webhook is signed with. */
    secretEnv: variableNameSchema,
    host: { type: 'string', pattern: '^[A-Za-z0-9.:-]{1,253}$' },
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    /** Of the connection to the mail server; default starttls. */
    security: { enum: ['tls', 'starttls', 'none'] },
    userEnv: variableNameSchema,
    passwordEnv: variableNameSchema,
    from: addressSchema,
    to: { type: 'array', minItems: 1, maxItems: 50, uniqueItems: true, items: addressSchema },
    /** A program and its arguments, as they are: no shell reads them. */
    command: { type: 'array', minItems: 1, maxItems: 50, items: { type: 'string', minLength: 1, maxLength: 1000 } },
  },
} as const;

/** Whom a controller tells what it did. A file of whoever runs it: unsigned, and outside the governed paths. */
export const notificationsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: apiVersionSchema,
    kind: { const: 'Notifications' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: { name: nameSchema },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['targets'],
      properties: { targets: { type: 'array', maxItems: 50, items: targetSchema } },
    },
  },
} as const;

export type NotificationsDocument = FromSchema<typeof notificationsSchema>;
export type NotifyTarget = FromSchema<typeof targetSchema>;
