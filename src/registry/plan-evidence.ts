import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import { evidencePath } from '../documents/paths.ts';
import type { VersionFacts } from '../gates/input.ts';
import type { CommitPlan } from './commit-plan.ts';
import { addDocument, finish, newDraft, timeText } from './draft.ts';
import { newestEvidence } from './models.ts';
import type { RegistryView } from './view.ts';

/** Measurements to attach to a version; the rest of the document follows from where they go. */
export interface EvidenceAddition {
  readonly model: string;
  readonly candidate: VersionFacts;
  readonly kind: string;
  readonly measured: Omit<EvidenceDocument['spec'], 'subject' | 'producedBy' | 'producedAt'>;
  readonly note?: string | undefined;
  readonly by: string;
  readonly now: Date;
}

/** Plans the next evidence of its kind about a version. */
export async function planEvidence(
  view: RegistryView,
  addition: EvidenceAddition,
): Promise<{ readonly plan: CommitPlan; readonly path: string }> {
  const { model, candidate, kind, by, now } = addition;
  const version = candidate.name;
  const sequence = ((await newestEvidence(view.snapshot, { model, version })).get(kind) ?? 0) + 1;
  const path = evidencePath(model, version, { kind, sequence });
  const draft = newDraft();
  addDocument(draft, path, {
    apiVersion: 'mreg.dev/v1',
    kind: 'Evidence',
    metadata: { registry: view.id, model, version, kind, sequence },
    spec: {
      subject: candidate.version.body.spec.artifact.digest,
      ...addition.measured,
      producedBy: by,
      producedAt: timeText(now),
    },
  });
  const subject = `Attach ${kind} evidence to ${model}@${version}`;
  const trailers = { 'Mreg-Action': 'evidence', 'Mreg-Model': model, 'Mreg-Version': version };
  return { plan: finish(draft, { subject, body: addition.note, trailers }), path };
}
