import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DockerRegistry, startDockerRegistry } from '../test/support/docker-registry.ts';
import type { Row } from './measurements.ts';
import { runCommand, timeCommand } from './timing.ts';
import { makeBench, MOST_MIB, writeNoise } from './watched.ts';

/** How much slower than the tool that only copies. */
const MOST_TIMES_SKOPEO = 1.3;

/** What is pushed in each round: one file of new bytes. */
export interface ImageSize {
  readonly sizeMiB: number;
  readonly rounds: number;
}

/** Pushing a large file into an OCI registry, against `skopeo copy` of the same bytes into another, and pulling it. */
export async function measureImages(home: string, { sizeMiB, rounds }: ImageSize): Promise<readonly Row[]> {
  const registries = { ours: await startDockerRegistry(), theirs: await startDockerRegistry() };
  const seen = { push: [] as number[], pull: [] as number[], skopeo: [] as number[], peak: [] as number[] };
  try {
    const bench = await makeBench({ home, name: 'images', store: `oci://${registries.ours.host}/bench` });
    for (let round = 0; round < rounds; round += 1) {
      const file = writeNoise(join(home, `weights-${String(round)}`), sizeMiB);
      const pushed = bench.mreg(['artifact', 'push', file]);
      const { uri } = JSON.parse(runCommand(bench.command(['artifact', 'push', file]))) as { uri: string };
      const out = join(home, 'pulled');
      const pulled = bench.mreg(['artifact', 'pull', uri, '--out', out]);
      seen.push.push(pushed.ms);
      seen.pull.push(pulled.ms);
      seen.peak.push(Math.max(pushed.peakMiB, pulled.peakMiB));
      seen.skopeo.push(timeSkopeo(home, uri.slice('oci://'.length), registries.theirs));
      for (const path of [file, out]) rmSync(path, { recursive: true });
    }
  } finally {
    for (const registry of Object.values(registries)) await registry.stop();
  }
  const size = `${String(sizeMiB)} MiB`;
  const times = seen.push.map((ms, round) => ms / (seen.skopeo[round] ?? Number.NaN));
  return [
    { what: `mreg artifact push, ${size}, OCI`, values: seen.push, unit: 'ms' },
    { what: `skopeo copy, ${size}`, values: seen.skopeo, unit: 'ms' },
    { what: 'mreg artifact push ÷ skopeo copy', values: times, unit: '×', atMost: MOST_TIMES_SKOPEO },
    { what: `mreg artifact pull, ${size}, OCI`, values: seen.pull, unit: 'ms' },
    { what: 'memory of a push or pull', values: seen.peak, unit: 'MiB', atMost: MOST_MIB },
  ];
}

/** The same layers out of a folder into a registry that has none of them. */
function timeSkopeo(home: string, image: string, { host }: DockerRegistry): number {
  const folder = join(home, 'image');
  const at = { cwd: home, env: { PATH: process.env['PATH'], HOME: home } };
  const copy = ['skopeo', '--insecure-policy', 'copy', '--preserve-digests'] as const;
  runCommand({ words: [...copy, '--src-tls-verify=false', `docker://${image}`, `dir:${folder}`], ...at });
  const target = `docker://${host}/bench:copy`;
  const ms = timeCommand({ words: [...copy, '--dest-tls-verify=false', `dir:${folder}`, target], ...at });
  rmSync(folder, { recursive: true });
  return ms;
}
