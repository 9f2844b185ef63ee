import { defineConfig } from 'vitest/config';

const onCi = process.env['CI'] !== undefined && process.env['CI'] !== '';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Generous, because a loaded machine is slow and a test that hangs is rare.
    testTimeout: 180_000,
    hookTimeout: 30_000,
    // The machine-readable report is what .ci/run takes the last line's numbers from.
    reporters: onCi ? ['default', 'json'] : ['default'],
    outputFile: { json: 'node_modules/.cache/mreg/vitest.json' },
  },
});
