import { execFile } from 'node:child_process';
import { promises } from 'node:fs';
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Disk } from '../../src/artifacts/disk.ts';
import { localLayout } from '../../src/artifacts/local-layout.ts';
import { openLocalStore } from '../../src/artifacts/local-store.ts';
import { findGarbage, removeGarbage } from '../../src/artifacts/collect.ts';
import { pullArtifact } from '../../src/artifacts/pull.ts';
import { pushArtifact } from '../../src/artifacts/push.ts';
import { digestOf } from '../../src/documents/digest.ts';
import { describeArtifactStore, hoursAgo, readFiles, writeFiles } from '../contracts/artifact-store.contract.ts';

const run = promisify(execFile);
const areaOf = { files: 'blobs', manifests: 'manifests' } as const;

describeArtifactStore('the local store', (folder) => {
  const root = join(folder, 'store');
  const layout = localLayout(root);
  return {
    store: openLocalStore(root),
    tamper: async (area, digest, bytes) => {
      const path = layout.pathOf(areaOf[area], digest);
      await rm(path, { force: true });
      if (bytes !== undefined) await writeFile(path, bytes);
    },
    age: async (hours) => {
      for (const path of Object.keys(await readFiles(root)))
        await utimes(join(root, path), hoursAgo(hours), hoursAgo(hours));
    },
  };
});

