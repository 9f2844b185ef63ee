// Bundles src/main.ts into the one file bin/mreg.mjs; with a name (`demo`, `bench`) that program, into the cache folder.
// Does nothing when the output is newer than everything it is made of; `--force` builds all the same.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { lazyBuiltins, lazyPackages, unwrapTexts } from './lazy.mjs';
import { validatorsAtBuildTime } from './validators.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const CACHE = 'node_modules/.cache/mreg';

/** The packages that not every command needs, and that are large enough to be felt at every start. */
const LAZY = ['yaml', 'isomorphic-git', 'tweetnacl', 'bcrypt-pbkdf', '@marcbachmann/cel-js'];

/** What can be built: where it starts, where it goes, and what it is made of. */
const PROGRAMS = {
  mreg: { entry: 'src/main.ts', output: 'bin/mreg.mjs', made: ['src'], shipped: true },
  demo: { entry: 'test/demo/main.ts', output: `${CACHE}/demo.mjs`, made: ['src', 'test'], shipped: false },
  bench: { entry: 'bench/main.ts', output: `${CACHE}/bench.mjs`, made: ['src', 'test', 'bench'], shipped: false },
};

/** Builds the program `name` unless its output is up to date, and returns the output's path. */
export async function build(name, { force = false } = {}) {
  const program = PROGRAMS[name];
  if (program === undefined) throw new Error(`nothing is called ${name}; expected ${Object.keys(PROGRAMS).join(', ')}`);
  const output = path.join(ROOT, program.output);
  if (force || !isUpToDate(output, [...program.made, 'package.json', 'package-lock.json', '.ci'])) {
    await bundle(program, output);
  }
  return output;
}

async function bundle(program, output) {
  // Imported late: an up-to-date build should not pay for loading the bundler.
  const { build: esbuild } = await import('esbuild');
  const result = await esbuild({
    ...(program.shipped ? shippedOptions(program) : cachedOptions(program)),
    absWorkingDir: ROOT,
    outfile: program.output,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  replaceFile(output, asAscii(unwrapTexts(result.outputFiles[0].text)));
}

/** Escapes what is not ASCII: one such character makes V8 hold and scan the whole source at two bytes a character. */
function asAscii(source) {
  return source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The program that users run: every package inside, nothing evaluated before it is needed. */
function shippedOptions({ entry }) {
  return {
    stdin: { contents: entrySource(entry), resolveDir: ROOT, sourcefile: 'entry.js' },
    // CommonJS packages, and the lazy builtins below, call `require`, which an ES module does not have.
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
    plugins: [validatorsAtBuildTime(ROOT), lazyPackages(LAZY, ROOT), lazyBuiltins()],
    define: { MREG_VERSION: JSON.stringify(packageVersion()) },
    minifyWhitespace: true,
    minifySyntax: true, // but not names: a stack trace in a bug report must be readable
    legalComments: 'eof',
  };
}

/** Programs that only this repository runs, next to its node_modules: packages stay outside, which is faster. */
function cachedOptions({ entry }) {
  return { entryPoints: [entry], packages: 'external' };
}

/**
 * The outermost lines: answer `--version` at once, else start the program. The dynamic import makes esbuild wrap every
 * module in an init function, so that nothing behind it is evaluated for `--version` (hooks and scripts ask for it often).
 */
function entrySource(entry) {
  return `#!/usr/bin/env node
    const [, , flag, ...rest] = process.argv;
    if (rest.length === 0 && (flag === '--version' || flag === '-V')) console.log(${JSON.stringify(packageVersion())});
    else await import('./${entry}');`;
}

/** Returns the version that package.json states. */
function packageVersion() {
  return JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version;
}

/** Whether `output` is newer than every file and folder (a deleted file changes its folder) in `inputs`. */
function isUpToDate(output, inputs) {
  if (!existsSync(output)) return false;
  const built = statSync(output).mtimeMs;
  return inputs.every((input) => newestChange(path.join(ROOT, input)) < built);
}

function newestChange(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(file).map((name) => newestChange(path.join(file, name))));
}

/** Writes beside and renames, so that a program that is starting meanwhile sees the old file or the new one. */
function replaceFile(file, contents) {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, contents);
  chmodSync(temporary, 0o755);
  renameSync(temporary, file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2).filter((word) => !word.startsWith('-'));
  for (const name of names.length > 0 ? names : ['mreg']) {
    await build(name, { force: process.argv.includes('--force') });
  }
}
