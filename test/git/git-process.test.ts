import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openCatFile } from '../../src/git/cat-file.ts';
import { escapeControl, gitEnvironment, runGit } from '../../src/git/git-process.ts';
import { commitFiles, GIT_ENV, makeRepository, temporaryDirectory } from '../support/git.ts';

/** A program called git that does what `script` says, and the place to run it. */
function fakeGit(script: string) {
  const directory = temporaryDirectory();
  const program = join(directory, 'git');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return { directory, env: { ...GIT_ENV, PATH: `${directory}:${GIT_ENV['PATH'] ?? ''}` } };
}

describe('runGit', () => {
  it('stops a git that takes too long', async () => {
    const running = runGit(fakeGit('exec sleep 600'), ['gc'], { timeoutMs: 50 });
    await expect(running).rejects.toMatchObject({
      code: 'git-failed',
      message: expect.stringContaining('too long') as string,
    });
  });

  it('stops a git that answers without end', async () => {
    const running = runGit(fakeGit('exec yes'), ['log'], { maxStdoutBytes: 1000 });
    await expect(running).rejects.toMatchObject({
      code: 'git-failed',
      message: expect.stringContaining('too much') as string,
    });
  });

  it('keeps what git said, made harmless for a terminal', async () => {
    const running = runGit(fakeGit(`printf 'fatal: \\033[31mred\\n' >&2; exit 128`), ['log']);
    await expect(running).rejects.toMatchObject({
      code: 'git-failed',
      message: 'git log failed (exit 128): fatal: \\u001b[31mred',
      cause: { exitCode: 128, stderr: 'fatal: \\u001b[31mred' },
    });
  });

  it('passes arguments as they are, through no shell', async () => {
    const place = fakeGit(`for last; do :; done; printf '%s' "$last"`);
    const { stdout } = await runGit(place, ['log', '$(touch x); `id` "']);
    expect(stdout.toString()).toBe('$(touch x); `id` "');
  });

  it('survives a git that does not read its input', async () => {
    const { exitCode } = await runGit(fakeGit('exit 0'), ['x'], { input: Buffer.alloc(1_000_000) });
    expect(exitCode).toBe(0);
  });
});

describe('gitEnvironment', () => {
  it('keeps what a hook was given and sets what makes git predictable', () => {
    const hook = { GIT_QUARANTINE_PATH: '/q', GIT_OBJECT_DIRECTORY: '/q', GIT_INDEX_FILE: 'i', LC_ALL: 'de_DE.UTF-8' };
    expect(gitEnvironment(hook)).toMatchObject({
      ...hook,
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    });
  });

  it('does not widen a narrower protocol list', () => {
    expect(gitEnvironment({ GIT_ALLOW_PROTOCOL: 'https' })).toMatchObject({ GIT_ALLOW_PROTOCOL: 'https' });
  });
});

describe('escapeControl', () => {
  it.each([
    ['plain\ttext\n', 'plain\ttext\n'],
    ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['\r\u009b2J', '\\u000d\\u009b2J'],
    ['a\u202egpj.exe', 'a\\u202egpj.exe'],
  ])('writes %j as %j', (text, expected) => {
    expect(escapeControl(text)).toBe(expected);
  });
});

describe('openCatFile', () => {
  it('names the version of a git that is too old', async () => {
    const script = `for arg; do case $arg in cat-file) exit 129;; version) echo git version 2.30.2;; esac; done`;
    const reading = openCatFile(fakeGit(script)).info('HEAD');
    await expect(reading).rejects.toMatchObject({
      code: 'no-git',
      message: expect.stringContaining('2.30.2') as string,
    });
  });

  it('fails every request when git is missing', async () => {
    const catFile = openCatFile({ directory: temporaryDirectory(), env: { PATH: temporaryDirectory() } });
    const results = await Promise.allSettled([catFile.info('a'), catFile.info('b')]);
    expect(results).toEqual([
      expect.objectContaining({ reason: expect.objectContaining({ code: 'no-git' }) as unknown }),
      expect.objectContaining({ reason: expect.objectContaining({ code: 'no-git' }) as unknown }),
    ]);
  });

  it('does not call it damage when git is killed', async () => {
    const reading = openCatFile(fakeGit('kill -9 $$')).info('a');
    await expect(reading).rejects.toMatchObject({ code: 'git-failed' });
  });

  it('answers thousands of requests in their order, in whatever pieces git writes', async () => {
    const directory = makeRepository();
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`f${String(index)}`, 'x'.repeat(index * 997)]),
    );
    commitFiles(directory, files);
    const catFile = openCatFile({ directory, env: gitEnvironment(GIT_ENV) });
    const names = Array.from({ length: 2000 }, (_, index) => index % 41);
    const sizes = await Promise.all(
      names.map(async (index) => (await catFile.contents(`HEAD:f${String(index)}`, 1e6))?.content?.length),
    );
    expect(sizes).toEqual(names.map((index) => (index === 40 ? undefined : index * 997)));
    await catFile.close();
  });

  it('does not take a line feed for the end of a name', () => {
    const catFile = openCatFile({ directory: temporaryDirectory(), env: GIT_ENV });
    expect(() => catFile.info('a\ninfo b')).toThrow(/line feed/);
  });

  it('keeps a program alive while it owes an answer, and not longer', () => {
    const directory = makeRepository();
    commitFiles(directory, { a: '1' });
    const module = new URL('../../src/git/open-repository.ts', import.meta.url);
    const program = `
      import { build } from 'esbuild';
      const options = { entryPoints: [${JSON.stringify(module.pathname)}], bundle: true, platform: 'node', format: 'esm' };
      const { outputFiles } = await build({ ...options, write: false, external: ['isomorphic-git'] });
      const { openRepository } = await import('data:text/javascript;base64,' + Buffer.from(outputFiles[0].text).toString('base64'));
      const repository = await openRepository({ directory: ${JSON.stringify(directory)}, env: process.env });
      const { commit } = await repository.head();
      console.log((await repository.readCommit(commit)).subject);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      env: GIT_ENV,
      timeout: 30_000,
    });
    expect(output.toString()).toBe('Change files\n');
  });
});
