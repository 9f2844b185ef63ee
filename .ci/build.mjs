// Bundles src/main.ts into bin/program.cjs and bin/mreg.mjs, which starts it; with a name (`demo`, `bench`, `fuzz`) that program,
// into the cache folder.
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
import { carryTexts, lazyBuiltins, lazyPackages, textLoader } from './lazy.mjs';
import { validatorsAtBuildTime } from './validators.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const CACHE = 'node_modules/.cache/mreg';
/** Beside the starter, which requires it. */
const PROGRAM_FILE = 'bin/program.cjs';

/** The packages that not every command needs, and that are large enough to be felt at every start. */
const LAZY = ['yaml', 'isomorphic-git', 'tweetnacl', 'bcrypt-pbkdf', '@marcbachmann/cel-js'];

/** Stay beside the program, and are loaded with their first use: what speaks to stores on other machines, and the engine that reads data. */
const BESIDE = [
  'undici',
  '@aws-sdk/client-s3',
  '@duckdb/node-api',
  '@secretlint/core',
  '@secretlint/secretlint-rule-preset-recommend',
  'nodemailer',
];

/** What can be built: where it starts, where it goes, and what it is made of. */
const PROGRAMS = {
  mreg: { entry: 'src/main.ts', output: 'bin/mreg.mjs', made: ['src'], shipped: true },
  demo: { entry: 'test/demo/main.ts', output: `${CACHE}/demo.mjs`, made: ['src', 'test'], shipped: false },
  bench: { entry: 'bench/main.ts', output: `${CACHE}/bench.mjs`, made: ['src', 'test', 'bench'], shipped: false },
  fuzz: { entry: 'test/fuzz/main.ts', output: `${CACHE}/fuzz.mjs`, made: ['src', 'test'], shipped: false },
};

/** Builds the program `name` unless its output is up to date, and returns the output's path. */
export async function build(name, { force = false } = {}) {
  const program = PROGRAMS[name];
  if (program === undefined) throw new Error(`nothing is called ${name}; expected ${Object.keys(PROGRAMS).join(', ')}`);
  const output = path.join(ROOT, program.output);
  const outputs = program.shipped ? [output, path.join(ROOT, PROGRAM_FILE)] : [output];
  const inputs = [...program.made, 'package.json', 'package-lock.json', '.ci'];
  if (force || !outputs.every((file) => isUpToDate(file, inputs))) await bundle(program, output);
  return output;
}

async function bundle(program, output) {
  // Imported late: an up-to-date build should not pay for loading the bundler.
  const { build: esbuild } = await import('esbuild');
  const { outputFiles } = await esbuild({
    ...(program.shipped ? shippedOptions() : cachedOptions()),
    entryPoints: [program.entry],
    absWorkingDir: ROOT,
    outfile: program.output,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  const [{ text }] = outputFiles;
  // The starter last: where it stands, the program does.
  if (program.shipped) replaceFile(path.join(ROOT, PROGRAM_FILE), programFile(text));
  replaceFile(output, program.shipped ? starterFile() : text);
}

/** Programs that only this repository runs, next to its node_modules: packages stay outside, which is faster. */
function cachedOptions() {
  return { format: 'esm', packages: 'external' };
}

/** The program that users run: every package inside. */
function shippedOptions() {
  return {
    format: 'cjs',
    external: BESIDE,
    plugins: [validatorsAtBuildTime(ROOT), lazyPackages(LAZY, ROOT), lazyBuiltins()],
    define: { MREG_VERSION: JSON.stringify(packageVersion()), 'import.meta.url': 'bundleUrl' },
    minifyWhitespace: true,
    minifySyntax: true, // but not names: a stack trace in a bug report must be readable
    legalComments: 'eof',
  };
}

/** What `bin` in package.json names: all that node must read for `--version`, which hooks and scripts ask for often. */
function starterFile() {
  return `#!/usr/bin/env node
const [, , flag, ...rest] = process.argv;
if (rest.length === 0 && (flag === '--version' || flag === '-V')) process.stdout.write(${JSON.stringify(`${packageVersion()}\n`)});
else await (await import('node:module')).createRequire(import.meta.url)('./${path.basename(PROGRAM_FILE)}').main();
`;
}

/** The program with the texts that it carries. Should `main` never settle, node ends with code 13, and a hook refuses. */
function programFile(printed) {
  const { source, carried } = carryTexts(printed);
  return asAscii(`'use strict';
const bundleUrl = require('node:url').pathToFileURL(__filename).href;
${textLoader()}
const carried = ${carried};
${source}`);
}

/** Escapes what is not ASCII: one such character makes V8 hold and scan the whole source at two bytes a character. */
function asAscii(source) {
  return source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
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
