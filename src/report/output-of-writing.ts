import { flag, text, textOrNull, texts, wholeNumber } from './output-fragments.ts';
import { checkOutput } from './output-of-looking.ts';

/** What every command that writes tells: which commit or request branch it made, or would make. */
export const written = {
  model: text,
  version: text,
  commit: textOrNull,
  branch: textOrNull,
  pushed: flag,
  dryRun: flag,
} as const;
/** Names of those that each of them always tells. */
export const writtenNames = ['model', 'version', 'commit', 'branch', 'pushed', 'dryRun'] as const;

/** The version that was registered. */
export const registerOutput = {
  type: 'object',
  required: [...writtenNames, 'reference', 'digest', 'uri'],
  properties: {
    ...written,
    ...{ reference: text, digest: text, uri: text, stage: textOrNull },
    state: { enum: ['registered', 'already'] },
  },
} as const;

/** The evidence that was attached. */
export const evidenceOutput = {
  type: 'object',
  required: [...writtenNames, 'kind', 'sequence', 'path'],
  properties: { ...written, kind: text, sequence: wholeNumber, path: text },
} as const;

/** Whether the pointer moved or the request waits. */
export const promoteOutput = {
  type: 'object',
  required: [...writtenNames, 'stage', 'state', 'check'],
  properties: { ...written, stage: text, state: { enum: ['moved', 'filed', 'already'] }, check: checkOutput },
} as const;

/** The approval that was given. */
export const approveOutput = {
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

/** The request that was closed. */
export const rejectOutput = {
  type: 'object',
  required: [...writtenNames, 'stage', 'reason'],
  properties: { ...written, stage: text, reason: text },
} as const;

/** Where a pointer went back to; `from` is the version it left. */
export const rollbackOutput = {
  type: 'object',
  required: [...writtenNames, 'stage', 'from', 'held'],
  properties: { ...written, stage: text, from: text, held: flag, state: { enum: ['rolled-back', 'already'] } },
} as const;

/** The hold or the release that was written. */
export const holdOutput = {
  type: 'object',
  required: [...writtenNames, 'action', 'path', 'reason'],
  properties: { ...written, action: { enum: ['hold', 'release'] }, path: text, reason: text },
} as const;

/** The freeze that was declared, or lifted; `path` is the document that says so. */
export const freezeOutput = {
  type: 'object',
  required: [
    ...['action', 'number', 'path', 'stages', 'models', 'until', 'reason'],
    ...['commit', 'branch', 'pushed', 'dryRun'],
  ],
  properties: {
    action: { enum: ['freeze', 'unfreeze'] },
    state: { enum: ['frozen', 'lifted', 'already'] },
    number: wholeNumber,
    ...{ path: text, stages: texts, models: texts, until: textOrNull, reason: text },
    ...{ commit: textOrNull, branch: textOrNull, pushed: flag, dryRun: flag },
  },
} as const;

/** What was done with stored bytes. With `gc`, `files` and `size` are what was, or would be, removed. */
export const artifactOutput = {
  type: 'object',
  required: ['action', 'ok', 'digest', 'uri', 'files', 'size'],
  properties: {
    action: { enum: ['push', 'pull', 'verify', 'ls', 'gc'] },
    ok: flag,
    digest: textOrNull,
    uri: textOrNull,
    files: wholeNumber,
    size: wholeNumber,
    problems: texts,
    /** The version that a reference stood for, and whose key signed it. */
    reference: textOrNull,
    signedBy: textOrNull,
    /** Of `verify`: whose attestations beside the artifacts are right. */
    attestedBy: texts,
    directory: text,
    dryRun: flag,
    leftovers: wholeNumber,
    warnings: texts,
    /** Of `push`: files whose format is known by their first bytes; `runsCode` where loading one runs what lies in it. */
    formats: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'format', 'runsCode'],
        properties: { path: text, format: text, runsCode: flag },
      },
    },
    /** Of `ls` what is stored, of `gc` what goes; size and files are null where the manifest is damaged. */
    artifacts: {
      type: 'array',
      items: {
        type: 'object',
        required: ['digest', 'uri', 'files', 'size', 'storedAt', 'versions'],
        properties: {
          digest: text,
          uri: text,
          files: { type: ['integer', 'null'] },
          size: { type: ['integer', 'null'] },
          storedAt: text,
          versions: texts,
          /** Of `ls --formats`, in words: `onnx, Hugging Face layout`. */
          formats: text,
        },
      },
    },
  },
} as const;

/** What an import brought over, and what of the other registry it did not. */
export const importOutput = {
  type: 'object',
  required: ['system', 'found', 'dryRun', 'pushed', 'imported', 'present', 'failed', 'models', 'versions'],
  properties: {
    system: text,
    found: text,
    dryRun: flag,
    pushed: flag,
    /** How many versions came, were here before, and could not come. In a dry run the first counts what would come. */
    ...{ imported: wholeNumber, present: wholeNumber, failed: wholeNumber },
    models: {
      type: 'array',
      items: {
        type: 'object',
        required: ['from', 'to', 'versions', 'reason'],
        properties: { from: text, to: text, versions: wholeNumber, reason: textOrNull },
      },
    },
    versions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['from', 'model', 'version', 'state', 'size', 'uri', 'commit', 'standing', 'notes', 'reason', 'hint'],
        properties: {
          from: {
            type: 'object',
            required: ['model', 'version'],
            properties: { model: text, version: text },
          },
          model: text,
          version: textOrNull,
          state: { enum: ['imported', 'planned', 'present', 'failed'] },
          size: { type: ['integer', 'null'] },
          uri: textOrNull,
          commit: textOrNull,
          standing: texts,
          notes: texts,
          reason: textOrNull,
          hint: textOrNull,
        },
      },
    },
  },
} as const;
