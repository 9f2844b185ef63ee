import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectableOf, findGarbage, removeGarbage } from '../../src/artifacts/collect.ts';
import { listArtifacts } from '../../src/artifacts/list.ts';
import type { ArtifactStore, Progress } from '../../src/artifacts/port.ts';
import { pullArtifact } from '../../src/artifacts/pull.ts';
import { pushArtifact, readArtifact } from '../../src/artifacts/push.ts';
import { verifyArtifact } from '../../src/artifacts/verify.ts';
import { type Digest, digestOf } from '../../src/documents/digest.ts';
import { formatManifest } from '../../src/documents/manifest.ts';

type Tamper = (area: 'files' | 'manifests', digest: Digest, bytes: Uint8Array | undefined) => Promise<void>;

/** What differs between stores. */
export interface StoreTraits {
  /** False where files lie inside something larger, such as the layers of an image. */
  readonly keepsFiles: boolean;
}

/** A store under test and the ways in which time and bad disks get at it. `folder` is the test's own, removed afterwards. */
export interface StoreFixture {
  readonly store: ArtifactStore;
  /**
   * Replaces the stored bytes of a file or manifest behind the store's back; undefined removes them. Absent in a store
   * that keeps no files of their own: it brings its own tests of damage.
   */
  readonly tamper?: Tamper;
  /** Makes everything stored so far look `hours` old. */
  age(hours: number): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** Runs what every artifact store must hold to. */
export function describeArtifactStore(
  name: string,
  openFixture: (folder: string) => StoreFixture,
  { keepsFiles }: StoreTraits = { keepsFiles: true },
): void {
  describe(`${name} as an artifact store`, () => {
    let folder: string;
    let fixture: StoreFixture;
    let store: ArtifactStore;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mreg-store-'));
      fixture = openFixture(folder);
      ({ store } = fixture);
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    const tamper: Tamper = async (...change) => {
      if (fixture.tamper === undefined) throw new Error(`${name} has no files of their own to tamper with`);
      await fixture.tamper(...change);
    };
    const source = (files: Record<string, string | Uint8Array>, at = 'source'): Promise<string> =>
      writeFiles(join(folder, at), files);
    const out = (): string => join(folder, 'out');

    describe('push and pull', () => {
      it('gives a folder back byte for byte', async () => {
        const big = Buffer.alloc(2_500_000, 'big');
        const pushed = await pushArtifact(store, await source({ 'a.bin': big, 'sub/deep/b': '', 'sub/c': 'c' }));
        await pullArtifact({ store, key: pushed.key }, { to: out() });
        expect(await readFiles(out())).toEqual({ 'a.bin': big.toString(), 'sub/deep/b': '', 'sub/c': 'c' });
      });

      it('takes a single file for a folder of one', async () => {
        const folderOfOne = await source({ 'model.onnx': 'bytes' });
        const file = await pushArtifact(store, join(folderOfOne, 'model.onnx'));
        expect(file.manifest.files).toEqual([{ path: 'model.onnx', size: 5, digest: digestOf('bytes') }]);
        expect(file.digest).toBe((await pushArtifact(store, folderOfOne)).digest);
      });

      it('names the artifact by the digest of its manifest', async () => {
        const pushed = await pushArtifact(store, await source({ a: 'a', b: 'b' }));
        expect(pushed.digest).toBe(digestOf(formatManifest(pushed.manifest.files)));
        expect(pushed.uri).toBe(store.uriOf(pushed.key));
        expect(await store.readManifest(pushed.key)).toEqual(pushed.manifest);
      });

      it('gives the same digest before, during and after the push, and from the pulled folder', async () => {
        const from = await source({ z: '1', 'a/b': '2' });
        const planned = await readArtifact(from);
        const { key } = await pushArtifact(store, from, { dryRun: true });
        expect(await store.has(key).catch(() => false)).toBe(false);
        const pushed = await pushArtifact(store, from);
        await pullArtifact({ store, key: pushed.key }, { to: out() });
        expect([pushed.digest, (await readArtifact(out())).digest]).toEqual([planned.digest, planned.digest]);
        expect(await store.has(key)).toBe(true);
      });

      it('stores nothing in a dry run, and says where it would', async () => {
        const from = await source({ a: 'a', b: 'b' });
        const planned = await pushArtifact(store, from, { dryRun: true });
        expect(await store.has(planned.key).catch(() => false)).toBe(false);
        expect(planned).toEqual(await pushArtifact(store, from));
      });

      if (keepsFiles) {
        it('stores the same content once, whatever its path', async () => {
          const big = Buffer.alloc(1_200_000, 1);
          await pushArtifact(store, await source({ a: 'same', b: 'same', c: big }));
          await pushArtifact(store, await source({ d: 'same', e: big }, 'other'));
          expect(await storedFiles(store)).toEqual([digestOf('same'), digestOf(big)].sort());
        });
      }

      it('ends in the same when the same push is made twice, at once', async () => {
        const from = await source(
          Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${String(n)}`, `content ${String(n % 7)}`])),
        );
        const [first, second] = await Promise.all([pushArtifact(store, from), pushArtifact(store, from)]);
        expect(first.digest).toBe(second.digest);
        expect(await verifyArtifact({ store, key: first.key })).toEqual([]);
      });

      it('tells progress up to the totals', async () => {
        const seen: Progress[] = [];
        const from = await source({ a: 'aaa', b: 'bb' });
        const pushed = await pushArtifact(store, from, { onProgress: (done) => seen.push(done) });
        expect(seen.at(-1)).toEqual({ files: 2, bytes: 5, totalFiles: 2, totalBytes: 5 });
        await pushArtifact(store, from, { onProgress: (done) => seen.push(done) });
        expect(seen.at(-1)).toEqual({ files: 2, bytes: 5, totalFiles: 2, totalBytes: 5 });
        await pullArtifact({ store, key: pushed.key }, { to: out(), onProgress: (done) => seen.push(done) });
        expect(seen.at(-1)).toEqual({ files: 2, bytes: 5, totalFiles: 2, totalBytes: 5 });
      });

      it('stops a push on abort, and the next push succeeds', async () => {
        const abort = new AbortController();
        const from = await source({ a: 'aaa', b: 'bb' });
        const stopped = pushArtifact(store, from, {
          signal: abort.signal,
          onProgress: () => {
            abort.abort();
          },
        });
        await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
        const pushed = await pushArtifact(store, from);
        expect(await verifyArtifact({ store, key: pushed.key })).toEqual([]);
      });
    });

    describe('a pull', () => {
      const pushed = async () => pushArtifact(store, await source({ a: 'a', 'sub/b': 'b' }));

      it('of an unknown artifact is refused', async () => {
        await pushed();
        await expect(pullArtifact({ store, key: digestOf('no') }, { to: out() })).rejects.toMatchObject({
          code: 'unknown-artifact',
        });
      });

      it('of another artifact than the version records is refused, and so is verifying it', async () => {
        const { key } = await pushed();
        const wanted = { store, key, artifact: digestOf('another') };
        await expect(pullArtifact(wanted, { to: out() })).rejects.toMatchObject({ code: 'integrity' });
        await expect(verifyArtifact(wanted)).rejects.toMatchObject({ code: 'integrity' });
      });

      it('again into the same folder is done already', async () => {
        const { key } = await pushed();
        await pullArtifact({ store, key }, { to: out() });
        await pullArtifact({ store, key }, { to: out() });
        expect(await readFiles(out())).toEqual({ a: 'a', 'sub/b': 'b' });
      });

      it('takes the place of an empty folder', async () => {
        const { key } = await pushed();
        await mkdir(out());
        await pullArtifact({ store, key }, { to: out() });
        expect(await readFiles(out())).toEqual({ a: 'a', 'sub/b': 'b' });
      });

      it.each([
        ['a changed file', { a: 'x', 'sub/b': 'b' }],
        ['an extra file', { a: 'a', 'sub/b': 'b', c: 'c' }],
        ['a file that a push would leave out', { a: 'a', 'sub/b': 'b', '.DS_Store': '' }],
        ['a missing file', { a: 'a' }],
      ])('into a folder with %s is refused and changes nothing', async (_what, files) => {
        const { key } = await pushed();
        await writeFiles(out(), files);
        await expect(pullArtifact({ store, key }, { to: out() })).rejects.toMatchObject({ code: 'exists' });
        expect(await readFiles(out())).toEqual(files);
      });

      it('onto a file is refused', async () => {
        const { key } = await pushed();
        await writeFile(out(), 'mine');
        await expect(pullArtifact({ store, key }, { to: out() })).rejects.toMatchObject({ code: 'exists' });
        expect(await readFile(out(), 'utf8')).toBe('mine');
      });

      if (keepsFiles) {
        it.each([
          ['changed', Buffer.from('x')],
          ['truncated', Buffer.from('')],
          ['lost', undefined],
        ])('of an artifact with %s bytes is refused and leaves nothing behind', async (_what, bytes) => {
          const { key } = await pushed();
          await tamper('files', digestOf('b'), bytes);
          const before = await readdir(folder);
          await expect(pullArtifact({ store, key }, { to: out() })).rejects.toMatchObject({ code: 'integrity' });
          expect(await readdir(folder)).toEqual(before);
        });
      }

      it('cut off half-way shows nothing under its name, and the next fetches only what is missing', async () => {
        const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`f${String(n)}`, `bytes ${String(n)}`]));
        const { key } = await pushArtifact(store, await source({ ...files, big: Buffer.alloc(600_000, 'b') }));
        const abort = new AbortController();
        const first = watched(store);
        const cut = pullArtifact(
          { store: first.store, key },
          {
            to: out(),
            signal: abort.signal,
            onProgress: ({ files: done }) => {
              if (done === 5) abort.abort();
            },
          },
        );
        await expect(cut).rejects.toMatchObject({ code: 'interrupted' });
        await expect(readdir(out())).rejects.toThrow('ENOENT');
        const second = watched(store);
        await pullArtifact({ store: second.store, key }, { to: out() });
        expect(Object.keys(await readFiles(out()))).toHaveLength(13);
        expect(second.opened.length).toBeLessThanOrEqual(8);
        expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([]);
      });

      it('does not believe what a pull before it has left', async () => {
        const { digest, key } = await pushed();
        const left = join(folder, `.out.mreg-partial-${digest.slice(7)}-0-00000000`);
        await writeFiles(left, { 'whole/a': 'X', 'whole/sub/b': 'b', 'whole/extra': 'planted', 'parts/x': 'y' });
        const { store: seen, opened } = watched(store);
        await pullArtifact({ store: seen, key }, { to: out() });
        expect(await readFiles(out())).toEqual({ a: 'a', 'sub/b': 'b' });
        expect(opened).toEqual(['a']);
      });

      it('removes what pulls of other artifacts to the same place have left, and nobody else’s', async () => {
        const { key } = await pushed();
        const of = (pid: number) => `.out.mreg-partial-${'0'.repeat(64)}-${String(pid)}-00000000`;
        for (const name of [of(0), of(process.pid)]) await writeFiles(join(folder, name), { 'whole/a': 'a' });
        await pullArtifact({ store, key }, { to: out() });
        expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([of(process.pid)]);
      });

      it('goes on in the middle of a file, and begins anew where what is left of it is damaged', async () => {
        const bytes = Buffer.alloc(600_000, 'big');
        const { digest, key } = await pushArtifact(store, await source({ big: bytes }));
        for (const start of [bytes.subarray(0, 400_000), Buffer.alloc(400_000, 'x')]) {
          const left = join(folder, `.out.mreg-partial-${digest.slice(7)}-0-00000000`);
          await writeFiles(left, { [`parts/${digestOf('big').slice(7)}`]: start });
          const { store: seen, froms } = watched(store);
          await pullArtifact({ store: seen, key }, { to: out() });
          expect((await readFile(join(out(), 'big'))).equals(bytes)).toBe(true);
          expect(froms).toEqual(start[0] === bytes[0] && start[1] === bytes[1] ? [400_000] : [400_000, 0]);
          await rm(out(), { recursive: true });
        }
      });

      it('stopped by an abort leaves nothing behind', async () => {
        const { key } = await pushed();
        const before = await readdir(folder);
        const pull = pullArtifact({ store, key }, { to: out(), signal: AbortSignal.abort() });
        await expect(pull).rejects.toMatchObject({ code: 'interrupted' });
        expect(await readdir(folder)).toEqual(before);
      });
    });

    if (keepsFiles) {
      describe('damage', () => {
        const pushed = async () => pushArtifact(store, await source({ a: 'aaa', b: 'bbb', c: 'ccc', copy: 'bbb' }));

        it.each([
          ['changed', Buffer.from('xxx'), digestOf('xxx')],
          ['size', Buffer.from('b'), '1 bytes'],
          ['missing', undefined, 'nothing'],
        ])('of kind %s is found by verify, for each path of the bytes', async (kind, bytes, found) => {
          const { key } = await pushed();
          await tamper('files', digestOf('bbb'), bytes);
          expect(await verifyArtifact({ store, key })).toMatchObject([
            { kind, path: 'b', found },
            { kind, path: 'copy', found },
          ]);
        });

        it('of a manifest is told, also when the new bytes are a fit manifest', async () => {
          const { digest, key } = await pushed();
          await tamper(
            'manifests',
            digest,
            Buffer.from(formatManifest([{ path: 'a', size: 3, digest: digestOf('aaa') }])),
          );
          await expect(verifyArtifact({ store, key })).rejects.toMatchObject({ code: 'integrity' });
          await expect(pullArtifact({ store, key }, { to: out() })).rejects.toMatchObject({ code: 'integrity' });
          await expect(pushed()).rejects.toMatchObject({ code: 'integrity' });
        });

        it('of stored bytes is told by a push of the same bytes', async () => {
          await pushed();
          await tamper('files', digestOf('bbb'), Buffer.from('xxx'));
          await expect(pushed()).rejects.toMatchObject({ code: 'integrity' });
        });

        it('by loss is mended by a push of the same bytes', async () => {
          const { key } = await pushed();
          await tamper('files', digestOf('bbb'), undefined);
          await pushed();
          expect(await verifyArtifact({ store, key })).toEqual([]);
        });

        it('of one manifest hides no other artifact from the list', async () => {
          const { digest } = await pushed();
          const other = await pushArtifact(store, await source({ d: 'dddd' }, 'other'));
          await tamper('manifests', digest, Buffer.from('mreg'));
          const listed = (await collect(listArtifacts(store))).map((each) => [each.digest, each.contents]);
          expect(Object.fromEntries(listed)).toEqual({
            [digest]: undefined,
            [other.digest]: { files: 1, sizeBytes: 4 },
          });
        });
      });
    }

    describe('garbage', () => {
      const two = async () => ({
        kept: await pushArtifact(store, await source({ a: 'shared', b: 'kept' }, 'kept')),
        dropped: await pushArtifact(store, await source({ a: 'shared', b: 'dropped' }, 'dropped')),
      });
      const now = new Date();

      it('is what nobody keeps, and a look removes nothing', async () => {
        const { kept, dropped } = await two();
        await fixture.age(48);
        const garbage = await findGarbage(store, { keep: new Set([kept.key]), now });
        expect(garbage).toMatchObject({
          artifacts: [dropped.key],
          ...(keepsFiles ? { files: [{ digest: digestOf('dropped'), size: 7 }], sizeBytes: 7 } : {}),
        });
        expect(await verifyArtifact({ store, key: dropped.key })).toEqual([]);
      });

      it('is removed without touching what is kept', async () => {
        const { kept, dropped } = await two();
        await fixture.age(48);
        const garbage = await findGarbage(store, { keep: new Set([kept.key]), now });
        expect(await removeGarbage(store, garbage, now)).toEqual(garbage);
        expect(await verifyArtifact({ store, key: kept.key })).toEqual([]);
        expect(await store.has(dropped.key)).toBe(false);
        const left = keepsFiles ? [digestOf('shared'), digestOf('kept')].sort() : [];
        expect(await storedFiles(store)).toEqual(left);
      });

      it('is nothing younger than an hour', async () => {
        await two();
        expect(await findGarbage(store, { keep: new Set(), now })).toMatchObject({ artifacts: [], files: [] });
      });

      if (keepsFiles) {
        it('is a file whose push never came to its manifest, once it is old', async () => {
          const killed = await pushArtifact(store, await source({ a: 'unfinished', b: 'other' }));
          await tamper('manifests', killed.digest, undefined);
          expect((await findGarbage(store, { keep: new Set(), now })).files).toEqual([]);
          await fixture.age(2);
          expect((await findGarbage(store, { keep: new Set(), now })).files).toHaveLength(2);
        });
      }

      it('is no longer garbage once it was pushed again', async () => {
        const { dropped } = await two();
        await fixture.age(48);
        const garbage = await findGarbage(store, { keep: new Set(), now });
        await pushArtifact(store, join(folder, 'dropped'));
        const gone = await removeGarbage(store, garbage, now);
        expect(gone.artifacts).not.toContain(dropped.key);
        expect(gone.files.map(({ digest }) => digest)).toEqual(keepsFiles ? [digestOf('kept')] : []);
        expect(await verifyArtifact({ store, key: dropped.key })).toEqual([]);
      });

      if (keepsFiles) {
        it('is not judged when a kept manifest is damaged', async () => {
          const { kept } = await two();
          await tamper('manifests', kept.digest, Buffer.from('mreg'));
          await fixture.age(48);
          await expect(findGarbage(store, { keep: new Set([kept.key]), now })).rejects.toMatchObject({
            code: 'integrity',
          });
        });
      }

      if (keepsFiles) {
        it('may be a damaged manifest that nobody keeps', async () => {
          const { dropped } = await two();
          await tamper('manifests', dropped.digest, Buffer.from('mreg'));
          await fixture.age(48);
          const { artifacts } = await findGarbage(store, { keep: new Set(), now });
          expect(artifacts).toContain(dropped.digest);
        });
      }
    });
  });
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function storedFiles(store: ArtifactStore): Promise<readonly Digest[]> {
  const stored = await collect(collectableOf(store).listFiles());
  return stored.map(({ digest }) => digest).sort();
}

/** Writes `files` (path to content) below `root` and returns `root`. */
export async function writeFiles(root: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

/** Returns every file below `root` as text, by path. */
export async function readFiles(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = paths.map(async (path) => [path.slice(root.length + 1), await readFile(path, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

export const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS);

/** The same store, and what was read of it. */
function watched(store: ArtifactStore): { store: ArtifactStore; opened: string[]; froms: number[] } {
  const [opened, froms]: [string[], number[]] = [[], []];
  return {
    opened,
    froms,
    store: {
      url: store.url,
      uriOf: (key) => store.uriOf(key),
      has: (key) => store.has(key),
      readManifest: (key) => store.readManifest(key),
      sizeOf: (key, file) => store.sizeOf(key, file),
      write: (files, options) => store.write(files, options),
      open: (key, file, options) => {
        opened.push(file.path);
        froms.push(options?.from ?? 0);
        return store.open(key, file, options);
      },
    },
  };
}
