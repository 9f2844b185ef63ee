import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { diffVersions } from '../../src/report/diff.ts';
import { errorJson } from '../../src/report/error.ts';
import { explainJson } from '../../src/report/explain.ts';
import { evaluationJson } from '../../src/report/gates.ts';
import { atJson, logJson } from '../../src/report/log.ts';
import { OUTPUT_SCHEMAS, outputSchemaText } from '../../src/report/output-schemas.ts';
import { statusJson } from '../../src/report/status.ts';
import * as example from './examples.ts';
import { expectGolden } from './golden.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });

describe.each(Object.keys(OUTPUT_SCHEMAS))('the schema of %s', (name) => {
  it('is published as it stands', () => {
    expectGolden(`docs/schemas/output/${name}.json`, outputSchemaText(name));
  });

  it('is a strict JSON Schema', () => {
    expect(() => ajv.compile(OUTPUT_SCHEMAS[name] ?? false)).not.toThrow();
  });
});

const { left, right, catalogue, blocked, pending, ready, context } = example;

it.each([
  ['check', evaluationJson(blocked, context)],
  ['check', evaluationJson(pending, { ...context, rollbackTo: 'none' })],
  ['explain', explainJson(ready, { ...context, rollbackTo: undefined })],
  ['status', statusJson(example.status)],
  ['status', statusJson({ ...example.status, models: [] })],
  ['status', statusJson(example.frozen)],
  ['log', logJson(example.glassLog)],
  ['log', logJson(example.log)],
  ['log', logJson([])],
  ['log-at', atJson(example.at)],
  ['log-at', atJson({ ...example.at, state: undefined })],
  ['diff', diffVersions({ model: 'fraud_detector', left, right, catalogue })],
  ['error', errorJson({ code: 'refused', message: 'The change breaks a rule.', refusals: example.refusals })],
  ['error', errorJson({ code: 'bug', message: 'bug: never' })],
])('%s prints what its schema says', (name, output) => {
  const valid = ajv.validate(OUTPUT_SCHEMAS[name] ?? false, JSON.parse(JSON.stringify(output)));
  expect(ajv.errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

it('says null where there is nothing to roll back to', () => {
  expect(evaluationJson(ready, { ...context, rollbackTo: 'none' }).rollbackTo).toBeNull();
});
