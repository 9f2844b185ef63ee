import { buildSync } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const { outputFiles } = buildSync({
  entryPoints: ['src/doors/watchdog.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const source = outputFiles[0]?.text ?? '';

function ends(program: string): {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stderr: string;
} {
  const args = ['--input-type=module', '--eval', `${source}\n${program}`];
  const { status, signal, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
  return { status, signal, stderr };
}

describe('endAfter', () => {
  it('ends a program that waits for ever', () => {
    const program = `endAfter({ afterMs: 1, message: 'too late' }); setInterval(() => {}, 1000);`;
    expect(ends(program)).toEqual({ status: 1, signal: null, stderr: 'too late\n' });
  });

  it('ends a program that never comes back to its event loop', () => {
    expect(ends(`endAfter({ afterMs: 1, message: 'too late' }); for (;;);`)).toMatchObject({ signal: 'SIGKILL' });
  });

  it('keeps nothing alive that is done', () => {
    expect(ends(`endAfter({ afterMs: 3_600_000, message: 'too late' });`)).toEqual({
      status: 0,
      signal: null,
      stderr: '',
    });
  });
});
