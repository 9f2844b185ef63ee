// Tries readers for as long as one likes: npm run fuzz -- [target …] [--seconds 60] [--seed 1] [--only 207]
// Each target runs in a process of its own with little memory, under a watchdog; exit code 1 when anything was found.

import { parseArgs } from 'node:util';
import { lookAfter } from './watch.ts';
import { runInputs, tryFile } from './run-inputs.ts';
import { TARGETS, targetOf } from './targets.ts';

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    progress: { type: 'string' },
    file: { type: 'string' },
  },
});

const [first = ''] = names;
if (flags.file !== undefined) process.exitCode = await tryFile(targetOf(first), flags.file);
else if (flags.progress !== undefined) {
  const seconds = Number(flags.seconds);
  process.exitCode = await runInputs(targetOf(first), { seed: Number(flags.seed), seconds, progress: flags.progress });
} else {
  const chosen = names.length === 0 ? TARGETS : names.map(targetOf);
  const only = flags.only === undefined ? undefined : Number(flags.only);
  let found = 0;
  for (const target of chosen) {
    found += lookAfter(target, { seed: Number(flags.seed), seconds: Number(flags.seconds), only });
  }
  process.exitCode = found === 0 ? 0 : 1;
}
