import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../src/git/memory-repository.ts';
import { readStored } from '../../src/registry/read-file.ts';
import type { Snapshot } from '../../src/registry/snapshot.ts';

const MODEL = `apiVersion: mreg.dev/v1
kind: Model
metadata: {registry: acme-0123456789ab, model: fraud}
spec: {owner: ann@example.org}
`;

async function snapshotWith(files: Readonly<Record<string, string>>): Promise<Snapshot> {
  const objects = memoryRepository();
  const edits = Object.entries(files).map(([path, text]) => [path, Buffer.from(text)] as const);
  return { objects, commit: undefined, tree: await objects.writeTree(undefined, new Map(edits)) };
}

describe('reading the same document again', () => {
  const path = 'registry/fraud/model.yaml';

  it('gives the very same reading, which nobody can change', async () => {
    const snapshot = await snapshotWith({ [path]: MODEL });
    const [first, second] = [await readStored(snapshot, 'Model', path), await readStored(snapshot, 'Model', path)];
    expect(first.ok && second.ok && first.value?.body === second.value?.body).toBe(true);
    const spec = first.ok ? first.value?.body.spec : undefined;
    expect(spec).toEqual({ owner: 'ann@example.org' });
    expect(() => Object.assign(spec ?? {}, { owner: 'eve@example.org' })).toThrow(TypeError);
  });

  it.each([
    ['other bytes', { [path]: MODEL.replace('ann', 'bob') }, path, 'bob@example.org'],
    [
      'the same bytes elsewhere',
      { 'registry/other/model.yaml': MODEL },
      'registry/other/model.yaml',
      'ann@example.org',
    ],
  ])('reads %s anew', async (_, files, at, owner) => {
    const { objects, ...before } = await snapshotWith({ [path]: MODEL });
    await readStored({ ...before, objects }, 'Model', path);
    const repository = objects as ReturnType<typeof memoryRepository>;
    const edits = Object.entries(files).map(([file, text]) => [file, Buffer.from(text)] as const);
    const after = { objects, commit: undefined, tree: await repository.writeTree(undefined, new Map(edits)) };
    const reading = await readStored(after, 'Model', at);
    expect(reading.ok && reading.value?.body.spec.owner).toBe(owner);
    expect(reading.ok && reading.value?.path).toBe(at);
  });

  it('takes the same bytes for another kind as what they are not', async () => {
    const snapshot = await snapshotWith({ [path]: MODEL });
    expect((await readStored(snapshot, 'Model', path)).ok).toBe(true);
    expect(await readStored(snapshot, 'Hold', path)).toMatchObject({ ok: false, refusals: [{ code: 'unknown-kind' }] });
  });
});
