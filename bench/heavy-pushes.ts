import { createHash } from 'node:crypto';
import { objectId } from '../src/git/object-id.ts';
import { formatTree } from '../src/git/tree-object.ts';
import { diceOf } from '../test/fuzz/mutation.ts';

/** A push that is made to cost the server more than it cost its sender. */
export interface HeavyPush {
  readonly name: string;
  /** What it is refused for, among others, at the weight of the test. */
  readonly code: string;
  /** What `git fast-import` reads to make it, on the commit `base`; the branch is `refs/heads/heavy`. */
  stream(base: string): Iterable<Buffer>;
  /** What is pushed where; `heavy` to the protected branch when absent. */
  readonly refspecs?: readonly string[];
}

/** How heavy: 1 is 10 MB of what does not compress, or its like in numbers. */
export type Weight = number;

const MEGABYTES_10 = 10_000_000;
const BRANCH = 'refs/heads/heavy';

/** Returns the pushes, of 10 MB or 10,000 things each at weight 1. */
export function heavyPushes(weight: Weight): readonly HeavyPush[] {
  const bytes = MEGABYTES_10 * weight;
  const things = Math.ceil(10_000 * weight);
  return [
    {
      name: 'one document',
      code: 'too-large',
      stream: (base) =>
        commit(base, [
          [MODEL, noise(bytes)],
          [`${MODEL}.sig`, noise(1_000)],
        ]),
    },
    {
      name: 'documents of 64 KiB',
      code: 'unsigned-commit',
      stream: (base) => commit(base, documents(Math.ceil(bytes / 65_536), 65_536)),
    },
    {
      name: 'small documents',
      code: 'unsigned-commit',
      stream: (base) => commit(base, documents(things * 5, 200)),
    },
    {
      name: 'documents in folders of their own',
      code: 'unsigned-commit',
      stream: (base) =>
        commit(
          base,
          filesIn(things * 2 - 1, (index) => `registry/m${String(index)}/versions/v1/version.yaml`),
        ),
    },
    {
      name: 'files where the format has none',
      code: 'ungoverned-shape',
      stream: (base) =>
        commit(
          base,
          filesIn(things * 10, (index) => `registry/x/${folder(index)}/f${String(index)}`),
        ),
    },
    {
      name: 'evidence of one version',
      code: 'unsigned-commit',
      stream: (base) => commit(base, filesIn(things * 10, evidence)),
    },
    {
      name: 'deep folders',
      code: 'ungoverned-shape',
      stream: (base) => commit(base, deep(Math.min(2_000, things), bytes)),
    },
    { name: 'one tree a thousand times within itself', code: 'too-large', stream: bomb },
    {
      name: 'policies',
      code: 'mixed-change',
      stream: (base) =>
        commit(
          base,
          filesIn(things, (index) => `policies/p${String(index)}.yaml`),
        ),
    },
    {
      name: 'pointers and promotions',
      code: 'unsigned-commit',
      stream: (base) => commit(base, filesIn(things * 2, pointer)),
    },
    { name: 'commits', code: 'unsigned-commit', stream: (base) => commits(base, things) },
    {
      name: 'refs',
      code: 'too-large',
      stream: (base) => refs(base, Math.max(MORE_REFS, things)),
      refspecs: ['refs/many/*:refs/heads/many/*'],
    },
    { name: 'a text of zeros', code: 'too-large', stream: (base) => commit(base, [[MODEL, zeros(bytes * 50)]]) },
  ];
}

/** Fewer are let through. */
const MORE_REFS = 1_001;

const MODEL = 'registry/heavy/model.yaml';

type File = readonly [path: string, content: Buffer];

function folder(index: number): string {
  return `d${String(index % 100)}`;
}

function evidence(index: number): string {
  return `registry/heavy/versions/v1/evidence/offline-${String(index + 1)}.yaml`;
}

function pointer(index: number): string {
  const stage = `registry/m${String(Math.floor(index / 200))}/stages/s${String(Math.floor(index / 2) % 100)}`;
  return `${stage}/${index % 2 === 0 ? 'stage' : 'promotion'}.yaml`;
}

