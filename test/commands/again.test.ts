import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeRegistry, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

const withThree = template(async (home) => {
  const registry = await makeRegistry({ home });
  for (const version of ['v1', 'v2', 'v3']) {
    await registerVersion(registry, 'fraud');
    mustSucceed(await registry.mreg(['promote', `fraud@${version}`, '--to', 'staging']));
  }
  return registry;
});

function standing(registry: TestRegistry): string | undefined {
  const text = readFileSync(join(registry.directory, 'registry/fraud/stages/staging/stage.yaml'), 'utf8');
  return /^ {2}version: (v\d+)$/m.exec(text)?.[1];
}

async function json(registry: TestRegistry, ...words: string[]): Promise<unknown> {
  return JSON.parse(mustSucceed(await registry.mreg([...words, '--json'])).stdout);
}

describe('a rollback that is run again', () => {
  const back = ['rollback', 'fraud', '--stage', 'staging', '-m'];

  it.each([[[]], [['--no-hold']]])(
    'with %j says that it is done, and goes back further for another reason',
    async (flags) => {
      const registry = await withThree();
      expect(await json(registry, ...back, 'bad\nnews', ...flags)).toMatchObject({
        version: 'v2',
        state: 'rolled-back',
      });
      expect(await json(registry, ...back, 'bad news', ...flags)).toMatchObject({
        version: 'v2',
        from: 'v3',
        state: 'already',
      });
      expect(standing(registry)).toBe('v2');
      mustSucceed(await registry.mreg([...back, 'v2 is bad, too', ...flags]));
      expect(standing(registry)).toBe('v1');
    },
  );

  it('is no repetition once the stage has moved on', async () => {
    const registry = await withThree();
    mustSucceed(await registry.mreg([...back, 'bad']));
    await registerVersion(registry, 'fraud');
    mustSucceed(await registry.mreg(['promote', 'fraud@v4', '--to', 'staging']));
    expect(await json(registry, ...back, 'bad')).toMatchObject({ from: 'v4', version: 'v2', state: 'rolled-back' });
  });
});

describe('a registration that is run again', () => {
  it('says that it is done, and makes a version where anything differs', async () => {
    const registry = await makeRegistry();
    writeFileSync(join(registry.home, 'model.onnx'), 'weights');
    writeFileSync(join(registry.home, 'metrics.json'), '{"auc": 0.9}');
    const words = ['register', 'fraud', '../model.onnx', '--metrics', '../metrics.json'];
    expect(await json(registry, ...words, '--param', 'depth=3')).toMatchObject({ version: 'v1', state: 'registered' });
    expect(await json(registry, ...words, '--param', 'depth=3')).toMatchObject({ version: 'v1', state: 'already' });
    expect(await json(registry, ...words, '--param', 'depth=4')).toMatchObject({ version: 'v2', state: 'registered' });
    writeFileSync(join(registry.home, 'metrics.json'), '{"auc": 0.8}');
    expect(await json(registry, ...words, '--param', 'depth=4')).toMatchObject({ version: 'v3', state: 'registered' });
    writeFileSync(join(registry.home, 'model.onnx'), 'other weights');
    expect(await json(registry, ...words, '--param', 'depth=4')).toMatchObject({ version: 'v4', state: 'registered' });
  });
});
