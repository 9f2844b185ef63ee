import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/git.ts';

const DEMO = 'node_modules/.cache/mreg/demo.mjs';

describe('npm run demo', () => {
  beforeAll(() => {
    execFileSync(process.execPath, ['.ci/build.mjs', 'mreg', 'demo'], { stdio: 'pipe' });
  });

  it('plays to its end without a terminal, in a folder of its own that it names', { timeout: 300_000 }, () => {
    const temporary = temporaryDirectory('mreg-demo-test');
    const { code, stdout, stderr } = play({ TMPDIR: temporary, LC_ALL: 'C' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('\u001B');
    expect(stdout).toMatch(/\d{2,} signatures verified by ssh-keygen, \d{2,} commits by git/);
    const folder = /rm -r (\S+)/.exec(stdout)?.[1] ?? '';
    expect(path.dirname(folder)).toBe(temporary);
    expect(existsSync(path.join(folder, 'as'))).toBe(true);
  });

  it('says what was expected and what was found when a step comes out otherwise', () => {
    const temporary = temporaryDirectory('mreg-demo-test');
    const tools = path.join(temporary, 'tools');
    mkdirSync(tools);
    writeFileSync(path.join(tools, 'git'), '#!/bin/sh\necho "git version 2.0.0"\nexit 3\n');
    chmodSync(path.join(tools, 'git'), 0o755);
    const { code, stderr } = play({ TMPDIR: temporary, PATH: `${tools}:${process.env['PATH'] ?? ''}` });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /a step came out otherwise than told: mreg init .*\nexpected: exit code 0.*\nfound: {4}exit code 3/,
    );
  });
});

function play(env: NodeJS.ProcessEnv): {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const options = { env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [DEMO], options);
  return { code: status, stdout, stderr };
}
