import { flag, percent, text, textOrNull, wholeNumber } from './output-fragments.ts';
import { written, writtenNames } from './output-of-writing.ts';

const rolloutNames = ['stage', 'action', 'phase', 'step', 'steps', 'weight'] as const;
const rolloutFields = {
  stage: text,
  action: {
    enum: ['status', 'start', 'advance', 'complete', 'pause', 'resume', 'roll-back', 'hold', 'inconclusive'],
  },
  phase: { enum: ['progressing', 'paused', 'complete'] },
  step: wholeNumber,
  steps: wholeNumber,
  weight: percent,
  reason: textOrNull,
} as const;

/** Where a rollout stands after what was done; `backTo` is the version that an abort went back to. */
export const rolloutOutput = {
  type: 'object',
  required: [...writtenNames, ...rolloutNames],
  properties: { ...written, ...rolloutFields, backTo: textOrNull, state: { enum: ['rolled-back', 'already'] } },
} as const;

const number = { type: 'number' } as const;
const numberOrNull = { type: ['number', 'null'] } as const;
const object = { type: 'object' } as const;
const partName = { enum: ['champion', 'challenger'] } as const;
const ruleName = { enum: ['success', 'guard', 'trigger'] } as const;

/**
 * Where a rollout stands, what its rules say now and what comes next. `decision` is what a controller would do now; null where
 * nothing was measured. `last` is the newest decision in the registry. `series` are the newest readings of each metric.
 */
export const rolloutStatusOutput = {
  type: 'object',
  required: [
    ...[...writtenNames, ...rolloutNames, 'at', 'since', 'mirror', 'champion', 'plan', 'due', 'barredBy', 'trouble'],
    ...['decision', 'observations', 'series', 'last'],
  ],
  properties: {
    ...{ ...written, ...rolloutFields },
    ...{ at: text, since: text, mirror: percent, champion: text, plan: object },
    ...{ due: textOrNull, barredBy: textOrNull, trouble: textOrNull },
    decision: {
      type: ['object', 'null'],
      required: ['action', 'reason', 'next'],
      properties: {
        action: { enum: ['hold', 'advance', 'complete', 'pause', 'roll-back', 'inconclusive'] },
        ...{ reason: text, next: textOrNull },
      },
    },
    observations: { type: 'array', items: { type: 'object' } },
    series: {
      type: 'array',
      items: {
        type: 'object',
        required: ['metric', 'part', 'points'],
        properties: {
          metric: text,
          part: partName,
          points: {
            type: 'array',
            items: { type: 'object', required: ['at', 'value'], properties: { at: text, value: number } },
          },
        },
      },
    },
    last: {
      type: ['object', 'null'],
      required: ['action', 'reason', 'by', 'at'],
      properties: { action: text, reason: text, by: text, at: text },
    },
  },
} as const;

const planFaults = {
  type: 'array',
  items: {
    type: 'object',
    required: ['field', 'expected', 'found', 'hint'],
    properties: { field: text, expected: text, found: text, hint: text },
  },
} as const;

/** What a plan needs in order to tell what it is to tell, rule by rule; `refusals` say why it cannot. */
export const rolloutPlanOutput = {
  type: 'object',
  required: ['model', 'stage', 'plan', 'perSecond', 'able', 'rules', 'refusals', 'warnings'],
  properties: {
    ...{ model: textOrNull, stage: textOrNull, plan: object, perSecond: number, able: flag },
    rules: {
      type: 'array',
      items: {
        type: 'object',
        required: [
          ...['metric', 'rule', 'asked', 'difference', 'n', 'championN', 'neededSeconds', 'heldSeconds', 'isEnough'],
          'gainToWin',
        ],
        properties: {
          ...{ metric: text, rule: ruleName, asked: text },
          ...{ difference: number, n: wholeNumber, championN: wholeNumber },
          ...{ neededSeconds: number, heldSeconds: number, isEnough: flag },
          gainToWin: numberOrNull,
        },
      },
    },
    refusals: planFaults,
    warnings: planFaults,
  },
} as const;

/** One look of a controller at all rollouts: what was decided of each, on what, and what became of it. */
export const rolloutTickOutput = {
  type: 'object',
  required: ['at', 'head', 'dryRun', 'rollouts', 'unseen'],
  properties: {
    at: text,
    head: text,
    dryRun: flag,
    rollouts: {
      type: 'array',
      items: {
        type: 'object',
        required: ['model', 'stage', 'version', 'action', 'reason', 'commit', 'trouble'],
        properties: {
          ...{ model: text, stage: text, version: text, reason: text },
          phase: { enum: ['progressing', 'paused', 'complete'] },
          step: wholeNumber,
          steps: wholeNumber,
          weight: percent,
          action: { enum: ['hold', 'advance', 'complete', 'pause', 'roll-back', 'inconclusive'] },
          next: textOrNull,
          observations: { type: 'array', items: { type: 'object' } },
          commit: textOrNull,
          pushed: flag,
          superseded: flag,
          trouble: textOrNull,
        },
      },
    },
    unseen: {
      type: 'array',
      items: {
        type: 'object',
        required: ['model', 'stage', 'trouble'],
        properties: { model: text, stage: text, trouble: text },
      },
    },
  },
} as const;
