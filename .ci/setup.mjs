// Makes a fresh clone ready: packages as package-lock.json pins them, then the git hook. Needs node and npm only.
// Instant when nothing is to do. Never an npm install script: packages of others get no chance to run one either.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

if (!isInstalled()) install();
if (wantsHook()) installHook();

/** Whether node_modules holds what package-lock.json pins. npm writes its own list there last, so it vouches for the rest. */
function isInstalled() {
  const wanted = lockedPackages('package-lock.json');
  const present = lockedPackages('node_modules/.package-lock.json');
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([folder, { version, optional }]) =>
    folder === '' || (optional && !(folder in present)) ? true : present[folder]?.version === version,
  );
}

function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')).packages;
  } catch {
    return undefined; // absent or half-written: install again
  }
}

function install() {
  say('installing packages (once, and when package-lock.json changes) …');
  const started = performance.now();
  // Few and short retries: npm's own would keep a machine without network waiting for minutes.
  const result = npm(
    'ci',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=8000',
  );
  if (result.status !== 0) fail(result);
  say(`packages installed in ${Math.round((performance.now() - started) / 1000)} s`);
}

function fail({ error, stderr }) {
  const code =
    /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED|ENETUNREACH)\b/.exec(
      stderr ?? '',
    )?.[0];
  if (code !== undefined) {
    say(
      `the packages could not be fetched (${code}): connect to the network, or set npm's registry or cache, and run it again.`,
    );
  } else {
    say(`npm ci failed; the packages are not installed.\n${error?.message ?? stderr}`);
  }
  process.exit(3);
}

/** Runs the npm that runs this script, or the one beside node. Its stdout (a summary) is dropped. */
function npm(...words) {
  const self = process.env.npm_execpath;
  const [command, first] = self?.endsWith('.js') ? [process.execPath, [self]] : ['npm', []];
  return spawnSync(command, [...first, ...words], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Whether this is a person's clone without a hook of their own. Builds, and people who say no, get none. */
function wantsHook() {
  if (process.env.CI || process.env.MREG_NO_HOOKS || !existsSync(path.join(ROOT, '.git'))) return false;
  const hooks = spawnSync('git', ['rev-parse', '--git-path', 'hooks'], { cwd: ROOT, encoding: 'utf8' });
  return hooks.status === 0 && !existsSync(path.resolve(ROOT, hooks.stdout.trim(), 'pre-commit'));
}

function installHook() {
  const result = spawnSync(process.execPath, ['node_modules/simple-git-hooks/cli.js'], { cwd: ROOT, encoding: 'utf8' });
  // Not fatal: a read-only .git must not stop the tests.
  say(
    result.status === 0
      ? 'pre-commit hook installed (hooks/pre-commit)'
      : `no pre-commit hook: ${result.stderr.trim()}`,
  );
}

function say(sentence) {
  process.stderr.write(`mreg set-up: ${sentence}\n`);
}
