// Compiles the validators of all document kinds when the bundle is built, in the place of src/documents/validators.ts,
// which does the same when it is loaded. The bundle then carries neither ajv's compiler nor its `new Function`.

import path from 'node:path';

/** Returns the esbuild plugin that puts compiled validators in the place of the module that compiles them. */
export function validatorsAtBuildTime(root) {
  const documents = path.join(root, 'src/documents');
  return {
    name: 'validators-at-build-time',
    setup(esbuild) {
      esbuild.onLoad({ filter: /[/\\]src[/\\]documents[/\\]validators\.ts$/ }, async () => ({
        contents: await compiledModule(path.join(documents, 'kinds/index.ts'), esbuild.esbuild),
        loader: 'js',
        resolveDir: documents,
      }));
    },
  };
}

/** Returns the text of a module that does the same as src/documents/validators.ts; test/bundle.test.ts compares the two. */
export async function compiledModule(kindsFile, esbuild) {
  const { SCHEMAS } = await importBundled(kindsFile, esbuild);
  const kinds = Object.keys(SCHEMAS);
  return `${await standalone(SCHEMAS)}
    const VALIDATORS = { ${kinds.join(', ')} };
    export function validatorOf(kind) {
      const validate = VALIDATORS[kind];
      return (value) => validate(value) ? [] : validate.errors;
    }`;
}

/** One exported function a schema, named as its kind, compiled with the options of src/documents/validators.ts. */
async function standalone(schemas) {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const { default: standaloneCode } = await import('ajv/dist/standalone/index.js');
  const ajv = new Ajv2020({
    schemas,
    strict: true,
    allowUnionTypes: true,
    allErrors: true,
    code: { source: true, esm: true, lines: false },
  });
  const names = Object.fromEntries(Object.keys(schemas).map((kind) => [kind, kind]));
  return standaloneCode(ajv, names);
}

/** Imports TypeScript without writing a file: bundled in memory, then as a data URL. */
async function importBundled(file, esbuild) {
  const { outputFiles } = await esbuild.build({ entryPoints: [file], bundle: true, write: false, format: 'esm' });
  const source = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${source}`);
}
