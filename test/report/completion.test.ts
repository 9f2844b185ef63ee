import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  completionScript,
  SHELLS,
  type CommandSpec,
  type OptionSpec,
  type Shell,
} from '../../src/report/completion.ts';

const commands: readonly CommandSpec[] = [
  leaf('show', { arguments: [{ name: 'ref', takes: 'reference' }] }),
  leaf('promote', {
    description: "Asks: may it go to 'prod'?",
    arguments: [{ name: 'ref', takes: 'reference' }],
    options: [
      { flags: '--to <stage>', description: 'where to', takes: 'stage' },
      { flags: '-m, --message <text>', description: 'why' },
      { flags: '--strategy <name>', description: 'how', takes: ['canary', 'shadow'] },
      { flags: '--dry-run', description: 'only shows' },
    ],
  }),
  leaf('register', {
    arguments: [
      { name: 'model', takes: 'model' },
      { name: 'path', takes: 'file' },
    ],
  }),
  leaf('trust', { subcommands: [leaf('show'), leaf('add')] }),
];
const globals: readonly OptionSpec[] = [{ flags: '-C <dir>', description: 'works there', takes: 'directory' }];

/** A line up to the cursor, and what is offered for it. `after` is what readline keeps of the word itself. */
const cases: readonly (readonly [line: string, offered: readonly string[], readline?: readonly string[]])[] = [
  ['mreg tru', ['trust']],
  ['mreg trust ', ['show', 'add']],
  ['mreg zz', []],
  ['mreg trust ow zz', []],
  ['mreg promote fraud', ['fraud_detector@prod', 'fraud_detector@v7']],
  ['mreg promote fraud_detector@', ['fraud_detector@prod', 'fraud_detector@v7'], ['prod', 'v7']],
  ['mreg promote fraud_detector@v', ['fraud_detector@v7'], ['v7']],
  ['mreg promote fraud_detector@v7 --to ', ['staging', 'prod']],
  ['mreg promote --to=st', ['--to=staging'], ['staging']],
  ['mreg promote --to prod fraud_detector@v', ['fraud_detector@v7'], ['v7']],
  ['mreg promote -m show fraud_detector@v', ['fraud_detector@v7'], ['v7']],
  ['mreg promote --strategy c', ['canary']],
  ['mreg promote --d', ['--dry-run']],
  ['mreg register ', ['fraud_detector', 'ranker']],
  ['mreg register ranker model', ['model.onnx']],
  ['mreg -C elsewhere trust sh', ['show']],
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mreg-completion-'));
  for (const shell of SHELLS) writeFileSync(scriptOf(shell), completionScript(shell, commands, globals));
  writeFileSync(join(folder, 'model.onnx'), '');
  const answers =
    'case "$2" in models) printf "fraud_detector\\nranker\\n\\$(touch pwned)\\n" ;; stages) printf "staging\\nprod\\n" ;; references) printf "fraud_detector@prod\\nfraud_detector@v7\\n" ;; esac';
  writeFileSync(join(folder, 'mreg'), `#!/bin/sh\n${answers}\n`);
  chmodSync(join(folder, 'mreg'), 0o755);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each(SHELLS)('the %s script', (shell) => {
  it('is accepted by the shell itself', () => {
    expect(run(shell, ['-n', scriptOf(shell)])).toBe('');
  });
});

it('registers itself with bash', () => {
  expect(run('bash', ['-c', `source '${scriptOf('bash')}'; complete -p mreg`])).toBe(
    'complete -o default -F _mreg mreg\n',
  );
});

describe('what is offered', () => {
  it('is the same in bash, where readline keeps what stands before the last word break', () => {
    const offered = bashOffers(cases.map(([line]) => line));
    for (const [index, [line, plain, readline]] of cases.entries()) {
      expect({ line, offered: offered[index] }).toEqual({ line, offered: sorted(readline ?? plain) });
    }
  });

  it('is the same in zsh', () => {
    const offered = zshOffers(cases.map(([line]) => line));
    for (const [index, [line, plain]] of cases.entries()) {
      expect({ line, offered: offered[index] }).toEqual({ line, offered: sorted(plain) });
    }
  });

  it('is the same in fish', () => {
    const offered = fishOffers(cases.map(([line]) => line));
    for (const [index, [line, plain]] of cases.entries()) {
      expect({ line, offered: offered[index] }).toEqual({ line, offered: sorted(plain) });
    }
  });

  it('never puts a command substitution from a repository on a bash command line', () => {
    expect(bashOffers(['mreg register '])[0]).not.toContain('$(touch pwned)');
  });
});

function leaf(name: string, rest: Partial<CommandSpec> = {}): CommandSpec {
  return { name, description: `does ${name}`, options: [], arguments: [], subcommands: [], ...rest };
}

function scriptOf(shell: Shell): string {
  return join(folder, `completion.${shell}`);
}

function run(shell: Shell, args: readonly string[]): string {
  const env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    LC_ALL: 'C.UTF-8',
  };
  return execFileSync(shell, args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function bashOffers(lines: readonly string[]): string[][] {
  const breaks = `COMP_WORDBREAKS=$' \\t\\n"\\'@><=;|&(:'`;
  const calls = lines.map(
    (line) => `COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; _mreg; printf '%s\\n' "\${COMPREPLY[@]}" =`,
  );
  return answersOf(run('bash', ['--norc', '-c', [`source '${scriptOf('bash')}'`, breaks, ...calls].join('\n')]));
}

/** zsh's completion system runs only while a line is edited, so its four functions are stood in for. */
function zshOffers(lines: readonly string[]): string[][] {
  const stubs = [
    'compdef() { :; }',
    'compset() { prefix=${words[CURRENT]%%=*}=; words[CURRENT]=${words[CURRENT]#*=}; }',
    'offer() { local w; for w; do [[ $w == "$words[CURRENT]"* ]] && print -r -- "$prefix$w"; done; return 0; }',
    'compadd() { shift; offer "$@"; }',
    '_files() { offer *(.N); }',
    '_describe() { local -a plain; plain=(${${(P)4}%%:*}); offer $plain; }',
  ];
  const calls = lines.map((line) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    return `prefix=''; words=(${words.join(' ')}); CURRENT=$#words; _mreg; print =`;
  });
  return answersOf(run('zsh', ['-f', '-c', [...stubs, `source '${scriptOf('zsh')}'`, ...calls].join('\n')]));
}

function fishOffers(lines: readonly string[]): string[][] {
  const calls = lines.map((line) => `complete -C '${line}' | string replace -r '\\t.*' ''; echo =`);
  return answersOf(run('fish', ['--no-config', '-c', [`source '${scriptOf('fish')}'`, ...calls].join('\n')]));
}

function answersOf(output: string): string[][] {
  const answers = output.split(/^=\n/m).slice(0, -1);
  return answers.map((answer) => sorted(answer.split('\n').filter((word) => word !== '' && !word.includes('$'))));
}

function sorted(words: readonly string[]): string[] {
  return [...words].sort();
}
