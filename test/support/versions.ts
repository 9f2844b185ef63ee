import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/artifacts/open-store.ts';
import { pushArtifact } from '../../src/artifacts/push.ts';
import { storeWorld } from './store-world.ts';
import { writeSignedCommit } from '../../src/commands/carry-out.ts';
import { snapshotAt } from '../../src/commands/session.ts';
import { signedEdits } from '../../src/commands/signing.ts';
import { recordArtifact } from '../../src/documents/artifact-record.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { planRegister } from '../../src/registry/plan-register.ts';
import { readView, type RegistryView } from '../../src/registry/view.ts';
import { testOutside } from './outside.ts';
import type { Person } from './people.ts';
import type { TestRegistry } from './registry.ts';

/** Versions that a test needs to be there and says nothing else about. */
export interface Filling {
  readonly model: string;
  readonly count: number;
  readonly by: Person;
  /** Metrics of the version of that number. */
  readonly metrics?: (number: number) => Readonly<Record<string, number>> | undefined;
}

/**
 * Registers the next versions of a model: the commits that `mreg register` makes, one for each, but not judged and all
 * moved to at once. With a server they are pushed, and judged there.
 */
export async function fillVersions(registry: TestRegistry, filling: Filling): Promise<void> {
  const { directory, home, env } = registry;
  const repository = await openRepository({ directory, env });
  const { outside } = testOutside({ cwd: directory, home, env });
  try {
    const from = await repository.resolve('refs/heads/main');
    let tip = from;
    for (let number = 1; number <= filling.count && tip !== undefined; number += 1) {
      const view = await readView(await snapshotAt(repository, tip));
      if (view === undefined) throw new Error('there is a registry to fill');
      const plan = await planOf(view, registry, { filling, number });
      const edits = await signedEdits(plan, filling.by.signer, view.snapshot);
      const parts = { edits, plan, parents: [tip], base: view.snapshot.tree };
      const author = { signer: filling.by.signer, principal: filling.by.id };
      tip = await writeSignedCommit({ repository, outside }, parts, author);
    }
    await repository.moveRefs([{ ref: 'refs/heads/main', old: from, new: tip }], 'test: fill');
  } finally {
    await repository.close();
  }
  registry.git('reset', '--quiet', '--hard');
  if (registry.git('remote') !== '') registry.git('push', '--quiet', 'origin', 'main');
}

async function planOf(
  view: RegistryView,
  { home }: TestRegistry,
  { filling, number }: { readonly filling: Filling; readonly number: number },
): Promise<CommitPlan> {
  const file = join(home, 'filling.bin');
  writeFileSync(file, filling.model);
  const pushed = await pushArtifact(openStore(view.settings.body.spec.stores[0]?.url ?? '', storeWorld(home)), file);
  const { model, by, metrics } = filling;
  const artifact = recordArtifact(pushed.manifest, pushed.uri);
  const registration = { model, artifact, metrics: metrics?.(number), by: by.id, now: new Date() };
  return (await planRegister(view, registration)).plan;
}
