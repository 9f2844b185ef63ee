import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { ModelDocument } from '../documents/kinds/model.ts';
import { modelPath } from '../documents/paths.ts';
import { catalogueFindings } from '../gates/catalogue-findings.ts';
import type { ForeignDetails } from '../import/foreign.ts';
import { mustRead } from '../registry/read-file.ts';
import { policiesFor } from '../registry/view.ts';
import type { Session } from './session.ts';

/**
 * Returns the metrics that may come, and of the others why not: the door refuses evidence whose values the catalogue calls
 * impossible, such as an accuracy of 93.
 */
export async function fittingMetrics(
  { view }: Session,
  name: string,
  { metrics }: ForeignDetails,
): Promise<{ readonly metrics: Readonly<Record<string, number>>; readonly notes: readonly string[] }> {
  const found = await mustRead(view.snapshot, 'Model', modelPath(name));
  const modelDocument: ModelDocument = found?.body ?? {
    apiVersion: 'mreg.dev/v1',
    kind: 'Model',
    metadata: { registry: view.id, model: name },
    spec: { owner: 'nobody' },
  };
  const by = { policies: policiesFor(view, name), modelDocument };
  const notes: string[] = [];
  const kept = Object.entries(metrics).filter(([metric, value]) => {
    const body = evidenceOf({ view, name, metrics: { [metric]: value } });
    const [finding] = catalogueFindings({ path: metric, body }, by);
    if (finding !== undefined) notes.push(`metric ${metric} stays behind: ${finding.found}`);
    return finding === undefined;
  });
  return { metrics: Object.fromEntries(kept), notes };
}

function evidenceOf(about: {
  readonly view: Session['view'];
  readonly name: string;
  readonly metrics: Readonly<Record<string, number>>;
}): EvidenceDocument {
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'Evidence',
    metadata: { registry: about.view.id, model: about.name, version: 'v1', kind: 'offline', sequence: 1 },
    spec: { subject: '', metrics: about.metrics, producedBy: '', producedAt: '' },
  };
}
