import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gateSchema } from '../../src/documents/kinds/gate.ts';
import { checkDocument } from '../../src/documents/read-document.ts';
import { readYaml } from '../../src/documents/strict-yaml.ts';
import { REGISTRY } from './facts.ts';

const GATES = gateSchema.oneOf.map(({ properties }) => ({
  type: properties.type.const,
  fields: Object.keys(properties).filter((field) => !['id', 'type', 'enforcement', 'description'].includes(field)),
}));

describe('the page of each gate type', () => {
  it.each(GATES)('$type: every field is explained', ({ type, fields }) => {
    const text = page(type);
    expect(fields.filter((field) => !text.includes(`\`${field}\``))).toEqual([]);
    expect(text).toContain('## When it refuses');
  });

  it.each(GATES)('$type: the example is a valid gate of that type', ({ type }) => {
    const examples = yamlBlocks(page(type));
    expect(examples.length).toBeGreaterThan(0);
    for (const text of examples) {
      expect(text).toContain(`type: ${type}`);
      const gates = indent(text, 8);
      expect(refusals(`models: ["*"]\ntransitions:\n  - from: dev\n    to: staging\n    gates:\n${gates}`)).toEqual([]);
    }
  });
});

describe('the index', () => {
  it('links to every page', () => {
    expect(GATES.filter(({ type }) => !page('README').includes(`[${type}](${type}.md)`))).toEqual([]);
  });

  it('shows a valid policy', () => {
    expect(yamlBlocks(page('README')).flatMap(refusals)).toEqual([]);
  });
});

function page(name: string): string {
  return readFileSync(`docs/gates/${name}.md`, 'utf8');
}

function yamlBlocks(text: string): string[] {
  return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block);
}

function indent(text: string, spaces: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(spaces));
}

/** Reads `spec` as the body of a policy and returns what is wrong with it. */
function refusals(spec: string): readonly unknown[] {
  const metadata = `{registry: ${REGISTRY}, name: example, version: 1, previous: none}`;
  const text = `apiVersion: mreg.dev/v1\nkind: Policy\nmetadata: ${metadata}\nspec:\n${indent(spec, 2)}`;
  const yaml = readYaml(Buffer.from(text), 'policies/example.yaml');
  if (!yaml.ok) return yaml.refusals;
  const reading = checkDocument('Policy', { path: 'policies/example.yaml', value: yaml.value });
  return reading.ok ? [] : reading.refusals;
}