function* documents(count: number, size: number): Iterable<File> {
  for (let index = 0; index < count; index += 1) {
    const text = `apiVersion: mreg.dev/v1\nkind: Model\nspec: {size: ${String(index)}}\n#`;
    yield [
      `registry/heavy-${String(index)}/model.yaml`,
      Buffer.from(text.padEnd(size - 1, noise(size).toString('hex'))),
    ];
  }
}

function* filesIn(count: number, pathOf: (index: number) => string): Iterable<File> {
  for (let index = 0; index < count; index += 1) yield [pathOf(index), noise(50)];
}

function* deep(levels: number, bytes: number): Iterable<File> {
  const size = Math.ceil(bytes / levels);
  for (let level = 1; level <= levels; level += 1) yield [`registry/${'a/'.repeat(level)}f`, noise(size)];
}

/** 100 names in each of five trees, each name the same tree below: ten thousand million files in some kilobytes. */
function* bomb(base: string): Iterable<Buffer> {
  const content = noise(50);
  let entry = { mode: '100644', oid: objectId('blob', content) };
  yield text(`blob\ndata ${String(content.length)}\n`);
  yield content;
  yield text('\n');
  for (let level = 0; level < 5; level += 1) {
    const entries = BOMB_NAMES.map((name) => ({ ...entry, rawName: Buffer.from(name) }));
    // The root of a commit of its own, because that is the only tree that an import writes as it is told.
    yield text(`commit refs/heads/level-${String(level)}\ncommitter A <a@b> 1 +0000\ndata 0\n`);
    for (const { mode, oid, rawName } of entries) yield text(`M ${mode.padStart(6, '0')} ${oid} ${String(rawName)}\n`);
    yield text('\n');
    entry = { mode: '40000', oid: objectId('tree', formatTree(entries)) };
  }
  yield text(`commit ${BRANCH}\ncommitter A <a@b> 1 +0000\ndata 0\nfrom ${base}\n`);
  yield text(`M 040000 ${entry.oid} registry/bomb\n\n`);
}

const BOMB_NAMES = Array.from({ length: 100 }, (_, index) => `m${String(index)}`);

/** Those who add nothing governed come first: each has to be walked before the first that is refused. */
function* commits(base: string, count: number): Iterable<Buffer> {
  for (let index = 1; index < count; index += 1) {
    yield text(`commit ${BRANCH}\ncommitter A <a@b> ${String(index)} +0000\ndata 0\n`);
    if (index === 1) yield text(`from ${base}\n`);
    yield text(`M 100644 inline deploy/n\ndata ${String(String(index).length)}\n${String(index)}\n\n`);
  }
  yield* commit(undefined, [[MODEL, noise(200)]]);
}

function* refs(base: string, count: number): Iterable<Buffer> {
  for (let index = 0; index < count; index += 1) yield text(`reset refs/many/r${String(index)}\nfrom ${base}\n\n`);
}

/** On `base`, or on what the stream has just made. */
function* commit(base: string | undefined, files: Iterable<File>): Iterable<Buffer> {
  yield text(`commit ${BRANCH}\ncommitter A <a@b> 1 +0000\ndata 0\n${base === undefined ? '' : `from ${base}\n`}`);
  for (const [path, content] of files) {
    yield text(`M 100644 inline ${path}\ndata ${String(content.length)}\n`);
    yield content;
    yield text('\n');
  }
  yield text('\n');
}

function text(line: string): Buffer {
  return Buffer.from(line);
}

let drawn = 0;

/** Bytes that do not compress and are never the same twice. */
function noise(size: number): Buffer {
  const dice = diceOf((drawn += 1));
  if (size < 10_000) return Buffer.from(Array.from({ length: size }, () => dice.roll(256)));
  const block = Buffer.from(Array.from({ length: 64 }, () => dice.roll(256)));
  const hashes = Array.from({ length: Math.ceil(size / 64) }, (_, index) =>
    createHash('sha512').update(block).update(String(index)).digest(),
  );
  return Buffer.concat(hashes).subarray(0, size);
}

function zeros(size: number): Buffer {
  return Buffer.alloc(size, 0x30);
}