describe('the local store', () => {
  let folder: string;
  let root: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mreg-local-'));
    root = join(folder, 'store');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const source = (files: Record<string, string | Uint8Array>) => writeFiles(join(folder, 'source'), files);
  const leftovers = () => readdir(join(root, 'v1', 'tmp'));

  it('places bytes by their digest alone, for reading only', async () => {
    const { digest } = await pushArtifact(openLocalStore(root), await source({ a: 'aaa' }));
    const hex = digestOf('aaa').slice(7);
    const manifest = digest.slice(7);
    expect(Object.keys(await readFiles(root)).sort()).toEqual([
      `v1/blobs/sha256/${hex.slice(0, 2)}/${hex}`,
      `v1/manifests/sha256/${manifest.slice(0, 2)}/${manifest}`,
    ]);
    for (const path of Object.keys(await readFiles(root)))
      expect((await stat(join(root, path))).mode & 0o777).toBe(0o444);
  });

  it('stores the bytes apart from the source, which may change afterwards', async () => {
    const from = await source({ a: 'aaa' });
    const store = openLocalStore(root);
    const { key } = await pushArtifact(store, from);
    await writeFile(join(from, 'a'), 'bbb');
    await pullArtifact({ store, key }, { to: join(folder, 'out') });
    expect(await readFiles(join(folder, 'out'))).toEqual({ a: 'aaa' });
  });

  it('writes no byte of large content that it has', async () => {
    const from = await source({ big: Buffer.alloc(1_500_000, 1) });
    await pushArtifact(openLocalStore(root), from);
    const { disk, opened } = watchedDisk();
    await pushArtifact(openLocalStore(root, { disk }), from);
    expect(opened.filter((path) => path.includes('/v1/tmp/'))).toEqual([]);
  });

  it('stores other content of a size that it has seen', async () => {
    const store = openLocalStore(root);
    await pushArtifact(store, await source({ big: Buffer.alloc(1_500_000, 1) }));
    const second = await pushArtifact(store, await source({ big: Buffer.alloc(1_500_000, 2) }));
    const [file] = second.manifest.files;
    expect(file).toMatchObject({ digest: digestOf(Buffer.alloc(1_500_000, 2)) });
    expect(file && (await store.sizeOf(second.key, file))).toBe(1_500_000);
    expect(await store.has(second.key)).toBe(true);
  });

  it.each(['with', 'without'])(
    'tells large corrupt content that is pushed again, %s its hint, and leaves nothing',
    async (hint) => {
      const big = Buffer.alloc(1_500_000, 1);
      const from = await source({ big });
      await pushArtifact(openLocalStore(root), from);
      const path = localLayout(root).pathOf('blobs', digestOf(big));
      await rm(path);
      await writeFile(path, 'xxx');
      if (hint === 'without') await rm(join(root, 'v1', 'sizes'), { recursive: true });
      await expect(pushArtifact(openLocalStore(root), from)).rejects.toMatchObject({ code: 'integrity' });
      expect(await leftovers()).toEqual([]);
    },
  );

  it('gives stored files second names where links are asked for, and checks them', async () => {
    const store = openLocalStore(root);
    const { key } = await pushArtifact(store, await source({ a: 'aaa' }));
    await pullArtifact({ store, key }, { to: join(folder, 'out'), link: true });
    expect((await stat(join(folder, 'out', 'a'))).ino).toBe(
      (await stat(localLayout(root).pathOf('blobs', digestOf('aaa')))).ino,
    );
  });

  it('is not taken for empty when its folder is gone', async () => {
    await expect(openLocalStore(root).has(digestOf('x'))).rejects.toMatchObject({ code: 'unreadable' });
  });

  it('leaves only young leftovers of interrupted pushes', async () => {
    const store = openLocalStore(root);
    await pushArtifact(store, await source({ a: 'a' }));
    const temporary = join(root, 'v1', 'tmp');
    await writeFile(join(temporary, 'old'), 'xx');
    await utimes(join(temporary, 'old'), hoursAgo(25), hoursAgo(25));
    await writeFile(join(temporary, 'young'), 'xx');
    await utimes(join(temporary, 'young'), hoursAgo(23), hoursAgo(23));
    const now = new Date();
    const garbage = await findGarbage(store, { keep: new Set(), now });
    expect(garbage.leftovers).toEqual([{ name: 'old', size: 2 }]);
    await removeGarbage(store, garbage, now);
    expect(await leftovers()).toEqual(['young']);
  });

  describe('when the disk fails', () => {
    const failures = [
      ['ENOSPC', 'no space'],
      ['EDQUOT', 'no space'],
      ['EIO', 'device failed'],
      ['EROFS', 'read-only'],
      ['EMFILE', 'too many files'],
      ['EACCES', 'permission'],
    ] as const;

    it.each(failures)('with %s while writing, says so and leaves no partial file', async (system, says) => {
      const disk = failingDisk({ system, call: 'write' });
      const push = pushArtifact(openLocalStore(root, { disk }), await source({ a: 'aaa', b: 'bbb' }));
      await expect(push).rejects.toMatchObject({ code: 'disk', message: expect.stringContaining(says) as string });
      expect(await leftovers()).toEqual([]);
      expect(Object.keys(await readFiles(root))).toEqual([]);
    });

    it.each(['sync', 'open', 'rename', 'mkdir'] as const)('in %s, stores nothing and leaves nothing', async (call) => {
      const disk = failingDisk({ system: 'EIO', call });
      const push = pushArtifact(openLocalStore(root, { disk }), await source({ a: 'aaa' }));
      await expect(push).rejects.toMatchObject({ code: 'disk' });
      expect(Object.keys(await readFiles(folder)).filter((path) => path.startsWith('store/'))).toEqual([]);
    });

    it.each(['rename', 'sync'] as const)('in %s, leaves nothing of large content', async (call) => {
      const disk = failingDisk({ system: 'EIO', call });
      const push = pushArtifact(openLocalStore(root, { disk }), await source({ big: Buffer.alloc(1_500_000, 1) }));
      await expect(push).rejects.toMatchObject({ code: 'disk' });
      expect(await leftovers()).toEqual([]);
    });

    it('while looking, does not take the failure for "absent"', async () => {
      const { key } = await pushArtifact(openLocalStore(root), await source({ a: 'aaa' }));
      const store = openLocalStore(root, { disk: failingDisk({ system: 'EMFILE', call: 'stat' }) });
      await expect(store.has(key)).rejects.toMatchObject({ code: 'disk' });
      const file = { path: 'a', size: 3, digest: digestOf('aaa') };
      await expect(store.sizeOf(key, file)).rejects.toMatchObject({ code: 'disk' });
    });

    it('in a pull, leaves nothing under the name and nothing beside it', async () => {
      const store = openLocalStore(root);
      const { key } = await pushArtifact(store, await source({ a: 'aaa' }));
      const before = await readdir(folder);
      const pull = pullArtifact(
        { store, key },
        {
          to: join(folder, 'out'),
          disk: failingDisk({ system: 'ENOSPC', call: 'write' }),
        },
      );
      await expect(pull).rejects.toMatchObject({ code: 'disk' });
      expect(await readdir(folder)).toEqual(before);
    });
  });

  describe('a source', () => {
    const push = (from: string) => pushArtifact(openLocalStore(root), from);

    it('that is a symbolic link itself is followed', async () => {
      const from = await source({ a: 'aaa' });
      await symlink(from, join(folder, 'alias'));
      expect((await push(join(folder, 'alias'))).manifest.files).toMatchObject([{ path: 'a' }]);
    });

    it.each([
      ['a symbolic link to a file', (from: string) => symlink('/etc/passwd', join(from, 'x')), 'symbolic link'],
      ['a symbolic link to a folder', (from: string) => symlink('/etc', join(from, 'x')), 'symbolic link'],
      ['a pipe', (from: string) => run('mkfifo', [join(from, 'x')]), 'pipe'],
      ['case twins', (from: string) => writeFiles(from, { x: '', X: '' }), 'beside'],
      ['Unicode twins', (from: string) => writeFiles(from, { 'e\u0301': '', '\u00e9': '' }), 'beside'],
      ['a device name', (from: string) => writeFiles(from, { 'aux.txt': '' }), 'device'],
      ['a newline in a name', (from: string) => writeFiles(from, { 'a\nb': '' }), 'control'],
      [
        'a name that is not UTF-8',
        (from: string) => promises.writeFile(Buffer.concat([Buffer.from(`${from}/`), Buffer.from([0xff])]), ''),
        'undecodable',
      ],
    ])('with %s is refused before anything is stored', async (_what, add, says) => {
      const from = await source({ a: 'aaa' });
      await add(from);
      await expect(push(from)).rejects.toMatchObject({
        code: 'bad-file',
        message: expect.stringContaining(says) as string,
      });
      await expect(stat(root)).rejects.toThrow('ENOENT');
    });

    it('that holds no file is refused', async () => {
      await mkdir(join(folder, 'empty', 'sub'), { recursive: true });
      await expect(push(join(folder, 'empty'))).rejects.toMatchObject({ code: 'bad-file' });
    });

    it('that is not there is told', async () => {
      await expect(push(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'bad-file' });
    });

    it.each([
      ['grows', (path: string) => writeFile(path, 'more', { flag: 'a' })],
      ['is written in place', (path: string) => writeFile(path, 'bbb')],
      ['is truncated', (path: string) => writeFile(path, '')],
    ])('that %s while it is read is refused', async (_what, change) => {
      const from = await source({ a: 'aaa' });
      await utimes(join(from, 'a'), hoursAgo(1), hoursAgo(1));
      const disk = diskThat({ afterReadOf: join(from, 'a'), does: () => change(join(from, 'a')) });
      await expect(pushArtifact(openLocalStore(root), from, { disk })).rejects.toMatchObject({ code: 'bad-file' });
    });

    it('that turns into a symbolic link after it was looked at is refused', async () => {
      const from = await source({ a: 'aaa' });
      const disk: Disk = {
        ...promises,
        open: async (path, flags, mode) => {
          await rm(String(path), { force: true });
          await symlink('/etc/passwd', String(path));
          return promises.open(path, flags, mode);
        },
      };
      await expect(pushArtifact(openLocalStore(root), from, { disk })).rejects.toMatchObject({ code: 'bad-file' });
    });

    it('leaves out what .mregignore says, and what never belongs in an artifact', async () => {
      const from = await source({
        '.mregignore': '# notes\n*.log\n/top.txt\nruns/\ndocs/**/draft.md\n',
        '.git/config': '',
        '.DS_Store': '',
        'pkg/__pycache__/m.pyc': '',
        'a.log': '',
        'sub/b.log': '',
        'top.txt': '',
        'runs/1': '',
        'docs/draft.md': '',
        'docs/x/y/draft.md': '',
        'sub/top.txt': '',
        'model.bin': '',
        'log.txt': '',
        'sub/runs': '',
        'docs/final.md': '',
      });
      const { manifest } = await push(from);
      expect(manifest.files.map(({ path }) => path)).toEqual([
        'docs/final.md',
        'log.txt',
        'model.bin',
        'sub/runs',
        'sub/top.txt',
      ]);
    });

    it.each(['!keep.log', '[ab].txt', 'a\\b'])('with the line %j in .mregignore is refused', async (line) => {
      await expect(push(await source({ a: '', '.mregignore': line }))).rejects.toMatchObject({ code: 'bad-file' });
    });

    it('that is hard-linked elsewhere is stored as bytes of its own', async () => {
      const from = await source({ a: 'aaa' });
      await link(join(from, 'a'), join(folder, 'twin'));
      const store = openLocalStore(root);
      await pushArtifact(store, from);
      await chmod(join(folder, 'twin'), 0o600);
      await writeFile(join(folder, 'twin'), 'bbb');
      expect(await readFile(localLayout(root).pathOf('blobs', digestOf('aaa')), 'utf8')).toBe('aaa');
    });
  });
});

