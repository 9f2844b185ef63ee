import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { patternOf } from '../../src/data/find-files.ts';
import { digestOf } from '../../src/documents/digest.ts';
import type { MeasurementOutput } from '../../src/report/output-schemas.ts';
import { writeQuery } from '../support/data-files.ts';
import { temporaryDirectory } from '../support/git.ts';
import { testOutside } from '../support/outside.ts';
import { startS3Server } from '../support/s3-server.ts';

describe('data in a bucket', () => {
  it('are measured as those of the same files here, and leave nothing behind', async () => {
    const cwd = temporaryDirectory('mreg-fetch');
    const server = await startS3Server(join(cwd, 'buckets'), 'plain');
    onTestFinished(() => server.stop());
    await server.makeBucket('data');
    const rows = `SELECT i / 60.0 AS p, CAST(i >= 30 AS INTEGER) AS y FROM range(60) t(i)`;
    const bytes = readFileSync(await writeQuery(join(cwd, 'p.parquet'), rows));
    const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3');
    const client = new S3Client({
      endpoint: server.env['AWS_ENDPOINT_URL_S3']!,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    });
    onTestFinished(() => client.destroy());
    for (const Key of ['day/1.parquet', 'day/2.parquet', 'day/notes.txt', 'other/3.parquet'])
      await client.send(new PutObjectCommand({ Bucket: 'data', Key, Body: bytes }));
    const temporary = temporaryDirectory('mreg-fetch-temporary');
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    const ask = async (source: string) => {
      const { outside, printed } = testOutside({ cwd, home: cwd, env: server.env });
      const code = await run(outside, ['evaluate', source, '--label', 'y', '--score', 'p', '--json']);
      expect(readdirSync(temporary)).toEqual([]);
      return { code, found: JSON.parse(printed.stdout) as MeasurementOutput };
    };
    const one = await ask('s3://data/day/1.parquet');
    expect(one.found.inputs).toMatchObject([{ source: 's3://data/day/1.parquet', rows: 60, digest: digestOf(bytes) }]);
    const listed = ['1', '2'].map((name) => `${digestOf(bytes).slice(7)}  ${name}.parquet\n`).join('');
    expect((await ask('s3://data/day/*.parquet')).found.inputs).toMatchObject([
      { files: 2, rows: 120, digest: digestOf(listed) },
    ]);
    expect(await ask('s3://data/day/9*.parquet')).toMatchObject({ code: 2 });
    expect(await ask('s3://data/../etc/passwd')).toMatchObject({ code: 2 });
  });

  it.each([
    ['day/*.parquet', 'day/1.parquet', true],
    ['day/*.parquet', 'day/deep/1.parquet', false],
    ['**/*.parquet', 'a/b/1.parquet', true],
    ['**/*.parquet', '1.parquet', true],
    ['day/**', 'day/deep/1.parquet', true],
    ['day/**', 'night/1.parquet', false],
    ['a.b', 'aXb', false],
    ['day/?.csv', 'day/1.csv', true],
  ])('are named by patterns: %s and %s', (pattern, name, expected) => {
    expect(patternOf(pattern).test(name)).toBe(expected);
  });
});
