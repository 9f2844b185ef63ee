import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attempt } from './attempt.ts';
import { inputAt } from './mutation.ts';
import { TARGETS, targetOf } from './targets.ts';

/** The same inputs in every run; `npm run fuzz` is for longer ones. */
const SEED = 1;
const INPUTS = 200;
const FOUND = join(import.meta.dirname, 'found');

describe('no bytes break the reader of', () => {
  it.each(TARGETS.map(({ name }) => name))('%s', async (name) => {
    const target = targetOf(name);
    for (const seed of target.seeds) expect(await attempt(target, seed)).toBeUndefined();
    for (let number = 0; number < INPUTS; number += 1) {
      const error = await attempt(target, inputAt(target, SEED, number));
      expect(error, `npm run fuzz -- ${name} --seed ${String(SEED)} --only ${String(number)}`).toBeUndefined();
    }
  });
});

describe('what was found once stays harmless:', () => {
  it.each(foundCases())('%s', async (file) => {
    const [name = ''] = file.split('/');
    expect(await attempt(targetOf(name), readFileSync(join(FOUND, file)))).toBeUndefined();
  });
});

function foundCases(): readonly string[] {
  const entries = readdirSync(FOUND, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath.slice(FOUND.length + 1), entry.name)).sort();
}

describe('the inputs', () => {
  it('are the same for the same numbers, and others for others', () => {
    const target = targetOf('yaml');
    const inputs = Array.from({ length: 50 }, (_, number) =>
      Buffer.from(inputAt(target, SEED, number)).toString('hex'),
    );
    expect(inputs.map((_, number) => Buffer.from(inputAt(target, SEED, number)).toString('hex'))).toEqual(inputs);
    expect(new Set(inputs).size).toBeGreaterThan(45);
  });

  it('are partly taken by each reader of text that refuses by error, so that not only the first check is tried', () => {
    const refused = ['reference', 'store-url', 'tree', 'commit'].map((name) => {
      const target = targetOf(name);
      return Array.from({ length: 200 }, (_, number) => inputAt(target, SEED, number)).filter((bytes) => {
        try {
          target.run(bytes);
          return false;
        } catch {
          return true;
        }
      }).length;
    });
    for (const count of refused) expect(count).toBeGreaterThan(0);
    for (const count of refused) expect(count).toBeLessThan(200);
  });
});
