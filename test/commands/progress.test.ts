import { describe, expect, it } from 'vitest';
import type { Progress } from '../../src/artifacts/port.ts';
import { withProgress } from '../../src/commands/progress.ts';
import { testOutside } from '../support/outside.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

/** Runs a transfer of 100 bytes in ten steps of `stepMs`, and returns what was said on stderr. */
async function transfer(flags: { json?: boolean; quiet?: boolean }, stepMs: number, fails = false): Promise<string> {
  const said: string[] = [];
  let now = START;
  const outside = {
    ...testOutside({ cwd: '.', home: '.', env: {} }).outside,
    stderrIsTerminal: false,
    now: () => new Date(now),
    stderr: (text: string) => void said.push(text),
  };
  const work = withProgress({ outside, flags }, 'model', ({ onProgress }) => {
    for (let bytes = 10; bytes <= 100; bytes += 10) {
      now += stepMs;
      const done: Progress = { files: bytes === 100 ? 1 : 0, totalFiles: 1, bytes, totalBytes: 100 };
      onProgress?.(done);
    }
    return fails ? Promise.reject(new Error('cut')) : Promise.resolve();
  });
  await work.catch(() => undefined);
  return said.join('');
}

describe('withProgress with --json', () => {
  it('tells machines once a second, one object a line, and the end', async () => {
    const lines = (await transfer({ json: true }, 500)).trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toHaveLength(6);
    expect(events[0]).toEqual({
      ...{ event: 'progress', state: 'running', what: 'model', files: 0, totalFiles: 1 },
      ...{ bytes: 20, totalBytes: 100, bytesPerSecond: 20, secondsLeft: 4 },
    });
    expect(events.at(-1)).toMatchObject({ state: 'done', files: 1, bytes: 100, secondsLeft: 0 });
  });

  it('says nothing of what takes no second, and no end of what failed', async () => {
    expect(await transfer({ json: true }, 50)).toBe('');
    expect(await transfer({ json: true }, 500, true)).not.toContain('done');
  });

  it('says nothing with --quiet, nor into a pipe without --json', async () => {
    expect(await transfer({ json: true, quiet: true }, 500)).toBe('');
    expect(await transfer({}, 500)).toBe('');
  });
});
