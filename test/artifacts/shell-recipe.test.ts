import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localLayout } from '../../src/artifacts/local-layout.ts';
import { openLocalStore } from '../../src/artifacts/local-store.ts';
import { pushArtifact } from '../../src/artifacts/push.ts';
import { digestOf } from '../../src/documents/digest.ts';
import { formatManifest } from '../../src/documents/manifest.ts';
import { writeFiles } from '../contracts/artifact-store.contract.ts';

const run = promisify(execFile);
const page = await readFile(new URL('../../docs/artifacts.md', import.meta.url), 'utf8');
const recipes = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, recipe]) => recipe ?? '');
const [digestRecipe = '', checkRecipe = ''] = recipes;

describe('the shell recipes of docs/artifacts.md', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mreg-recipe-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const pushed = async () => {
    const files = {
      'b.bin': 'bytes',
      'a/b c': '',
      'a.b': 'x',
      a0: 'y',
      'ünï/模型 \u{1f600}': 'z',
      '\uff21': 'w',
      Z: '1',
      _z: '2',
    };
    const source = await writeFiles(join(folder, 'source'), files);
    const root = join(folder, 'store');
    return { source, root, ...(await pushArtifact(openLocalStore(root), source)) };
  };

  it('compute the digest that mreg computes', async () => {
    const { source, digest } = await pushed();
    const { stdout } = await run('sh', ['-euc', digestRecipe], { cwd: source });
    expect(`sha256:${stdout.trim()}`).toBe(digest);
  });

  it('accept a whole artifact and find a changed byte', async () => {
    const { root, digest } = await pushed();
    const env = { ...process.env, STORE: root, DIGEST: digest.slice('sha256:'.length) };
    await run('sh', ['-euc', checkRecipe], { env });
    const stored = localLayout(root).pathOf('blobs', digestOf('bytes'));
    await chmod(stored, 0o644);
    await writeFile(stored, 'bytez');
    await expect(run('sh', ['-euc', checkRecipe], { env })).rejects.toMatchObject({ code: 1 });
  });

  it('stand on a page whose example is a manifest that mreg writes', () => {
    const files = [
      { path: 'weights/model.onnx', size: 3, digest: digestOf('bar') },
      { path: 'config.json', size: 3, digest: digestOf('foo') },
    ];
    const example = formatManifest(files).replaceAll(/^(?=.)/gm, '    ');
    expect(page).toContain(example);
  });
});
