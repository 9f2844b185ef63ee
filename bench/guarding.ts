import { timeMreg, type Row } from './measurements.ts';
import { MREG, type BenchRegistry } from './registry.ts';
import { runCommand } from './timing.ts';

/** Fewer steps a second than this, and a nightly audit of a busy year would not be over by the morning. */
const STEPS_PER_SECOND = 300;
const SECOND_VERIFY_MS = 2000;

/** A replay of the whole history, and one that finds nothing new. */
export function measureAudit(registry: BenchRegistry): readonly Row[] {
  const { name } = registry.size;
  const judged = countOf(registry, { words: ['audit', '--dry-run'], field: 'judged' });
  return [
    {
      ...row(`mreg audit --full, ${name}`, timeMreg(registry, ['audit', '--full'])),
      atMost: (judged / STEPS_PER_SECOND) * 1000,
    },
    row(`mreg audit again, ${name}`, timeMreg(registry, ['audit'])),
  ];
}

/** Every file of a registry read, and then only what changed: nothing. */
export function measureVerify(registry: BenchRegistry): readonly Row[] {
  const first = timeMreg(registry, ['verify', '--full']);
  const second = timeMreg(registry, ['verify']);
  const files = countOf(registry, { words: ['verify'], field: 'checked' });
  const what = `${String(files)} files`;
  return [
    row(`mreg verify --full, ${what}`, first),
    { ...row(`mreg verify again, ${what}`, second), atMost: SECOND_VERIFY_MS },
  ];
}

function row(what: string, milliseconds: number): Row {
  return { what, values: [milliseconds], unit: 'ms' };
}

function countOf(
  { directory, env }: BenchRegistry,
  asked: { readonly words: readonly string[]; readonly field: string },
): number {
  const text = runCommand({ words: [process.execPath, MREG, ...asked.words, '--json'], cwd: directory, env });
  const count: unknown = (JSON.parse(text) as Readonly<Record<string, unknown>>)[asked.field];
  if (typeof count !== 'number') throw new Error(`mreg ${asked.words.join(' ')} says nothing of ${asked.field}`);
  return count;
}
