import type { HoldDocument } from '../documents/kinds/hold.ts';
import { holdPath } from '../documents/paths.ts';
import type { VersionFacts } from '../gates/input.ts';
import type { CommitPlan } from './commit-plan.ts';
import { addDocument, finish, newDraft, timeText, type Draft } from './draft.ts';
import { newestHold } from './models.ts';
import type { RegistryView } from './view.ts';

/** A hold, or the release of one. */
export interface HoldChange {
  readonly model: string;
  readonly candidate: VersionFacts;
  readonly action: HoldDocument['spec']['action'];
  readonly reason: string;
  readonly by: string;
  readonly now: Date;
}

/** Plans a hold or a release on its own. */
export async function planHold(view: RegistryView, change: HoldChange): Promise<CommitPlan> {
  const draft = newDraft();
  await addHold(draft, view, change);
  const { model, candidate, action, reason } = change;
  const verb = action === 'hold' ? 'Hold' : 'Release';
  const trailers = { 'Mreg-Action': action, 'Mreg-Model': model, 'Mreg-Version': candidate.name };
  return finish(draft, { subject: `${verb} ${model}@${candidate.name}`, body: reason, trailers });
}

/** Adds the next hold document of a version to a draft; returns its path. */
export async function addHold(draft: Draft, view: RegistryView, change: HoldChange): Promise<string> {
  const { model, candidate, action, reason, by, now } = change;
  const sequence = (await newestHold(view.snapshot, model, candidate.name)) + 1;
  const path = holdPath(model, candidate.name, sequence);
  addDocument(draft, path, {
    apiVersion: 'mreg.dev/v1',
    kind: 'Hold',
    metadata: { registry: view.id, model, version: candidate.name, sequence },
    spec: { action, subject: candidate.version.body.spec.artifact.digest, reason, by, at: timeText(now) },
  });
  return path;
}
