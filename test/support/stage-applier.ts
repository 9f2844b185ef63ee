import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { StageDocument } from '../../src/documents/kinds/stage.ts';
import type { ModelServer } from './model-server.ts';
import type { SplittingProxy } from './splitting-proxy.ts';

/** What follows a stage: as Argo CD or Flux would, it makes what runs be what git says. */
export interface StageApplier {
  /** Fetches, and applies the stage if it is another one than before; returns it. */
  readonly apply: () => Promise<StageDocument>;
}

/** Follows a stage file in a clone that is nobody else's. */
export function followStage(given: {
  readonly clone: string;
  /** Of the stage file, in the repository. */
  readonly path: string;
  readonly branch: string;
  readonly env: NodeJS.ProcessEnv;
  readonly proxy: SplittingProxy;
  readonly servers: { readonly blue: ModelServer; readonly green: ModelServer };
}): StageApplier {
  const { clone, path, branch, env, proxy, servers } = given;
  const git = (...words: readonly string[]): void => {
    const { status, stderr } = spawnSync('git', ['-C', clone, ...words], { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
  };
  let applied = '';
  return {
    apply: async () => {
      git('fetch', '-q', 'origin', branch);
      git('checkout', '-q', '--detach', 'FETCH_HEAD');
      const text = await readFile(join(clone, path), 'utf8');
      const stage = parse(text) as StageDocument;
      if (text === applied) return stage;
      const { blue, green } = stage.spec.slots;
      servers.blue.serve(blue.version);
      servers.green.serve(green.version);
      await proxy.reload({ blue, green });
      applied = text;
      return stage;
    },
  };
}
