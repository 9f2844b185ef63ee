import type { FromSchema } from 'json-schema-to-ts';

/**
 * The shapes of `--json` output, one source for the types that commands fill in and for the published JSON Schemas.
 * Fields may be added in later versions and none removed, so readers must let unknown ones pass; what is absent is null.
 */

const text = { type: 'string' } as const;
const textOrNull = { type: ['string', 'null'] } as const;
const texts = { type: 'array', items: text } as const;
const flag = { type: 'boolean' } as const;
const wholeNumber = { type: 'integer', minimum: 0 } as const;
const valueOrNull = { type: ['string', 'number', 'null'] } as const;
const percent = { type: 'number', minimum: 0, maximum: 100 } as const;
const verdict = { enum: ['pass', 'fail', 'error', 'skip'] } as const;
const trustMark = { enum: ['good', 'unsigned', 'untrusted'] } as const;

/** What every command that writes tells: which commit or request branch it made, or would make. */
const written = {
  model: text,
  version: text,
  commit: textOrNull,
  branch: textOrNull,
  pushed: flag,
  dryRun: flag,
} as const;
const writtenNames = ['model', 'version', 'commit', 'branch', 'pushed', 'dryRun'] as const;

const refusalOutput = {
  type: 'object',
  required: ['code', 'path', 'expected', 'found', 'hint'],
  properties: { code: text, path: text, expected: text, found: text, hint: text },
} as const;

const refusals = { type: 'array', items: refusalOutput } as const;

const checkOutput = {
  type: 'object',
  required: ['model', 'version', 'from', 'to', 'decision', 'gates', 'rollbackTo'],
  properties: {
    model: text,
    version: text,
    from: text,
    to: text,
    decision: { enum: ['promote', 'block', 'pending'] },
    gates: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'type', 'verdict', 'observed', 'baseline', 'required', 'reason', 'hint'],
        properties: {
          id: text,
          type: text,
          verdict,
          observed: valueOrNull,
          baseline: valueOrNull,
          required: valueOrNull,
          reason: text,
          hint: textOrNull,
          enforcement: { enum: ['refuse', 'warn'] },
          policy: text,
          source: textOrNull,
          waitsFor: { enum: ['approvals', 'time', null] },
        },
      },
    },
    rollbackTo: textOrNull,
  },
} as const;

const statusOutput = {
  type: 'object',
  required: ['registry', 'head', 'models'],
  properties: {
    registry: text,
    head: text,
    models: {
      type: 'array',
      items: {
        type: 'object',
        required: ['model', 'latest', 'stages', 'pending'],
        properties: {
          model: text,
          latest: textOrNull,
          stages: {
            type: 'object',
            additionalProperties: {
              type: 'object',
              required: ['version', 'digest', 'phase', 'weight', 'since'],
              properties: {
                version: text,
                digest: text,
                phase: { enum: ['progressing', 'paused', 'complete'] },
                weight: percent,
                since: text,
                candidate: {
                  type: ['object', 'null'],
                  required: ['version', 'digest', 'weight'],
                  properties: { version: text, digest: text, weight: percent },
                },
              },
            },
          },
          pending: {
            type: 'array',
            items: {
              type: 'object',
              required: ['to', 'version', 'approvals'],
              properties: {
                to: text,
                version: text,
                approvals: {
                  type: 'object',
                  required: ['have', 'need'],
                  properties: { have: wholeNumber, need: wholeNumber },
                },
                requestedBy: textOrNull,
                requestedAt: textOrNull,
              },
            },
          },
        },
      },
    },
  },
} as const;

const logOutput = {
  type: 'object',
  required: ['entries'],
  properties: {
    entries: {
      type: 'array',
      items: {
        type: 'object',
        required: [
          'at',
          'commit',
          'action',
          'model',
          'stage',
          'version',
          'previousVersion',
          'by',
          'subject',
          'verified',
        ],
        properties: {
          at: text,
          commit: text,
          action: text,
          model: textOrNull,
          stage: textOrNull,
          version: textOrNull,
          previousVersion: textOrNull,
          by: textOrNull,
          approvedBy: texts,
          subject: text,
          evidence: texts,
          verified: trustMark,
        },
      },
    },
  },
} as const;

const atOutput = {
  type: 'object',
  required: [
    'model',
    'stage',
    'at',
    'version',
    'digest',
    'since',
    'commit',
    'by',
    'approvedBy',
    'evidence',
    'verified',
  ],
  properties: {
    model: text,
    stage: text,
    at: text,
    version: textOrNull,
    digest: textOrNull,
    since: textOrNull,
    until: textOrNull,
    commit: textOrNull,
    by: textOrNull,
    approvedBy: texts,
    evidence: {
      type: 'array',
      items: { type: 'object', required: ['path', 'digest'], properties: { path: text, digest: text } },
    },
    note: textOrNull,
    verified: { enum: ['good', 'unsigned', 'untrusted', null] },
  },
} as const;

