import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowsReader } from '../../src/commands/telemetry-rows.ts';
import { temporaryDirectory } from '../support/git.ts';

const LINES = [
  { at: '2026-01-04 10:00:30', n: 10, hits: 1 },
  { at: '2026-01-04 10:01:00', n: 12, hits: null },
];

describe('rows for telemetry', () => {
  const read = async (query: string, databases: readonly string[] = []) => {
    const cwd = temporaryDirectory('mreg-rows');
    writeFileSync(join(cwd, 'clicks.jsonl'), LINES.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const request = { what: 'wh', query, files: 'clicks.jsonl', databases, signal: new AbortController().signal };
    return rowsReader({ cwd })(request);
  };

  it.each(['CAST("at" AS TIMESTAMP)', 'CAST("at" AS TIMESTAMPTZ)', 'epoch_ms(CAST("at" AS TIMESTAMP))'])(
    'have %s in milliseconds',
    async (at) => {
      const rows = await read(`SELECT ${at} AS "at", n, hits FROM data ORDER BY 1;`);
      expect([...rows.keys()]).toEqual(['at', 'n', 'hits']);
      const [first = 0] = rows.get('at')!;
      expect(first % 60_000).toBe(30_000);
      expect([...rows.get('n')!, ...rows.get('hits')!]).toEqual([10, 12, 1, Number.NaN]);
    },
  );

  it('tell a query that cannot be run, and no database', async () => {
    await expect(read('SELECT nothing FROM data')).rejects.toMatchObject({ code: 'bad-file' });
    const wrong = read('SELECT 1', ['hunter2']);
    await expect(wrong).rejects.toMatchObject({ code: 'usage', message: expect.not.stringContaining('hunter2') });
  });
});
