import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/documents/strict-yaml.ts';
import { inputAt } from '../fuzz/mutation.ts';
import { targetOf } from '../fuzz/targets.ts';
import { readsAlike } from './yaml-law.ts';

/** How many texts are tried; `YAML_LAW_RUNS=1000000` for a night. */
const RUNS = Number(process.env['YAML_LAW_RUNS'] ?? 1_500);
const SEED = 20_260_106;

/** Real documents, samples of every kind, and both with pieces changed, repeated and put elsewhere. */
const CORPUS: readonly Uint8Array[] = [
  ...targetOf('yaml').seeds,
  ...Array.from({ length: RUNS }, (_, number) => inputAt(targetOf('yaml'), SEED, number)),
];

/** Reads every text and prints those that mean something else here; true is not 1. */
const PYTHON = `
import json, sys, yaml
loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
def same(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return isinstance(a, bool) == isinstance(b, bool) and a == b
for line in sys.stdin:
    given = json.loads(line)
    try:
        found = yaml.load(given["text"], loader)
        if not same(found, given["value"]): print(repr(given["text"])[:300], "is read as", repr(found)[:300])
    except Exception as error:
        print(repr(given["text"])[:300], "is refused:", " ".join(str(error).split()))
`;

/** Debian's own Python is the one that its package of PyYAML is for. */
const python = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import yaml']).status === 0,
);

describe('what mreg reads as a document', () => {
  it('reads the same in js-yaml, for YAML 1.2 and for 1.1', () => {
    const taken = CORPUS.filter(readsAlike);
    expect(taken.length).toBeGreaterThan(CORPUS.length / 20);
  });

  it.skipIf(python === undefined)(
    'reads the same in libyaml, which kubectl’s and many other parsers descend from',
    () => {
      const lines = CORPUS.flatMap((bytes) => {
        const reading = readYaml(bytes, 'file.yaml');
        const text = Buffer.from(bytes).toString('utf8');
        return reading.ok ? [`${JSON.stringify({ text, value: reading.value })}\n`] : [];
      });
      const { stdout, stderr } = spawnSync(String(python), ['-c', PYTHON], {
        input: lines.join(''),
        encoding: 'utf8',
        env: { ...process.env, PYTHONUTF8: '1' },
        maxBuffer: 64 * 1024 * 1024,
      });
      expect(stderr).toBe('');
      expect(stdout).toBe('');
    },
  );
});
