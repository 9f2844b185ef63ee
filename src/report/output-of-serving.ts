import { flag, text, textOrNull, texts } from './output-fragments.ts';
import { checkOutput } from './output-of-looking.ts';

/** The files that serve a stage. */
export const deployOutput = {
  type: 'object',
  required: ['model', 'stage', 'target', 'files', 'warnings', 'dryRun'],
  properties: {
    model: text,
    stage: text,
    target: text,
    files: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'state', 'text'],
        properties: { path: text, state: { enum: ['created', 'unchanged', 'overwritten'] }, text },
      },
    },
    warnings: texts,
    dryRun: flag,
  },
} as const;

/** Who may approve. */
export const whoOutput = {
  type: 'object',
  required: ['model', 'stage', 'version', 'requestedBy', 'branch', 'gates', 'people'],
  properties: {
    model: text,
    stage: text,
    version: textOrNull,
    /** Of the one request that is open; null where there is none, or several. */
    requestedBy: textOrNull,
    branch: textOrNull,
    gates: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'required', 'roles'],
        properties: { id: text, required: text, roles: texts },
      },
    },
    /** Every principal; `excluded` says why no gate would count an approval, null where one would. */
    people: {
      type: 'array',
      items: {
        type: 'object',
        required: ['principal', 'owner', 'roles', 'forges', 'approved', 'excluded'],
        properties: {
          principal: text,
          owner: textOrNull,
          roles: texts,
          forges: { type: 'object', additionalProperties: text },
          approved: flag,
          excluded: textOrNull,
        },
      },
    },
  },
} as const;

/** What became of a batch. */
export const promoteBatchOutput = {
  type: 'object',
  required: ['state', 'commit', 'branch', 'pushed', 'dryRun', 'promotions'],
  properties: {
    state: { enum: ['moved', 'already', 'refused'] },
    commit: textOrNull,
    branch: textOrNull,
    pushed: flag,
    dryRun: flag,
    promotions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['model', 'version', 'stage', 'state', 'check'],
        properties: {
          model: text,
          version: text,
          stage: text,
          state: { enum: ['moved', 'ready', 'already', 'pending', 'refused'] },
          check: checkOutput,
        },
      },
    },
  },
} as const;
