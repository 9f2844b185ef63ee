// What makes the one file start fast: esbuild plugins that put off Node's builtins and the larger packages until used.

import { isBuiltin } from 'node:module';

/**
 * Loads Node's own modules when the importing module is evaluated. As `import` statements they would be hoisted to the
 * top of the bundle, and all of them (http, crypto, child_process …) be loaded before the first line runs.
 */
export function lazyBuiltins() {
  return {
    name: 'lazy-builtins',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^[a-z_:/]+$/ }, ({ path: name, namespace }) =>
        isBuiltin(name) && namespace !== 'builtin' ? { path: name, namespace: 'builtin' } : undefined,
      );
      esbuild.onResolve({ filter: /./, namespace: 'builtin' }, ({ path: name }) => ({ path: name, external: true }));
      esbuild.onLoad({ filter: /./, namespace: 'builtin' }, ({ path: name }) => ({
        contents: `module.exports = require(${JSON.stringify(name)});`,
        loader: 'js',
      }));
    },
  };
}

/**
 * Carries `packages` as text that is compiled when one of their exports is first used. V8 looks at every token of a file
 * before its first line runs, which for these takes longer than most commands take; over a string it skips.
 */
export function lazyPackages(packages, root) {
  return {
    name: 'lazy-packages',
    setup(esbuild) {
      esbuild.onResolve({ filter: /./ }, ({ path: name, importer, kind }) =>
        packages.includes(name) && kind !== 'entry-point' && !importer.includes('node_modules')
          ? { path: name, namespace: 'lazy-package' }
          : undefined,
      );
      esbuild.onLoad({ filter: /./, namespace: 'lazy-package' }, async ({ path: name }) => ({
        contents: lazyModule(name, await exportsOf(name), await bundledText(name, root, esbuild.esbuild)),
        loader: 'js',
        resolveDir: root,
      }));
    },
  };
}

/** Returns one CommonJS text, for `textLoader`, of everything that `source` (an import path) needs. */
export async function bundledText(source, root, esbuild) {
  return bundled(
    { stdin: { contents: `module.exports = require(${JSON.stringify(source)});`, resolveDir: root } },
    esbuild,
  );
}

/** Returns one CommonJS text, for `textLoader`, of the module `contents`. */
export async function bundledModule(contents, root, esbuild) {
  return bundled({ stdin: { contents, resolveDir: root } }, esbuild);
}

async function bundled(input, esbuild) {
  const { outputFiles } = await esbuild.build({
    ...input,
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
  });
  return outputFiles[0].text;
}

/** The names that an import of the package can ask for, in Node's own reading of it. */
async function exportsOf(name) {
  const { default: whole, ...named } = await import(name);
  // A package that is one function or class cannot be stood in for by an object of getters.
  if (typeof whole === 'function') throw new Error(`${name} exports a function by default and cannot be lazy`);
  return [...new Set([...Object.keys(named), ...Object.keys(whole ?? {})])].filter((word) => word !== 'module.exports');
}

function lazyModule(name, names, text) {
  return `${textLoader()}
    let loaded;
    const load = () => (loaded ??= loadText(${wrapText(text)}, ${JSON.stringify(name)}));
    for (const name of ${JSON.stringify(names)}) {
      Object.defineProperty(exports, name, { enumerable: true, get: () => load()[name] });
    }`;
}

/** Source of a string literal in a module that esbuild will print. It must go through `unwrapTexts` afterwards. */
export function wrapText(text) {
  return `"@text:${Buffer.from(text).toString('base64')}@"`;
}

/**
 * Puts the texts into the finished bundle, as literals in double quotes. esbuild, left to itself, prints the shortest
 * literal, which is a template; V8 takes three times as long over one.
 */
export function unwrapTexts(bundle) {
  return bundle.replace(/["'`]@text:([\w+/=]*)@["'`]/g, (_, text) =>
    JSON.stringify(Buffer.from(text, 'base64').toString()),
  );
}

/** Source of `loadText`, which evaluates a CommonJS text that the bundle carries; never one from outside. */
export function textLoader() {
  return `function loadText(text, filename) {
      const module = { exports: {} };
      require('node:vm').compileFunction(text, ['module', 'exports', 'require'], { filename })(module, module.exports, require);
      return module.exports;
    }`;
}
