import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commonOptions } from '../../src/commands/declare.ts';
import type { Outside } from '../../src/commands/outside.ts';
import { buildProgram } from '../../src/commands/program.ts';

const PAGE = readFileSync('docs/commands.md', 'utf8');
/** The text under each heading that names a command, by the command's full name. */
const SECTIONS = new Map(
  PAGE.split(/^#+ /m).flatMap((section): [string, string][] => {
    const name = /^`(mreg [a-z -]*[a-z])/.exec(section)?.[1];
    return name === undefined ? [] : [[name, section]];
  }),
);
const COMMANDS = commandsUnder(
  await buildProgram({ outside: { version: '0.0.0', columns: 80 } as Outside, code: 0 }),
  'mreg',
);

describe('docs/commands.md', () => {
  it('has a section for every command, and none for anything else', () => {
    expect([...SECTIONS.keys()].toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted());
  });

  it.each(COMMANDS)('names every flag of $name', ({ name, command }) => {
    const section = SECTIONS.get(name) ?? '';
    expect(command.options.map(({ flags }) => flags).filter((flags) => !section.includes(flags))).toEqual([]);
  });

  it('names every flag that all commands take', () => {
    const common = commonOptions().map(({ flags }) => flags);
    expect(common.filter((flags) => !PAGE.includes(`\`${flags}\``))).toEqual([]);
  });

  it('links to schemas that exist', () => {
    const links = [...PAGE.matchAll(/\]\((schemas\/[^)]+\.json)\)/g)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(15);
    expect(() => links.map((link) => readFileSync(`docs/${link}`))).not.toThrow();
  });
});

function commandsUnder(
  command: CommandUnknownOpts,
  name: string,
): readonly { readonly name: string; readonly command: CommandUnknownOpts }[] {
  if (command.commands.length === 0) return [{ name, command }];
  return command.commands.flatMap((child) => commandsUnder(child, `${name} ${child.name()}`));
}
