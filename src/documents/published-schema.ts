import { SCHEMAS, type Kind } from './kinds/index.ts';

/** Returns the file name of a kind's published schema, without folder: `model-version.json`. */
export function schemaFileName(kind: Kind): string {
  return `${kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.json`;
}

/** Returns the JSON Schema (2020-12) of a kind as the project publishes it: for editors, linters and other programs. */
export function publishedSchema(kind: Kind): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `https://mreg.dev/schemas/v1/${schemaFileName(kind)}`,
    title: `mreg ${kind}`,
    ...SCHEMAS[kind],
  };
}
