import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What of the caller's environment could reach git, ssh, a store or the output, and make a test pass on one machine only. */
const FOREIGN =
  /^(?:GIT_|SSH_|MREG_|AWS_|XDG_|CI$|GITHUB_|GITLAB_|NO_COLOR$|FORCE_COLOR$|CLICOLOR|(?:EMAIL|PAGER|EDITOR|VISUAL)$|LC_|LANG)|_PROXY$/i;

/** Builds the bundle once, if it is out of date, and gives all workers an environment that nobody has configured. */
export function setup(): () => void {
  buildBundle();
  const home = mkdtempSync(path.join(tmpdir(), 'mreg-home-'));
  for (const name of Object.keys(process.env)) {
    if (FOREIGN.test(name)) Reflect.deleteProperty(process.env, name);
  }
  Object.assign(process.env, {
    HOME: home,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
  });
  return () => {
    rmSync(home, { recursive: true, force: true });
  };
}

/** A broken build fails the tests that run the bundle, which is then gone, and no others. */
function buildBundle(): void {
  const build = spawnSync(process.execPath, ['.ci/build.mjs'], { stdio: 'inherit' });
  if (build.status !== 0) rmSync('bin/mreg.mjs', { force: true });
}
