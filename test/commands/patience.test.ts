import { expect, it } from 'vitest';
import { longestPauseMs, newPatience } from '../../src/commands/patience.ts';
import { testOutside } from '../support/outside.ts';

it.each([
  [1, 500, 500],
  [2, 500, 1000],
  [12, 500, 6000],
  [13, 500, 5500],
  [20, 500, 2000],
  [100, 500, 2000],
  [3, 0, 150],
  [3, -5000, 150],
  [3, 3_600_000, 45_000],
])('after %i tries, the last of %i ms, a writer pauses for at most %i ms', (tries, tryMs, longest) => {
  expect(longestPauseMs({ tries, tryMs })).toBe(longest);
});

/** A writer that is overtaken at once, with a clock that each pause moves by `pauseMs`. */
function writer(given: { readonly pauseMs?: number; readonly terminal?: boolean; readonly quiet?: boolean } = {}) {
  const { outside, printed } = testOutside({ cwd: '/', home: '/', env: {} });
  const interruption = new AbortController();
  let nowMs = 0;
  const session = {
    outside: {
      ...outside,
      now: () => new Date(nowMs),
      stderrIsTerminal: given.terminal ?? false,
      interrupted: interruption.signal,
      pause: () => Promise.resolve(void (nowMs += given.pauseMs ?? 0)),
    },
    flags: { quiet: given.quiet },
    branch: 'main',
  };
  return { patience: newPatience(session), printed, interruption };
}

async function triesOf(pauseMs: number): Promise<number> {
  const { patience } = writer({ pauseMs });
  for (let tries = 0; ; tries += 1) {
    try {
      await patience.pause();
    } catch (error) {
      expect(error).toMatchObject({ code: 'overtaken' });
      return tries;
    }
  }
}

it('has no number of tries that is too many while time is left, and an end', async () => {
  expect(await triesOf(1000)).toBe(601);
  expect(await triesOf(800_000)).toBe(1);
});

it('ends where the clock stands still', async () => {
  expect(await triesOf(0)).toBe(999);
});

it('ends when the user interrupts', async () => {
  const { patience, interruption } = writer();
  interruption.abort();
  await expect(patience.pause()).rejects.toMatchObject({ code: 'interrupted' });
});

it('tells on a terminal what it waits for, and takes that away again', async () => {
  const { patience, printed } = writer({ terminal: true });
  await patience.pause();
  patience.end();
  expect(printed.stderr).toBe('\r\u001b[Kmain moved meanwhile: deciding again (try 2)\r\u001b[K');
});

it.each([{ terminal: false }, { terminal: true, quiet: true }])('is silent with %j', async (given) => {
  const { patience, printed } = writer(given);
  await patience.pause();
  patience.end();
  expect(printed.stderr).toBe('');
});
