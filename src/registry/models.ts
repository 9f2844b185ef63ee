import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { HoldDocument } from '../documents/kinds/hold.ts';
import type { StageDocument } from '../documents/kinds/stage.ts';
import { assert } from '../documents/error.ts';
import { evidencePath, holdPath, modelDirectory, placeOf, stagePath, versionPath } from '../documents/paths.ts';
import type { Placed, VersionFacts } from '../gates/input.ts';
import { mustRead, readStored, type Stored } from './read-file.ts';
import { entriesAt, entryAt, isTree, type Snapshot } from './snapshot.ts';

/** Returns every model of a state, namespaced ones included, in name order. */
export async function listModels(snapshot: Snapshot): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of (await entriesAt(snapshot, 'registry')).filter(isTree)) {
    const inside = await snapshot.objects.readTree(entry.oid);
    if (inside.some(({ name }) => name === 'model.yaml')) found.push(entry.name);
    else found.push(...inside.filter(isTree).map(({ name }) => `${entry.name}/${name}`));
  }
  return found;
}

/** Returns the version numbers of a model, ascending. */
export async function versionNumbers(snapshot: Snapshot, model: string): Promise<readonly number[]> {
  const entries = await entriesAt(snapshot, `${modelDirectory(model)}/versions`);
  const numbers = entries.flatMap(({ name }) => (/^v[1-9][0-9]{0,8}$/.test(name) ? [Number(name.slice(1))] : []));
  return numbers.sort((a, b) => a - b);
}

/** Returns the newest evidence number of each kind that a version has. */
export async function newestEvidence(
  snapshot: Snapshot,
  at: { readonly model: string; readonly version: string },
): Promise<ReadonlyMap<string, number>> {
  const directory = `${modelDirectory(at.model)}/versions/${at.version}/evidence`;
  const newest = new Map<string, number>();
  for (const { name } of await entriesAt(snapshot, directory)) {
    const place = placeOf(`${directory}/${name}`);
    if (place.kind !== 'evidence') continue;
    newest.set(place.evidenceKind, Math.max(place.sequence, newest.get(place.evidenceKind) ?? 0));
  }
  return newest;
}

/** Returns the number of the newest hold or release of a version; 0 when there is none. */
export async function newestHold(snapshot: Snapshot, model: string, version: string): Promise<number> {
  const directory = `${modelDirectory(model)}/versions/${version}/holds`;
  const places = (await entriesAt(snapshot, directory)).map(({ name }) => placeOf(`${directory}/${name}`));
  return places.reduce((newest, place) => (place.kind === 'hold' ? Math.max(newest, place.sequence) : newest), 0);
}

/** Returns the newest hold or release of a version. */
export async function readNewestHold(
  snapshot: Snapshot,
  model: string,
  version: string,
): Promise<Stored<HoldDocument> | undefined> {
  const sequence = await newestHold(snapshot, model, version);
  return sequence === 0 ? undefined : mustRead(snapshot, 'Hold', holdPath(model, version, sequence));
}

/** As `readNewestHold` of a state that nobody judged yet: a hold that cannot be read is none, and its own rule says why. */
export async function unjudgedNewestHold(
  snapshot: Snapshot,
  model: string,
  version: string,
): Promise<Stored<HoldDocument> | undefined> {
  const sequence = await newestHold(snapshot, model, version);
  const reading = await readStored(snapshot, 'Hold', holdPath(model, version, sequence));
  return reading.ok ? reading.value : undefined;
}

/** Returns a version with the newest evidence of each kind and its hold, or undefined when there is no such version. */
export async function readVersionFacts(
  snapshot: Snapshot,
  model: string,
  name: string,
): Promise<VersionFacts | undefined> {
  const version = await mustRead(snapshot, 'ModelVersion', versionPath(model, name));
  if (version === undefined) return undefined;
  const [evidence, hold] = await Promise.all([
    readEvidence(snapshot, model, name),
    readNewestHold(snapshot, model, name),
  ]);
  const held =
    hold?.body.spec.action === 'hold'
      ? { reason: hold.body.spec.reason, by: hold.body.spec.by, path: hold.path }
      : undefined;
  return { name, version, evidence, held };
}

async function readEvidence(
  snapshot: Snapshot,
  model: string,
  version: string,
): Promise<ReadonlyMap<string, Placed<EvidenceDocument>>> {
  const found = new Map<string, Placed<EvidenceDocument>>();
  const newest = await newestEvidence(snapshot, { model, version });
  for (const kind of [...newest.keys()].sort()) {
    const path = evidencePath(model, version, { kind, sequence: newest.get(kind) ?? 0 });
    const document = await mustRead(snapshot, 'Evidence', path);
    assert(document !== undefined, `listed evidence is readable: ${path}`);
    found.set(kind, document);
  }
  return found;
}

/** Returns the pointer of a stage with its digest, or undefined when the stage is empty. Does not verify it. */
export async function readStage(
  snapshot: Snapshot,
  model: string,
  stage: string,
): Promise<Stored<StageDocument> | undefined> {
  return mustRead(snapshot, 'Stage', stagePath(model, stage));
}

/** Tells whether a model exists in a state. */
export async function modelExists(snapshot: Snapshot, model: string): Promise<boolean> {
  return (await entryAt(snapshot, `${modelDirectory(model)}/model.yaml`)) !== undefined;
}
