import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../src/git/memory-repository.ts';
import type { Repository } from '../../src/git/port.ts';
import { findStandingStages, NOTHING_FOUND, standingIn } from '../../src/registry/find-rollouts.ts';
import { formatStage, nextStage } from '../../src/registry/next-stage.ts';
import { stagePath } from '../../src/documents/paths.ts';
import type { ModelVersionDocument } from '../../src/documents/kinds/model-version.ts';
import type { Snapshot } from '../../src/registry/snapshot.ts';

const STAGES = ['dev', 'staging', 'prod'];

/** The pointer of a stage that a first version stands in. */
function pointer(model: string, stage: string, version = 'v1'): string {
  const document = {
    metadata: { registry: 'acme-000000000000', model, version },
    spec: { artifact: { digest: `sha256:${'a'.repeat(64)}`, uri: 'file:///store/a' } },
  } as unknown as ModelVersionDocument; // all that a pointer is made from
  return formatStage(
    nextStage({
      ...{ registry: 'acme-000000000000', model, stage, version: document, plan: { strategy: 'immediate' } },
      ...{ promotion: `sha256:${'b'.repeat(64)}`, current: undefined, previous: 'none', base: 'c'.repeat(40) },
      ...{ movedBy: 'ann@example.org', movedAt: '2026-05-04T10:00:00Z' },
    }),
  );
}

async function stateOf(repository: Repository, files: Readonly<Record<string, string>>): Promise<Snapshot> {
  const edits = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  return { objects: repository, commit: undefined, tree: await repository.writeTree(undefined, edits) };
}

const modelFiles = (model: string, version?: string): Record<string, string> => ({
  [`registry/${model}/model.yaml`]: 'kind: Model\n',
  [stagePath(model, 'dev')]: pointer(model, 'dev'),
  [stagePath(model, 'staging')]: pointer(model, 'staging', version),
});

/** A state whose tree reads are counted. */
function counted(snapshot: Snapshot): { readonly snapshot: Snapshot; readonly reads: () => number } {
  let reads = 0;
  const objects = {
    ...snapshot.objects,
    readTree: (oid: string) => {
      reads += 1;
      return snapshot.objects.readTree(oid);
    },
  };
  return { snapshot: { ...snapshot, objects }, reads: () => reads };
}

const named = (found: Awaited<ReturnType<typeof findStandingStages>>): readonly string[] =>
  standingIn(found).map(({ at, standing }) => `${at.model} ${at.stage} ${standing.version}`);

describe('the stages that somebody is served from', () => {
  it('are found in models and in namespaces, all but the first', async () => {
    const files = { ...modelFiles('ranker'), ...modelFiles('risk/fraud') };
    const found = await findStandingStages(await stateOf(memoryRepository(), files), STAGES, NOTHING_FOUND);
    expect(named(found)).toEqual(['ranker staging v1', 'risk/fraud staging v1']);
  });

  it('are not looked for again in a state that is unchanged', async () => {
    const state = await stateOf(memoryRepository(), modelFiles('ranker'));
    const known = await findStandingStages(state, STAGES, NOTHING_FOUND);
    const { snapshot, reads } = counted(state);
    expect(await findStandingStages(snapshot, STAGES, known)).toBe(known);
    expect(reads()).toBe(0);
  });

  it('are looked for only where something changed, and are the very same elsewhere', async () => {
    const repository = memoryRepository();
    const all = ['a', 'b', 'ns/c', 'ns/d'].reduce((files, model) => ({ ...files, ...modelFiles(model) }), {});
    const known = await findStandingStages(await stateOf(repository, all), STAGES, NOTHING_FOUND);
    const next = counted(await stateOf(repository, { ...all, ...modelFiles('ns/d', 'v2') }));
    const found = await findStandingStages(next.snapshot, STAGES, known);
    expect(named(found)).toEqual(['a staging v1', 'b staging v1', 'ns/c staging v1', 'ns/d staging v2']);
    const same = standingIn(found).map((stage, index) => stage === standingIn(known)[index]);
    expect(same).toEqual([true, true, true, false]);
    // Of the namespace and the model that changed, and the way there for each of two pointers; not of the other three models.
    expect(next.reads()).toBeLessThanOrEqual(11);
  });

  it('are looked for anew where the registry has other stages', async () => {
    const state = await stateOf(memoryRepository(), modelFiles('ranker'));
    const known = await findStandingStages(state, ['staging', 'dev'], NOTHING_FOUND);
    expect(named(known)).toEqual(['ranker dev v1']);
    expect(named(await findStandingStages(state, STAGES, known))).toEqual(['ranker staging v1']);
  });
});
