import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { openS3Store } from '../../../src/artifacts/s3/s3-store.ts';
import { describeArtifactStore, hoursAgo } from '../../contracts/artifact-store.contract.ts';
import { storeWorld } from '../../support/store-world.ts';
import { type S3Server, startS3Server } from '../../support/s3-server.ts';

describe.each(['plain', 'full'] as const)('a bucket on a %s server', (kind) => {
  let home: string;
  let server: S3Server;
  let buckets = 0;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'mreg-s3-'));
    server = await startS3Server(join(home, 'buckets'), kind);
    for (let n = 1; n <= 60; n += 1) await server.makeBucket(`bucket-${String(n)}`);
  });
  afterAll(async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  });

  describeArtifactStore(
    'a bucket',
    (folder) => {
      const bucket = `bucket-${String((buckets += 1))}`;
      const store = openS3Store(`s3://${bucket}/team/models`, storeWorld(folder, server.env));
      return { store, age: (hours) => server.age(bucket, hoursAgo(hours)) };
    },
    { keepsFiles: false },
  );
});
