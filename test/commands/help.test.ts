import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { commonOptions } from '../../src/commands/declare.ts';
import { buildProgram } from '../../src/commands/program.ts';
import { run } from '../../src/commands/run.ts';
import { testOutside } from '../support/outside.ts';

const NOWHERE = { cwd: '/nowhere', home: '/nowhere', env: {} };
const WIDE = { ...testOutside(NOWHERE).outside, columns: 200 };
const COMMANDS = namesUnder(await buildProgram({ outside: WIDE, code: 0 }), []);

function namesUnder(command: CommandUnknownOpts, name: readonly string[]): readonly (readonly string[])[] {
  return [name, ...command.commands.flatMap((sub) => namesUnder(sub, [...name, sub.name()]))];
}

async function helpOf(...words: readonly string[]): Promise<string> {
  const { outside, printed } = testOutside(NOWHERE);
  expect(await run({ ...outside, columns: 200 }, words)).toBe(0);
  return printed.stdout;
}

describe('the help', () => {
  it.each(COMMANDS.map((name) => [['mreg', ...name].join(' '), name] as const))(
    'of %s shows the common flags and is at most 100 columns wide',
    async (_, name) => {
      const help = await helpOf(...name, '--help');
      expect(commonOptions().filter(({ flags }) => !help.includes(flags))).toEqual([]);
      expect(help.split('\n').filter((line) => line.length > 100)).toEqual([]);
      expect(help).toContain('-h, --help');
    },
  );

  it('is the same when it is asked for by mreg help', async () => {
    expect(await helpOf('help', 'promote')).toBe(await helpOf('promote', '--help'));
    expect(await helpOf('trust', 'help', 'show')).toBe(await helpOf('trust', 'show', '--help'));
  });
});
