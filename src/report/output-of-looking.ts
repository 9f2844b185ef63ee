import {
  flag,
  percent,
  refusals,
  text,
  textOrNull,
  texts,
  trustMark,
  valueOrNull,
  verdict,
  wholeNumber,
} from './output-fragments.ts';

const change = { enum: ['added', 'removed', 'changed'] } as const;

/** What the gates say of a promotion. */
export const checkOutput = {
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

/** Freezes in force. */
const freezes = {
  type: 'array',
  items: {
    type: 'object',
    required: ['number', 'path', 'stages', 'models', 'until', 'reason', 'by'],
    properties: {
      number: wholeNumber,
      ...{ path: text, stages: texts, models: texts, until: textOrNull, reason: text, by: text },
    },
  },
} as const;

/** What is frozen. */
export const freezeListOutput = { type: 'object', required: ['freezes'], properties: { freezes } } as const;

/** Where every pointer stands. */
export const statusOutput = {
  type: 'object',
  required: ['registry', 'head', 'models'],
  properties: {
    registry: text,
    head: text,
    /** Absent where nothing is frozen. */
    freezes,
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
                // Why it cannot land as it is, whatever is approved.
                outdated: textOrNull,
              },
            },
          },
        },
      },
    },
  },
} as const;

/** What happened, newest first. */
export const logOutput = {
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
          requestedBy: textOrNull,
          approvedBy: texts,
          /** Why the glass was broken; absent where it was not. */
          breakGlass: text,
          subject: text,
          evidence: texts,
          verified: trustMark,
        },
      },
    },
  },
} as const;

/** What a stage held at a moment. */
export const atOutput = {
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
    requestedBy: textOrNull,
    approvedBy: texts,
    evidence: {
      type: 'array',
      items: { type: 'object', required: ['path', 'digest'], properties: { path: text, digest: text } },
    },
    note: textOrNull,
    verified: { enum: ['good', 'unsigned', 'untrusted', null] },
  },
} as const;

/** What every stage of a model held at a moment. */
export const atAllOutput = {
  type: 'object',
  required: ['model', 'at', 'stages'],
  properties: { model: text, at: text, stages: { type: 'array', items: atOutput } },
} as const;

/** How two versions differ; numbers are decimals as text. */
export const diffOutput = {
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
        /** With --formats, in words: `pickle`, `safetensors, Hugging Face layout`. */
        formats: { type: 'object', required: ['left', 'right'], properties: { left: text, right: text } },
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

/** A check and the commands that lead on. */
export const explainOutput = {
  type: 'object',
  required: [...checkOutput.required, 'next'],
  /** `note` is the Markdown of the promotion: where the version is there already, or with --note. */
  properties: { ...checkOutput.properties, next: texts, note: textOrNull },
} as const;

/** One version and what is known about it. */
export const showOutput = {
  type: 'object',
  required: ['model', 'version', 'digest', 'uri', 'size', 'registeredBy', 'registeredAt', 'stages', 'evidence', 'held'],
  properties: {
    model: text,
    version: text,
    digest: text,
    uri: text,
    size: wholeNumber,
    /** With --formats, in words: `onnx, Hugging Face layout`. */
    formats: text,
    registeredBy: text,
    registeredAt: text,
    /** Stages that point at this version. */
    stages: texts,
    evidence: {
      type: 'array',
      items: {
        type: 'object',
        required: ['kind', 'sequence', 'path', 'producedBy', 'producedAt'],
        properties: {
          kind: text,
          sequence: wholeNumber,
          path: text,
          producedBy: text,
          producedAt: text,
          metrics: { type: 'object' },
        },
      },
    },
    held: {
      type: ['object', 'null'],
      required: ['reason', 'by', 'path'],
      properties: { reason: text, by: text, path: text },
    },
    /** The version's own document, as it stands. */
    document: { type: 'object' },
    /** The promotion that the stage stands on; null when the version was not asked for by a stage. */
    promotion: {
      type: ['object', 'null'],
      required: ['document', 'approvedBy'],
      properties: { document: { type: 'object' }, approvedBy: texts },
    },
  },
} as const;

/** How the features of two versions differ, and whether that is compatible. */
export const schemaDiffOutput = {
  type: 'object',
  required: ['model', 'left', 'right', 'mode', 'ok', 'compatible', 'differences'],
  properties: {
    model: text,
    left: text,
    right: text,
    mode: { enum: ['backward', 'forward', 'full'] },
    /** Compatible in the mode that was asked for. */
    ok: flag,
    compatible: {
      type: 'object',
      required: ['backward', 'forward', 'full'],
      properties: { backward: flag, forward: flag, full: flag },
    },
    differences: {
      type: 'array',
      items: {
        type: 'object',
        required: ['side', 'name', 'change', 'before', 'after', 'backward', 'forward'],
        properties: {
          side: { enum: ['input', 'output'] },
          name: text,
          change: { enum: ['added', 'removed', 'retyped', 'now required', 'now optional'] },
          before: textOrNull,
          after: textOrNull,
          backward: flag,
          forward: flag,
        },
      },
    },
  },
} as const;

/** What a check of signatures and digests found. */
export const verifyOutput = {
  type: 'object',
  required: ['ok', 'head', 'checked', 'remembered', 'refusals'],
  properties: { ok: flag, head: textOrNull, checked: wholeNumber, remembered: wholeNumber, refusals },
} as const;

/** Whether every step of a history is one that the doors let in. */
export const auditOutput = {
  type: 'object',
  required: [
    ...['ok', 'branch', 'head', 'root', 'pin', 'start', 'judged', 'remembered', 'unjudged', 'good', 'bad', 'seen'],
    'refusals',
  ],
  properties: {
    ok: flag,
    branch: text,
    head: text,
    root: textOrNull,
    pin: { enum: ['pinned', 'none'] },
    start: textOrNull,
    judged: wholeNumber,
    remembered: wholeNumber,
    unjudged: wholeNumber,
    good: textOrNull,
    bad: {
      type: ['object', 'null'],
      required: ['commit', 'subject', 'author', 'committedAt', 'signer', 'changes', 'refusals'],
      properties: {
        commit: text,
        subject: text,
        author: text,
        committedAt: text,
        signer: textOrNull,
        changes: texts,
        refusals,
      },
    },
    seen: {
      type: 'object',
      required: ['deeds', 'ungoverned', 'principals', 'from', 'to'],
      properties: {
        deeds: { type: 'object', additionalProperties: wholeNumber },
        /** Promotions for which the glass was broken; absent where there are none. */
        glassBroken: wholeNumber,
        ungoverned: wholeNumber,
        principals: texts,
        from: textOrNull,
        to: textOrNull,
      },
    },
    refusals,
  },
} as const;

/** What is amiss with the set-up. */
export const doctorOutput = {
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

/** Why any command failed. */
export const errorOutput = {
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
