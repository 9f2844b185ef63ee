/** How one command is called so that it works, and what it touches: every bad input is made from a good one. */
export interface CommandLine {
  /** The command, its arguments and flags. `{…}` names a file of the world (see worlds.ts); `{new}` a path that is free. */
  readonly words: readonly string[];
  /** Whose key signs; ann's when absent. */
  readonly as?: 'bob';
  /** The exit code that it works with; 0 when absent. */
  readonly exit?: number;
  /** A file that it writes into the checkout of the protected branch, when it moves that branch. */
  readonly writes?: string;
  /** Needs a key; true of everything that writes. */
  readonly signs?: true;
  /** Asks the server first. */
  readonly asksServer?: true;
  /** Works where no registry is. */
  readonly standsAlone?: true;
  /** Tells what is wrong with the place as its answer, not as an error. */
  readonly diagnoses?: true;
  /** Rests on the pointer of fraud in staging. */
  readonly restsOnStaging?: true;
  /** Reads the stored bytes, or stores some. */
  readonly readsStore?: true;
  /** Answers without --json as well as with it: its output is a script or a list of names. */
  readonly plain?: true;
}

const FRAUD = 'registry/fraud';
const SWAPPED = 'registry/swap/stages/staging/stage.yaml';
const writing = { signs: true, asksServer: true } as const;