const change = { enum: ['added', 'removed', 'changed'] } as const;

const diffOutput = {
  type: 'object',
  required: ['model', 'left', 'right', 'artifact', 'lineage', 'metrics', 'features'],
  properties: {
    model: text,
    left: text,
    right: text,
    artifact: {
      type: 'object',
      required: ['same', 'left', 'right', 'files'],
      properties: {
        same: flag,
        left: text,
        right: text,
        /** Null where a version records only a manifest. */
        files: {
          type: ['array', 'null'],
          items: {
            type: 'object',
            required: ['path', 'change', 'leftSize', 'rightSize'],
            properties: {
              path: text,
              change,
              leftSize: { type: ['integer', 'null'] },
              rightSize: { type: ['integer', 'null'] },
            },
          },
        },
      },
    },
    lineage: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'left', 'right'],
        properties: { field: text, left: textOrNull, right: textOrNull },
      },
    },
    metrics: {
      type: 'array',
      items: {
        type: 'object',
        required: ['kind', 'metric', 'left', 'right', 'delta', 'direction'],
        properties: {
          kind: text,
          metric: text,
          left: textOrNull,
          right: textOrNull,
          delta: textOrNull,
          direction: { enum: ['better', 'worse', 'same', 'unknown'] },
        },
      },
    },
    features: {
      type: 'array',
      items: {
        type: 'object',
        required: ['side', 'name', 'change', 'left', 'right'],
        properties: { side: { enum: ['inputs', 'outputs'] }, name: text, change, left: textOrNull, right: textOrNull },
      },
    },
  },
} as const;

const explainOutput = {
  type: 'object',
  required: [...checkOutput.required, 'next'],
  properties: { ...checkOutput.properties, next: texts },
} as const;

const showOutput = {
  type: 'object',
  required: ['model', 'version', 'digest', 'uri', 'size', 'registeredBy', 'registeredAt', 'stages', 'evidence', 'held'],
  properties: {
    model: text,
    version: text,
    digest: text,
    uri: text,
    size: wholeNumber,
    registeredBy: text,
    registeredAt: text,
    /** Stages that point at this version. */
    stages: texts,
    evidence: {
      type: 'array',
      items: {
        type: 'object',
        required: ['kind', 'sequence', 'path', 'producedBy', 'producedAt'],
        properties: { kind: text, sequence: wholeNumber, path: text, producedBy: text, producedAt: text },
      },
    },
    held: {
      type: ['object', 'null'],
      required: ['reason', 'by', 'path'],
      properties: { reason: text, by: text, path: text },
    },
    /** The version's own document, as it stands. */
    document: { type: 'object' },
  },
} as const;

const verifyOutput = {
  type: 'object',
  required: ['ok', 'head', 'checked', 'refusals'],
  properties: { ok: flag, head: textOrNull, checked: wholeNumber, refusals },
} as const;

const auditOutput = {
  type: 'object',
  required: ['ok', 'since', 'head', 'steps', 'refusals'],
  properties: {
    ok: flag,
    since: textOrNull,
    head: text,
    steps: {
      type: 'array',
      items: {
        type: 'object',
        required: ['commit', 'subject', 'accepted', 'refusals'],
        properties: { commit: text, subject: text, accepted: flag, refusals },
      },
    },
    refusals,
  },
} as const;

const registerOutput = {
  type: 'object',
  required: [...writtenNames, 'reference', 'digest', 'uri'],
  properties: { ...written, reference: text, digest: text, uri: text, stage: textOrNull },
} as const;

const evidenceOutput = {
  type: 'object',
  required: [...writtenNames, 'kind', 'sequence', 'path'],
  properties: { ...written, kind: text, sequence: wholeNumber, path: text },
} as const;

const promoteOutput = {
  type: 'object',
  required: [...writtenNames, 'stage', 'state', 'check'],
  properties: { ...written, stage: text, state: { enum: ['moved', 'filed', 'already'] }, check: checkOutput },
} as const;

const approveOutput = {
  type: 'object',
  required: [...writtenNames, 'stage', 'by', 'approvals', 'state'],
  properties: {
    ...written,
    stage: text,
    by: text,
    approvals: { type: 'object', required: ['have', 'need'], properties: { have: wholeNumber, need: wholeNumber } },
    state: { enum: ['moved', 'filed', 'already'] },
  },
} as const;

