// Shows of each defence that a test fails without it: switches it off in a copy of the repository and runs that test.
//   npm run defences [-- <id> …]     all of them, or some
//   npm run defences -- --sample 3   as many, others in each commit

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const REPORT = 'defence.json';

const { values: flags, positionals: ids } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string' } },
});

const copy = mkdtempSync(path.join(tmpdir(), 'mreg-defences-'));
try {
  const all = await readDefences();
  const chosen = chosenOf(all);
  copyRepository();
  expectPassing(chosen);
  const results = chosen.map((defence) => ({ ...defence, said: tryWithout(defence) }));
  const shown = results.filter(({ said }) => said === undefined).length;
  console.log(`${chosen.length} defences, ${shown} shown`);
  process.exitCode = shown === chosen.length ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/** The data is TypeScript, which this version of node does not read by itself. */
async function readDefences() {
  const entry = path.join(ROOT, 'test/defences/defences.ts');
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: 'esm' });
  const { DEFENCES } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
  );
  return DEFENCES;
}

function chosenOf(all) {
  const unknown = ids.filter((id) => !all.some((defence) => defence.id === id));
  if (unknown.length > 0) throw new Error(`no defence is called ${unknown.join(', ')}`);
  if (ids.length > 0) return all.filter(({ id }) => ids.includes(id));
  if (flags.sample === undefined) return all;
  // The commit decides, so that a failure can be repeated, and in the end each has its turn.
  const start = Number.parseInt(git('rev-parse', '--short=8', 'HEAD').slice(0, 8), 16) % all.length;
  return [...all, ...all].slice(start, start + Number(flags.sample));
}

function git(...words) {
  return execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).trim();
}

/** As it is here, changes that are not committed included; the built program comes along. */
function copyRepository() {
  const files = git('ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0').filter(Boolean);
  for (const file of [...new Set(files), 'bin/mreg.mjs', 'bin/program.cjs']) {
    cpSync(path.join(ROOT, file), path.join(copy, file), { force: true, recursive: true, errorOnExist: false });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'), 'dir');
}

/** A test that fails anyway would show nothing. */
function expectPassing(defences) {
  const files = [...new Set(defences.map(({ test }) => test))];
  markBuilt();
  const { failed } = runTests(files);
  if (failed.length > 0) throw new Error(`fails with every defence on: ${failed.join('; ')}`);
}

/** Returns undefined where the test fails as it should, or what happened instead. */
function tryWithout(defence) {
  const file = path.join(copy, defence.file);
  const text = readFileSync(file, 'utf8');
  const [from, to] = defence.off;
  if (text.split(from).length !== 2) return tell(defence, `${defence.file} does not hold its text once`);
  writeFileSync(
    file,
    text.replace(from, () => to),
  );
  if (!defence.needsBuild) markBuilt();
  try {
    const { failed, ran } = runTests([defence.test, '--testNamePattern', asPattern(defence.title)]);
    const said = ran === 0 ? 'no such test' : failed.length === 0 ? 'NOT SHOWN: the test passes without it' : undefined;
    return tell(defence, said, failed.length);
  } finally {
    writeFileSync(file, text);
  }
}

/** Makes the program look newer than its sources: most tests do not run it, and building takes seconds. */
function markBuilt() {
  const later = new Date(Date.now() + 3_600_000);
  for (const file of ['bin/mreg.mjs', 'bin/program.cjs']) utimesSync(path.join(copy, file), later, later);
}

function runTests(words) {
  const report = path.join(copy, REPORT);
  rmSync(report, { force: true });
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...words, '--reporter=json', `--outputFile=${report}`];
  const { stderr } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, CI: '' },
  });
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8')).testResults;
  } catch (error) {
    throw new Error(`vitest wrote no report:\n${stderr}`, { cause: error });
  }
  // A file that does not load has no assertion of which one failed.
  const tests = results.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  return { failed, ran: tests.filter(({ status }) => status === 'passed').length + failed.length };
}

function asPattern(title) {
  return title.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function tell({ id, test }, said, count) {
  console.log(said === undefined ? `ok   ${id}: ${count} failed in ${test}` : `FAIL ${id}: ${said}`);
  return said;
}
