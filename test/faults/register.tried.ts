import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeRegistry, registerVersion } from '../support/registry.ts';
import { crashVariants } from './crash.ts';

/** The registration of a folder with metrics, as the second version of a model, struck everywhere. */
export const TRIED = crashVariants({
  name: 'register',
  words: ['register', 'fraud', '../model', '--metrics', '../metrics.json', '--param', 'depth=3'],
  by: 'ann',
  prepare: async (home) => {
    const registry = await makeRegistry({ server: true, home });
    await registerVersion(registry, 'fraud');
    mkdirSync(join(home, 'model'));
    writeFileSync(join(home, 'model', 'model.onnx'), 'weights');
    writeFileSync(join(home, 'model', 'vocabulary.txt'), 'words');
    writeFileSync(join(home, 'metrics.json'), '{"auc": 0.93, "brier": 0.1}');
    return registry;
  },
  expectDone: (registry) => {
    expect(registry.read('registry/fraud/stages/dev/stage.yaml')).toContain('version: v2');
    expect(registry.git('ls-files', 'registry/fraud/versions/v3')).toBe('');
  },
});
