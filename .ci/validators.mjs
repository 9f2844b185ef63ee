// Compiles the validators of all document kinds when the bundle is built, in the place of src/documents/validators.ts,
// which does the same when it is used. The bundle then carries neither ajv's compiler nor its `new Function`.

import path from 'node:path';
import { bundledModule, wrapText } from './lazy.mjs';

/** Returns the esbuild plugin that puts compiled validators in the place of the module that compiles them. */
export function validatorsAtBuildTime(root) {
  return {
    name: 'validators-at-build-time',
    setup(esbuild) {
      esbuild.onLoad({ filter: /[/\\]src[/\\]documents[/\\]validators\.ts$/ }, async () => ({
        contents: await compiledModule(root, esbuild.esbuild),
        loader: 'js',
        resolveDir: root,
      }));
    },
  };
}

/** A module that does the same as src/documents/validators.ts; test/bundle.test.ts compares the two. */
async function compiledModule(root, esbuild) {
  const { SCHEMAS } = await importBundled(path.join(root, 'src/documents/kinds/index.ts'), esbuild);
  const texts = [];
  for (const [kind, schema] of Object.entries(SCHEMAS)) {
    texts.push(`${kind}: ${wrapText(await bundledModule(await standalone(schema), root, esbuild))}`);
  }
  return `const TEXTS = { ${texts.join()} };
    const loaded = new Map();
    export function validatorOf(kind) {
      return (value) => {
        const validate = loaded.get(kind) ?? load(kind);
        return validate(value) ? [] : (validate.errors ?? []);
      };
    }
    function load(kind) {
      const validate = loadText(TEXTS[kind], 'validators/' + kind);
      loaded.set(kind, validate);
      return validate;
    }`;
}

/** CommonJS text whose export is the validator; the options are those of src/documents/validators.ts. */
async function standalone(schema) {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const { default: standaloneCode } = await import('ajv/dist/standalone/index.js');
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true, code: { source: true } });
  return standaloneCode(ajv, ajv.compile(schema));
}

/** Imports TypeScript without writing a file: bundled in memory, then as a data URL. */
async function importBundled(file, esbuild) {
  const { outputFiles } = await esbuild.build({ entryPoints: [file], bundle: true, write: false, format: 'esm' });
  const source = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${source}`);
}