const rejectOutput = {
  type: 'object',
  required: [...writtenNames, 'stage', 'reason'],
  properties: { ...written, stage: text, reason: text },
} as const;

const rollbackOutput = {
  type: 'object',
  required: [...writtenNames, 'stage', 'from', 'held'],
  properties: { ...written, stage: text, from: text, held: flag },
} as const;

const holdOutput = {
  type: 'object',
  required: [...writtenNames, 'action', 'path', 'reason'],
  properties: { ...written, action: { enum: ['hold', 'release'] }, path: text, reason: text },
} as const;

const rolloutOutput = {
  type: 'object',
  required: [...writtenNames, 'stage', 'action', 'phase', 'step', 'steps', 'weight'],
  properties: {
    ...written,
    stage: text,
    action: {
      enum: ['status', 'start', 'advance', 'complete', 'pause', 'resume', 'roll-back', 'hold', 'inconclusive'],
    },
    phase: { enum: ['progressing', 'paused', 'complete'] },
    step: wholeNumber,
    steps: wholeNumber,
    weight: percent,
    reason: textOrNull,
  },
} as const;

const artifactOutput = {
  type: 'object',
  required: ['action', 'ok', 'digest', 'uri', 'files', 'size'],
  properties: {
    action: { enum: ['push', 'pull', 'verify', 'gc'] },
    ok: flag,
    digest: textOrNull,
    uri: textOrNull,
    files: wholeNumber,
    size: wholeNumber,
    problems: texts,
  },
} as const;

const doctorOutput = {
  type: 'object',
  required: ['ok', 'checks'],
  properties: {
    ok: flag,
    checks: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'state', 'message', 'hint'],
        properties: { name: text, state: { enum: ['ok', 'warn', 'fail', 'skip'] }, message: text, hint: textOrNull },
      },
    },
  },
} as const;

const errorOutput = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'hint', 'details'],
      properties: { code: text, message: text, hint: textOrNull, details: refusals },
    },
  },
} as const;

export type CheckOutput = FromSchema<typeof checkOutput>;
export type StatusOutput = FromSchema<typeof statusOutput>;
export type LogOutput = FromSchema<typeof logOutput>;
export type AtOutput = FromSchema<typeof atOutput>;
export type DiffOutput = FromSchema<typeof diffOutput>;
export type ExplainOutput = FromSchema<typeof explainOutput>;
export type ShowOutput = FromSchema<typeof showOutput>;
export type VerifyOutput = FromSchema<typeof verifyOutput>;
export type AuditOutput = FromSchema<typeof auditOutput>;
export type RegisterOutput = FromSchema<typeof registerOutput>;
export type EvidenceOutput = FromSchema<typeof evidenceOutput>;
export type PromoteOutput = FromSchema<typeof promoteOutput>;
export type ApproveOutput = FromSchema<typeof approveOutput>;
export type RejectOutput = FromSchema<typeof rejectOutput>;
export type RollbackOutput = FromSchema<typeof rollbackOutput>;
export type HoldOutput = FromSchema<typeof holdOutput>;
export type RolloutOutput = FromSchema<typeof rolloutOutput>;
export type ArtifactOutput = FromSchema<typeof artifactOutput>;
export type DoctorOutput = FromSchema<typeof doctorOutput>;
export type ErrorOutput = FromSchema<typeof errorOutput>;

/** Every command's `--json` shape by the name it is published under: docs/schemas/output/<name>.json. */
export const OUTPUT_SCHEMAS: Readonly<Record<string, object>> = {
  check: checkOutput,
  status: statusOutput,
  log: logOutput,
  'log-at': atOutput,
  diff: diffOutput,
  explain: explainOutput,
  show: showOutput,
  verify: verifyOutput,
  audit: auditOutput,
  register: registerOutput,
  evidence: evidenceOutput,
  promote: promoteOutput,
  approve: approveOutput,
  reject: rejectOutput,
  rollback: rollbackOutput,
  hold: holdOutput,
  release: holdOutput,
  rollout: rolloutOutput,
  artifact: artifactOutput,
  doctor: doctorOutput,
  error: errorOutput,
};

/** Returns the text of a published output schema: JSON Schema 2020-12 with a title, ready to be written to a file. */
export function outputSchemaText(name: string): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `https://mreg.dev/schemas/output/${name}.json`,
    title: name === 'error' ? 'Any command with --json, when it fails' : `mreg ${name} --json`,
    ...OUTPUT_SCHEMAS[name],
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
