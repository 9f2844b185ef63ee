import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { SCHEMAS, type Kind } from '../../src/documents/kinds/index.ts';
import { publishedSchema, schemaFileName } from '../../src/documents/published-schema.ts';
import { sampleOf } from './samples.ts';

const DIRECTORY = new URL('../../docs/schemas/', import.meta.url);
const KINDS = Object.keys(SCHEMAS) as Kind[];

describe('the published schema', () => {
  it.each(KINDS)('of %s is the one in docs/schemas', (kind) => {
    const file = new URL(schemaFileName(kind), DIRECTORY);
    const text = `${JSON.stringify(publishedSchema(kind), undefined, 2)}\n`;
    if (process.env['UPDATE'] === '1') writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('stands there for no other kind', () => {
    expect(
      readdirSync(DIRECTORY)
        .filter((name) => name.endsWith('.json'))
        .sort(),
    ).toEqual(KINDS.map(schemaFileName).sort());
  });

  it.each(KINDS)('of %s can be used by itself', (kind) => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(publishedSchema(kind));
    expect(validate(sampleOf(kind))).toBe(true);
    expect(validate({ ...sampleOf(kind), kind: 'Other' })).toBe(false);
  });
});
