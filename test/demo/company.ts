import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { makeMovedClock, type MovedClock } from '../support/moved-clock.ts';
import type { Narrator } from './narrator.ts';

/** Somebody of the company: with a home, keys and git configuration that nobody else has. */
export interface Person {
  readonly name: string;
  /** The id that the registry knows them by. */
  readonly id: string;
  readonly home: string;
  /** Their clone of the registry. */
  readonly clone: string;
  readonly publicKey: string;
  /** What else is in the environment of what they run. */
  readonly env: NodeJS.ProcessEnv;
}

/** What must come of a command. */
export interface Expectation {
  readonly exit?: number;
  /** What the output must hold, in any order. */
  readonly shows?: readonly (string | RegExp)[];
  /** Where it runs; the person's clone when absent. */
  readonly cwd?: string;
  /** False leaves the output unprinted; a pattern leaves out what comes before its line. For what was shown before. */
  readonly print?: false | RegExp;
}

/** The folder in which everything takes place, and its people. */
export interface Company {
  readonly folder: string;
  readonly server: string;
  /** This repository, whose bin/mreg.mjs is run. */
  readonly project: string;
  readonly olga: Person;
  readonly dana: Person;
  readonly remy: Person;
  readonly omar: Person;
  /** A machine: the rollout controller. */
  readonly controller: Person;
  /** Begins some hours ago and jumps ahead where the story waits, until it is that of the machine. */
  readonly clock: MovedClock;
  readonly narrator: Narrator;
  /** How many commands were run so far. */
  commands: number;
}

/** Something came out otherwise than the story tells it. */
export class Surprise extends Error {}

/** Longer than everything that the story waits for. */
const HOURS_AGO = 4;

/** Makes the folder, four people and a machine in it; nothing outside of it is read or written. */
export function foundCompany(project: string, narrator: Narrator): Company {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'mreg-demo-')));
  const person = (name: string): Person => makePerson(folder, name);
  const clock = makeMovedClock(path.join(folder, '.clock'), project);
  clock.goOnFrom(new Date(Date.now() - HOURS_AGO * 3_600_000));
  const company: Company = {
    folder,
    server: path.join(folder, 'server.git'),
    project,
    olga: person('olga'),
    dana: person('dana'),
    remy: person('remy'),
    omar: person('omar'),
    controller: { ...person('controller'), env: { HOOK_SECRET: randomBytes(16).toString('hex') } },
    clock,
    narrator,
    commands: 0,
  };
  writeScript(path.join(folder, 'bin', 'mreg'), `exec '${process.execPath}' '${project}/bin/mreg.mjs' "$@"`);
  writeScript(path.join(folder, 'as'), asScript(folder));
  return company;
}

function makePerson(folder: string, name: string): Person {
  const home = path.join(folder, name);
  const id = `${name}@airline.example`;
  mkdirSync(home);
  const key = path.join(home, '.config', 'mreg', 'id_ed25519');
  writeFileSync(
    path.join(home, '.gitconfig'),
    [
      `[user]\n\tname = ${name[0]!.toUpperCase()}${name.slice(1)}\n\temail = ${id}\n\tsigningKey = ${key}.pub`,
      '[gpg]\n\tformat = ssh',
      '[gpg "ssh"]\n\tallowedSignersFile = trust/allowed_signers',
      '[init]\n\tdefaultBranch = main',
      '[advice]\n\tdetachedHead = false\n',
    ].join('\n'),
  );
  return { name, id, home, clone: path.join(home, 'registry'), publicKey: `${key}.pub`, env: {} };
}

function writeScript(file: string, line: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${line}\n`);
  chmodSync(file, 0o755);
}

/** `as olga mreg status`: any command, as one of the people and in their clone, for those who go on trying. */
function asScript(folder: string): string {
  return [
    '# as <person> <command …>',
    `HOME='${folder}'/"$1" GIT_CONFIG_NOSYSTEM=1 PATH='${folder}/bin':"$PATH"`,
    'export HOME GIT_CONFIG_NOSYSTEM PATH',
    'unset XDG_CONFIG_HOME XDG_DATA_HOME GIT_CONFIG_GLOBAL GIT_DIR SSH_AUTH_SOCK',
    'cd "$HOME/registry" && shift && exec "$@"',
  ].join('\n');
}

/** Runs a command as a person, prints it with what it says, and holds the outcome against what was expected. */
export function run(company: Company, person: Person, words: readonly string[], expected: Expectation = {}): string {
  const { narrator } = company;
  const [program = '', ...args] = words;
  company.commands += 1;
  narrator.command(person.name, words);
  const outcome = spawnJoined(company, person, { program, args, expected });
  if (expected.print !== false) narrator.output(tailFrom(outcome.output, expected.print));
  const exit = expected.exit ?? 0;
  if (exit !== 0 && outcome.exit === exit) narrator.exit(exit);
  requireOutcome(outcome, { exit, shows: expected.shows ?? [], words });
  return outcome.output;
}

function tailFrom(output: string, pattern: RegExp | undefined): string {
  if (pattern === undefined) return output;
  const lines = output.split('\n');
  const first = lines.findIndex((line) => pattern.test(plain(line)));
  return first <= 0 ? output : ['[...]', ...lines.slice(first)].join('\n');
}

function plain(text: string): string {
  return stripVTControlCharacters(text);
}

interface Outcome {
  readonly exit: number;
  readonly output: string;
}

/** Both streams go to one file, so that their lines keep the order in which they were written. */
function spawnJoined(
  company: Company,
  person: Person,
  command: { readonly program: string; readonly args: readonly string[]; readonly expected: Expectation },
): Outcome {
  const { program, args, expected } = command;
  const log = path.join(company.folder, '.output');
  const output = openSync(log, 'w');
  try {
    const { status, signal, error } = spawnSync(program, args, {
      cwd: expected.cwd ?? person.clone,
      env: environmentOf(company, person),
      stdio: ['ignore', output, output],
    });
    if (error !== undefined) throw new Surprise(`${program} could not be run: ${error.message}`);
    return { exit: status ?? (signal === null ? 1 : 128), output: readFileSync(log, 'utf8') };
  } finally {
    closeSync(output);
    rmSync(log);
  }
}

/** Nothing of the caller's configuration but the search path and the choice of colours; and the clock of the story. */
function environmentOf({ folder, narrator, clock }: Company, { home, env }: Person): NodeJS.ProcessEnv {
  const now = clock.now().toISOString();
  return {
    ...clock.env,
    // Stock git has no other clock to be given.
    GIT_AUTHOR_DATE: now,
    GIT_COMMITTER_DATE: now,
    ...env,
    PATH: `${path.join(folder, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: narrator.unicode ? 'C.UTF-8' : 'C',
    TZ: 'UTC',
    ...(narrator.colour ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
  };
}

function requireOutcome(
  outcome: Outcome,
  wanted: { readonly exit: number; readonly shows: readonly (string | RegExp)[]; readonly words: readonly string[] },
): void {
  const found = plain(outcome.output);
  const joined = found.replaceAll(/\s+/g, ' ');
  const missing = wanted.shows.filter((text) =>
    typeof text === 'string' ? !joined.includes(text) : !text.test(found),
  );
  if (outcome.exit === wanted.exit && missing.length === 0) return;
  const lines = [
    `expected: exit code ${wanted.exit}${missing.map((text) => `, and ${String(text)} in the output`).join('')}`,
    `found:    exit code ${outcome.exit}, and the output:`,
    found.trimEnd(),
  ];
  throw new Surprise(`a step came out otherwise than told: ${wanted.words.join(' ')}\n${lines.join('\n')}`);
}
