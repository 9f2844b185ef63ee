import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockIndex } from '../../src/git/index-lock.ts';
import { thisProcess } from '../../src/git/stale-claims.ts';
import { commitFiles, GIT_ENV, makeRepository } from '../support/git.ts';

function placeWithIndex() {
  const directory = makeRepository();
  commitFiles(directory, { a: '1' });
  return { place: { directory, env: GIT_ENV }, gitDir: join(directory, '.git'), memory: {} };
}

/** The number of a process that is over. */
function deadProcess(): string {
  return String(spawnSync(process.execPath, ['-e', '']).pid);
}

/** A lock as a process leaves it that is killed while it holds the index. */
async function leaveLock(gitDir: string, processNumber: string): Promise<void> {
  const machine = (await thisProcess()).split('-')[0] ?? '';
  const claim = join(gitDir, `mreg-index-${machine}-${processNumber}-0123456789ab`);
  writeFileSync(claim, 'half');
  linkSync(claim, join(gitDir, 'index.lock'));
}

function leftIn(gitDir: string): readonly string[] {
  return readdirSync(gitDir).filter((name) => name.startsWith('mreg-index-') || name === 'index.lock');
}

it('takes away the lock of an mreg that was killed, and leaves nothing behind', async () => {
  const at = placeWithIndex();
  await leaveLock(at.gitDir, deadProcess());
  const lock = await lockIndex(at);
  expect(leftIn(at.gitDir)).toHaveLength(2);
  await lock?.release();
  expect(leftIn(at.gitDir)).toEqual([]);
});

it('leaves alone the lock of an mreg that lives', async () => {
  const at = placeWithIndex();
  await leaveLock(at.gitDir, String(process.pid));
  await expect(lockIndex(at)).rejects.toMatchObject({ code: 'locked' });
  expect(existsSync(join(at.gitDir, 'index.lock'))).toBe(true);
});

it('leaves alone the lock of a git, whoever else died', async () => {
  const at = placeWithIndex();
  await leaveLock(at.gitDir, deadProcess());
  await (await lockIndex(at))?.release();
  writeFileSync(join(at.gitDir, 'index.lock'), '');
  writeFileSync(join(at.gitDir, `mreg-index-${await thisProcess()}-0`), '');
  await expect(lockIndex(at)).rejects.toMatchObject({ code: 'locked' });
  expect(existsSync(join(at.gitDir, 'index.lock'))).toBe(true);
});

it('is held by one of many that find the same stale lock', async () => {
  const at = placeWithIndex();
  await leaveLock(at.gitDir, deadProcess());
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockIndex(at)));
  const held = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(held).toHaveLength(1);
  await held[0]?.release();
  expect(existsSync(join(at.gitDir, 'index.lock'))).toBe(false);
});
