// What makes the one file start fast: esbuild plugins that put off Node's builtins and the larger packages until used.

import { isBuiltin } from 'node:module';
import { GIT_OBJECT_EXPORTS, gitObjectOptions } from './git-objects.mjs';

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
 * before its first line runs, which for these takes longer than most commands take; over a comment it skips.
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
        contents: lazyModule(name, await carriedPart(name, root, esbuild.esbuild)),
        loader: 'js',
        resolveDir: root,
      }));
    },
  };
}

/** The exports of a package and the text that has them: all of it, unless the program is known to need little. */
async function carriedPart(name, root, esbuild) {
  if (name === 'isomorphic-git') {
    return { names: GIT_OBJECT_EXPORTS, text: await bundled(gitObjectOptions(root), esbuild) };
  }
  return { names: await exportsOf(name), text: await bundledModule(wholePackage(name), root, esbuild) };
}

function wholePackage(name) {
  return `module.exports = require(${JSON.stringify(name)});`;
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

function lazyModule(name, { names, text }) {
  return `let loaded;
    const load = () => (loaded ??= loadText(${wrapText(text)}, ${JSON.stringify(name)}));
    for (const name of ${JSON.stringify(names)}) {
      Object.defineProperty(exports, name, { enumerable: true, get: () => load()[name] });
    }`;
}

/** Source of an expression that stands for `text` in a module that esbuild will print, for `loadText` to evaluate. */
export function wrapText(text) {
  return `"@text:${Buffer.from(text).toString('base64')}@"`;
}

/**
 * Replaces every wrapped text in what esbuild printed by a name, `carried[0]` and so on; returns that source, and the
 * source of the list of texts: each as a comment in an empty function.
 * NOTE - Cleverness: the program asks the function for its source, which V8 keeps anyway and skips, while it is a
 * comment, at the speed of memory. String literals of this size would be copied twice before the first line runs.
 */
export function carryTexts(printed) {
  const texts = [];
  const source = printed.replace(/["'`]@text:([\w+/=]*)@["'`]/g, (_, encoded) => {
    texts.push(Buffer.from(encoded, 'base64').toString());
    return `carried[${texts.length - 1}]`;
  });
  return { source, carried: `[${texts.map(asComment).join(',\n')}]` };
}

/** Returns `text` in a function that `loadText` can take it from. */
export function asComment(text) {
  if (text.includes('*~/')) throw new Error('the mark for the end of a comment is in the text itself; choose another');
  return `${OPENING}${text.replaceAll('*/', '*~/')}${CLOSING}`;
}

const OPENING = 'function(){/*';
const CLOSING = '*/}';

/** Source of `loadText`, which evaluates a CommonJS text that the bundle carries; never one from outside. */
export function textLoader() {
  return `function loadText(carrier, filename, given = {}) {
    const text = carrier.toString().slice(${OPENING.length}, -${CLOSING.length}).replaceAll('*~/', '*/');
    const module = { exports: {} };
    const names = ['module', 'exports', 'require', ...Object.keys(given)];
    const evaluate = require('node:vm').compileFunction(text, names, { filename });
    evaluate(module, module.exports, require, ...Object.values(given));
    return module.exports;
  }`;
}
