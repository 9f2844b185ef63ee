// What the program uses of isomorphic-git: one function of seventy, over Node's own deflate and SHA-1.

import path from 'node:path';

/** The exports that the bundle carries. */
export const GIT_OBJECT_EXPORTS = ['writeObject'];

/** Modules of npm that do in JavaScript what Node does natively, each with what is bundled in its place. */
const NATIVE = {
  // At git's own level for loose objects: what is small stays small, and ids, which a tree is full of, never shrink.
  pako: `const { deflateSync, inflateSync } = require('node:zlib');
    module.exports = { deflate: (bytes) => deflateSync(bytes, { level: 1 }), inflate: inflateSync };`,
  'sha.js/sha1.js': `const { createHash } = require('node:crypto');
    module.exports = function () { return createHash('sha1'); };`,
};

/** Returns the esbuild options that bundle that part alone. */
export function gitObjectOptions(root) {
  const file = path.join(root, 'node_modules/isomorphic-git/index.js');
  return {
    stdin: { contents: `export { ${GIT_OBJECT_EXPORTS.join()} } from ${JSON.stringify(file)};`, resolveDir: root },
    plugins: [nativeModules()],
    // It asks for these first, and where they are absent goes on to the modules above. As globals of Node they load
    // web streams, fetch and web crypto, which takes longer than all objects of a commit.
    define: { CompressionStream: 'undefined', crypto: 'undefined' },
  };
}

function nativeModules() {
  return {
    name: 'native-modules',
    setup(esbuild) {
      esbuild.onResolve({ filter: /./ }, ({ path: name }) =>
        Object.hasOwn(NATIVE, name) ? { path: name, namespace: 'native' } : undefined,
      );
      esbuild.onLoad({ filter: /./, namespace: 'native' }, ({ path: name }) => ({ contents: NATIVE[name] }));
    },
  };
}
