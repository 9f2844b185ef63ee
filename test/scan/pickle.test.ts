import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ScanFinding } from '../../src/scan/finding.ts';
import { isHarmless } from '../../src/scan/pickle-allowed.ts';
import { readPickles, type PickleReport } from '../../src/scan/pickle.ts';
import { examine } from '../../src/unpack/examine.ts';
import { memoryAccess } from '../../src/unpack/random-access.ts';

const golden = new Map(
  Object.entries(JSON.parse(readFileSync('test/golden/scan/pickles.json', 'utf8')) as Record<string, string>).map(
    ([name, text]) => [name, inflateSync(Buffer.from(text, 'base64'))],
  ),
);

const ALL_PROTOCOLS = [0, 1, 2, 3, 4, 5];

/** The names of what is unsafe in each file that Python wrote; what is harmless has none. */
const EXPECTED: readonly (readonly [name: string, unsafe: readonly string[]])[] = [
  ...ALL_PROTOCOLS.map((protocol) => [`plain protocol ${protocol}`, []] as const),
  ...ALL_PROTOCOLS.map((protocol) => [`arrays protocol ${protocol}`, []] as const),
  ...ALL_PROTOCOLS.map((protocol) => [`system protocol ${protocol}`, ['posix.system']] as const),
  ['system deep inside', ['posix.system']],
  ['eval of a pickle in a pickle', ['_pickle.loads']],
  ['an old class by INST', ['os.system']],
  ['OBJ', ['os.system']],
  ['names fetched from the memo', ['os.system']],
  ['a name put over another', ['os.system']],
  ['a name under an index far away', ['os.system']],
  ['a module in escapes', ['?.system']],
  ['a dotted walk through an allowed module', ['sklearn.tree._classes.os.system']],
  ['an import behind the first pickle', ['posix.system']],
  ['an import behind a broken frame', ['os.system']],
  ['an extension code', ['?.?']],
  ['a persistent id', []],
  ['a buffer outside', []],
  ['joblib', []],
  ['joblib by zlib', []],
  ['joblib with system behind its arrays', ['posix.system']],
  ['npy of objects', ['posix.system']],
  ['npy of numbers', []],
  ['npz of objects', ['posix.system']],
  ['zip as torch writes it', []],
  ['zip with system', ['posix.system']],
  ['zip with system under another name', ['posix.system']],
  ['zip in a zip', ['posix.system']],
  ['torch before zip', []],
  ['torch before zip with system', ['posix.system']],
];

describe('pickles that Python wrote', () => {
  it.each(EXPECTED)('%s: %j', async (name, unsafe) => {
    const { findings } = await examined(golden.get(name)!, name.includes('joblib') ? 'model.joblib' : 'file');
    expect(findings.map(({ rule }) => rule)).toEqual(unsafe.length > 0 ? ['unsafe-pickle'] : []);
    for (const spelt of unsafe) expect(findings[0]!.message).toContain(`imports ${spelt}`);
  });

  it('are all expected above', () => {
    expect([...golden.keys()].toSorted()).toEqual(EXPECTED.map(([name]) => name).toSorted());
  });

  it('read the same whatever the chunks are', () => {
    for (const name of ['arrays protocol 0', 'arrays protocol 4', 'joblib', 'names fetched from the memo']) {
      const bytes = golden.get(name)!;
      expect(report(bytes, 1), name).toEqual(report(bytes, bytes.length));
    }
  });

  it('are unsafe when they are cut anywhere', () => {
    const bytes = golden.get('arrays protocol 4')!;
    for (let length = 0; length < bytes.length - 1; length += 7) {
      expect(report(bytes.subarray(0, length), 4096).fault, String(length)).toBeDefined();
    }
  });
});

describe('a pickle that is malformed', () => {
  it.each([
    ['nothing', ''],
    ['no opcode', '\xff.'],
    ['an empty stack', '.'],
    ['a missing mark', 'N0t.'],
    ['an entry that the memo lacks', 'h\x05.'],
    ['an index that is no number', 'Npx\n.'],
    ['an index that is nothing', 'Np\n.'],
    ['a length beyond all files', '\x8d\xff\xff\xff\xff\xff\xff\xff\xff.'],
    ['a length beyond the file', 'X\xff\xff\xff\x7f.'],
    ['junk behind its end', 'N.junk'],
  ])('is one: %s', (_, text) => {
    expect(report(Buffer.from(text, 'latin1'), 4).fault).toBeDefined();
  });

  it('tells what was imported before the fault', async () => {
    const { findings } = await examined(Buffer.from("cos\nsystem\n(S'true'\ntR\xff", 'latin1'), 'a.pkl');
    expect(findings.map(({ rule }) => rule)).toEqual(['unsafe-pickle', 'malformed-pickle']);
  });

  it('does not hold an array of joblib whose padding pickle would run', () => {
    const bytes = golden.get('joblib with system behind its arrays')!;
    const from = bytes.indexOf('numpy_array_alignment_bytes');
    const changed = Buffer.from(bytes);
    const padding = changed.indexOf(Buffer.from('b', 'latin1'), from + 27) + 1;
    changed[padding] = 'c'.charCodeAt(0);
    expect(report(changed, 4096).fault).toMatch(/padded/);
  });
});

describe('a list of harmless imports', () => {
  it.each([
    ['numpy.core.multiarray _reconstruct', true],
    ['sklearn.linear_model._logistic LogisticRegression', true],
    ['torch._utils _rebuild_tensor_v2', true],
    ['__builtin__ set', true],
    ['builtins eval', false],
    ['builtins getattr', false],
    ['__builtin__ eval', false],
    ['torch.storage _load_from_bytes', false],
    ['sklearn.tree._classes os.system', false],
    ['sklearn.tree._classes Popen', false],
    ['sklearn.datasets._base Bunch', false],
    ['numpy.testing._private.utils runstring', false],
    ['constructor constructor', false],
    ['? ?', false],
    ['numpy ?', false],
  ])('says of %s: %s', (name, harmless) => {
    expect(isHarmless(name)).toBe(harmless);
  });
});

function report(bytes: Uint8Array, size: number): PickleReport {
  const reader = readPickles();
  let state = reader.next();
  for (let at = 0; at < bytes.length && state.done !== true; at += size)
    state = reader.next(bytes.subarray(at, at + size));
  if (state.done !== true) state = reader.next(undefined);
  if (state.done !== true) throw new Error('the reader asks for more after the end');
  return state.value;
}

async function examined(bytes: Uint8Array, path: string): Promise<{ findings: ScanFinding[]; pickles: string[] }> {
  const found = { findings: [] as ScanFinding[], pickles: [] as string[] };
  await examine(memoryAccess(bytes), path, {
    onFinding: (finding) => found.findings.push(finding),
    onPickle: (pickle) => found.pickles.push(pickle),
    listen: () => ({ write: async () => undefined, end: async () => undefined }),
  });
  return found;
}
