import { checkName, foldName } from '../../documents/names.ts';
import { placeOf } from '../../documents/paths.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { siblingsOf, type Change } from '../changes.ts';
import { entriesAt, entryAt, type Snapshot } from '../snapshot.ts';

/**
 * Returns refusals for anything under governed paths that is not a plain file at a place of the format: all of them, or
 * the first `most`.
 */
export function checkPlaces(changes: readonly Change[], most: number): readonly Refusal[] {
  const found: Refusal[] = [];
  for (const change of changes) {
    found.push(...checkMode(change), ...checkPlaceExists(change));
    if (found.length >= most) break;
  }
  return found;
}

/**
 * Returns a refusal for whatever is no plain file. Attack: symlinks, gitlinks and executables under governed paths make
 * readers see another file than the signed one.
 */
export function checkMode({ path, after }: Change): readonly Refusal[] {
  if (after === undefined || after.mode === '100644') return [];
  const hint = 'commit it as a plain file (git update-index --chmod=-x, or replace the link by the file)';
  return [
    { code: 'ungoverned-shape', path, expected: 'a plain file (mode 100644)', found: `mode ${after.mode}`, hint },
  ];
}

/** Returns a refusal for a path at which the format puts nothing. */
export function checkPlaceExists({ path, after }: Change): readonly Refusal[] {
  if (after === undefined) return [];
  const place = placeOf(path);
  if (place.kind !== 'unknown' && place.kind !== 'ungoverned') return checkModelName(path, place);
  const hint =
    'keep your own files outside mreg.yaml, trust/, policies/ and registry/; docs/format.md lists the places';
  return [{ code: 'ungoverned-shape', path, expected: 'a place that the format names', found: 'no such place', hint }];
}

function checkModelName(path: string, place: ReturnType<typeof placeOf>): readonly Refusal[] {
  if (!('model' in place)) return [];
  return place.model.split('/').flatMap((segment) => {
    const refusal = checkName(segment, 'model name');
    return refusal === undefined ? [] : [{ ...refusal, path }];
  });
}

/**
 * Returns a refusal for every added name that cannot be told from another. Attack: two names that a case-folding file
 * system, a Unicode-normalising one or Kubernetes takes for one.
 */
export async function checkCollisions(after: Snapshot, changes: readonly Change[]): Promise<readonly Refusal[]> {
  const added = changes.filter((change) => change.before === undefined && change.after !== undefined);
  const found = new Map<string, Refusal>();
  const folders = new Map<string, ReadonlyMap<string, readonly string[]>>();
  for (const path of newPrefixes(added)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const folder = path.slice(0, -name.length);
    // Once a folder: a push of ten thousand files must not compare each of them with each other.
    const names = folders.get(folder) ?? byFoldedName(await siblingsOf(after, path));
    folders.set(folder, names);
    const twin = names.get(folded(name))?.find((other) => other !== name);
    if (twin !== undefined) found.set([path, twin].sort().join(), collision(path, twin));
    const shadow = await modelInsideModel(after, path);
    if (shadow !== undefined) found.set(path, collision(path, shadow));
  }
  return [...found.values()];
}

function byFoldedName(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const group = groups.get(folded(name)) ?? [];
    group.push(name);
    groups.set(folded(name), group);
  }
  return groups;
}

function newPrefixes(added: readonly Change[]): ReadonlySet<string> {
  const prefixes = new Set<string>();
  for (const { path } of added) {
    const parts = path.split('/');
    for (let length = 1; length <= parts.length; length += 1) prefixes.add(parts.slice(0, length).join('/'));
  }
  return prefixes;
}

function folded(name: string): string {
  return foldName(name.normalize('NFKC').toLowerCase());
}

/** A namespace with the name of a model: whoever lists models would find the one and miss what is in the other. */
async function modelInsideModel(after: Snapshot, path: string): Promise<string | undefined> {
  const [, outer, inner] = /^registry\/([^/]+)(?:\/([^/]+))?\/model\.yaml$/.exec(path) ?? [];
  if (outer === undefined) return undefined;
  if (inner === undefined) return firstModelIn(after, `registry/${outer}`);
  const twin = `registry/${outer}/model.yaml`;
  return (await entryAt(after, twin)) === undefined ? undefined : twin;
}

async function firstModelIn(after: Snapshot, namespace: string): Promise<string | undefined> {
  for (const { name } of await entriesAt(after, namespace)) {
    const path = `${namespace}/${name}/model.yaml`;
    if ((await entryAt(after, path)) !== undefined) return path;
  }
  return undefined;
}

function collision(path: string, twin: string): Refusal {
  const hint = 'choose a name that differs in more than case, dashes and underscores';
  return { code: 'name-collision', path, expected: 'names that stay apart everywhere', found: `also ${twin}`, hint };
}