type FileCall = 'write' | 'sync';

/** A disk on which every call of one kind fails as the system would. */
function failingDisk({
  system,
  call,
}: {
  system: string;
  call: FileCall | 'open' | 'rename' | 'mkdir' | 'stat';
}): Disk {
  const fail = () => Promise.reject(Object.assign(new Error(`${system}: made up`), { code: system }));
  if (call === 'write' || call === 'sync') {
    return {
      ...promises,
      open: handing((file) => {
        file[call] = fail;
      }),
    };
  }
  return { ...promises, [call]: fail };
}

/** A disk that does something behind the reader's back once the first bytes of a file were read. */
function diskThat({ afterReadOf, does }: { afterReadOf: string; does: () => Promise<void> }): Disk {
  return {
    ...promises,
    open: handing((file, path) => {
      if (path !== afterReadOf) return;
      const read = file.read.bind(file) as (...args: unknown[]) => Promise<unknown>;
      let first = true;
      Object.assign(file, {
        read: async (...args: unknown[]) => {
          const result = await read(...args);
          if (first) await does();
          first = false;
          return result;
        },
      });
    }),
  };
}

function watchedDisk(): { disk: Disk; opened: string[] } {
  const opened: string[] = [];
  return {
    opened,
    disk: {
      ...promises,
      open: handing((_file, path) => {
        opened.push(path);
      }),
    },
  };
}

function handing(change: (file: promises.FileHandle, path: string) => void): Disk['open'] {
  return async (path, flags, mode) => {
    const file = await promises.open(path, flags, mode);
    change(file, String(path));
    return file;
  };
}