/** Every command. A new one needs a line here before the tests pass. */
export const COMMAND_LINES: readonly CommandLine[] = [
  { words: ['init', '{new}', '--as', 'ann@example.org', '--policy', 'solo'], standsAlone: true, signs: true },
  { words: ['init', '{new}', '--as', 'ann@example.org', '--team', '{team}'], standsAlone: true, signs: true },
  { words: ['key', 'generate', '--out', '{new}', '--no-passphrase'], standsAlone: true },
  { words: ['key', 'list'], standsAlone: true },
  { words: ['key', 'show', '{public}'], standsAlone: true },
  { words: ['trust', 'show'] },
  {
    ...{ words: ['trust', 'add', 'dan@example.org', '--public-key', '{public}', '--role', 'reviewer'] },
    ...{ ...writing, writes: 'trust/root.yaml' },
  },
  { words: ['trust', 'remove', 'carol@example.org'], ...writing, writes: 'trust/root.yaml' },
  { words: ['trust', 'rotate', '--expires', '2098-01-01'], ...writing, writes: 'trust/root.yaml' },
  { words: ['trust', 'set', '--floor', 'prod=1'], ...writing, writes: 'trust/root.yaml' },
  { words: ['trust', 'sign'], as: 'bob', ...writing, writes: 'policies/more.yaml' },
  { words: ['trust', 'withdraw'], asksServer: true },
  { words: ['policy', 'show', 'fraud'] },
  { words: ['policy', 'set', 'extra', '{policy}'], exit: 5, ...writing },
  {
    words: [
      ...['register', 'fraud', '{bytes}', '--metrics', '{metrics}', '--features', '{features}'],
      ...['--lineage', '{lineage}', '--lockfile', '{lockfile}'],
    ],
    ...{ ...writing, writes: `${FRAUD}/stages/dev/stage.yaml`, readsStore: true },
  },
  {
    words: ['import', 'mlflow', '{mlruns}'],
    ...{ ...writing, writes: 'registry/imported/stages/dev/stage.yaml', readsStore: true },
  },
  {
    words: ['import', 'gto', '{gto}'],
    ...{ ...writing, writes: 'registry/tagged/stages/dev/stage.yaml', readsStore: true },
  },
  {
    words: ['evidence', 'add', 'fraud@v2', '{metrics}', '--kind', 'offline'],
    ...{ ...writing, writes: `${FRAUD}/versions/v2/evidence/offline-2.yaml` },
  },
  { words: ['check', 'fraud@v3', '--to', 'staging', '--plan', '{plan}'], readsStore: true, restsOnStaging: true },
  {
    words: ['promote', 'fraud@v3', '--to', 'staging', '--plan', '{plan}'],
    ...{ ...writing, writes: `${FRAUD}/stages/staging/stage.yaml`, readsStore: true, restsOnStaging: true },
  },
  {
    words: ['approve', 'fraud@v2', '--to', 'prod'],
    as: 'bob',
    ...{ ...writing, writes: `${FRAUD}/stages/prod/stage.yaml`, readsStore: true, restsOnStaging: true },
  },
  { words: ['reject', 'fraud@v2', '--to', 'prod', '-m', 'no'], ...writing },
  { words: ['status', 'fraud'] },
  { words: ['show', 'fraud@v2'] },
  { words: ['log', 'fraud', '--stage', 'staging'] },
  { words: ['diff', 'fraud@v1', 'fraud@v2'] },
  { words: ['explain', 'fraud@v3', '--to', 'staging', '--plan', '{plan}'], readsStore: true, restsOnStaging: true },
  { words: ['who', 'fraud@v2', '--to', 'prod'] },
  { words: ['deploy', 'init', 'fraud', '--target', 'istio', '--stage', 'staging'] },
  { words: ['schema', 'diff', 'fraud@v1', 'fraud@v2'] },
  { words: ['schema', 'infer', '{rows}'], standsAlone: true },
  { words: ['evaluate', '{rows}', '--label', 'y', '--score', 'p'], standsAlone: true },
  { words: ['fairness', '{rows}', '--label', 'y', '--score', 'p', '--by', 's'], standsAlone: true },
  { words: ['drift', '--reference', '{rows}', '--current', '{rows}'], standsAlone: true },
  { words: ['scan', '{rows}'], standsAlone: true },
  { words: ['artifact', 'push', '{bytes}'], readsStore: true },
  { words: ['artifact', 'pull', 'fraud@v2', '-o', '{new}'], readsStore: true },
  { words: ['artifact', 'pull', 'fraud@staging', '-o', '{new}'], readsStore: true, restsOnStaging: true },
  { words: ['artifact', 'verify', 'fraud@v2'], readsStore: true },
  { words: ['artifact', 'attest', 'fraud@v2'], signs: true },
  { words: ['attest', 'promotion', 'fraud', '--stage', 'staging'], signs: true, restsOnStaging: true },
  { words: ['artifact', 'ls'], readsStore: true },
  { words: ['artifact', 'gc'], readsStore: true, asksServer: true },
  { words: ['settings', 'show'] },
  { words: ['settings', 'set', '--commits', 'any'], ...writing, writes: 'mreg.yaml' },
  {
    words: [
      ...['rollout', 'plan', '--strategy', 'champion-challenger', '--step', '10:24h', '--success', 'ctr+0.015'],
      ...['--rate', '50', '--baseline', 'ctr=0.05'],
    ],
    standsAlone: true,
  },
  {
    words: ['rollout', 'start', 'fraud@v3', '--to', 'staging', '--plan', '{plan}'],
    ...{ ...writing, writes: `${FRAUD}/stages/staging/stage.yaml`, readsStore: true, restsOnStaging: true },
  },
  { words: ['rollout', 'status', 'swap', '--stage', 'staging'] },
  { words: ['rollout', 'advance', 'swap', '--stage', 'staging'], ...writing, writes: SWAPPED },
  { words: ['rollout', 'pause', 'swap', '--stage', 'staging'], ...writing, writes: SWAPPED },
  {
    words: ['rollout', 'resume', 'idle', '--stage', 'staging'],
    ...{ ...writing, writes: SWAPPED.replace('swap', 'idle') },
  },
  { words: ['rollout', 'abort', 'swap', '--stage', 'staging', '-m', 'slow'], ...writing, writes: SWAPPED },
  { words: ['rollout', 'run', '--once', '--model', 'nobody'], asksServer: true },
  {
    words: ['rollback', 'fraud', '--stage', 'staging', '-m', 'worse'],
    ...{ ...writing, writes: `${FRAUD}/stages/staging/stage.yaml` },
  },
  { words: ['hold', 'fraud@v2', '-m', 'leaks'], ...writing, writes: `${FRAUD}/versions/v2/holds/1.yaml` },
  { words: ['release', 'score@v1', '-m', 'fixed'], ...writing, writes: 'registry/score/versions/v1/holds/2.yaml' },
  {
    words: ['freeze', 'fraud', '--stage', 'prod', '--until', '2h', '-m', 'holidays'],
    ...{ ...writing, writes: 'policies/freezes/2.yaml' },
  },
  { words: ['unfreeze', '1', '-m', 'back'], ...writing, writes: 'policies/freezes/2.yaml' },
  { words: ['audit'], diagnoses: true },
  { words: ['trust', 'accept-history', '--yes'], asksServer: true },
  { words: ['verify'] },
  { words: ['verify', 'fraud'] },
  { words: ['hooks', 'install'], diagnoses: true },
  { words: ['doctor', '--offline'], diagnoses: true },
  { words: ['completion', 'bash'], standsAlone: true, plain: true },
];

/** Commands that git and shells call, whose answers are not for people; their own tests hold them to it. */
export const CALLED_BY_PROGRAMS: readonly string[] = ['hook pre-commit', 'hook pre-receive', 'complete'];

/** Needs evidence that was measured; its own tests meet it with bad input. */
export const NEEDS_MEASURED: readonly string[] = ['evidence replay'];

/** What tells one line from another in a report. */
export function nameOf({ words }: CommandLine): string {
  return words.join(' ');
}
