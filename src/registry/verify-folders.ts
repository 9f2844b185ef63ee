import { foldName } from '../documents/names.ts';
import type { Refusal } from '../documents/refusal.ts';
import { isGovernedRoot } from './changes.ts';
import type { CleanModel, CleanModels } from './clean-models.ts';
import { checkMode, checkPlaceExists } from './rules/shape.ts';
import { isTree, type TreeEntry } from './snapshot.ts';
import type { VerifyContext } from './verify-context.ts';

/** The files that belong together: one model's, or those outside all models. */
export interface Folder {
  readonly model: string | undefined;
  /** Below registry/, and no model's. */
  readonly isStray: boolean;
  /** Object id of a model's folder. */
  readonly tree?: string | undefined;
  readonly files: readonly string[];
  readonly shape: readonly Refusal[];
  /** What an earlier verification found of the very same tree; then nothing of it is listed or read. */
  readonly known?: CleanModel | undefined;
}

/** Yields the governance files first, then model by model, so that memory holds one model at a time. */
export async function* folders(context: VerifyContext, clean: CleanModels | undefined): AsyncGenerator<Folder> {
  const { snapshot } = context;
  const root = snapshot.tree === undefined ? [] : await snapshot.objects.readTree(snapshot.tree);
  const governed = root.filter(({ name }) => isGovernedRoot(name));
  const registry = governed.find((entry) => entry.name === 'registry' && isTree(entry));
  const outside = governed.filter((entry) => entry !== registry);
  yield { model: undefined, isStray: false, ...(await filesIn(context, { path: '', entries: outside })) };
  if (registry === undefined) return;
  const entries = await snapshot.objects.readTree(registry.oid);
  for (const entry of entries) yield* modelsAt(context, clean, entry);
  yield { model: undefined, isStray: true, files: [], shape: twins('registry', entries) };
}

/** A folder under registry/ is a model or a namespace of models; anything else is out of place. */
async function* modelsAt(
  context: VerifyContext,
  clean: CleanModels | undefined,
  entry: TreeEntry,
): AsyncGenerator<Folder> {
  const path = `registry/${entry.name}`;
  const known = knownModel(context, clean, { model: entry.name, entry });
  if (known !== undefined) {
    yield known;
    return;
  }
  const inside = isTree(entry) ? await context.snapshot.objects.readTree(entry.oid) : [];
  const isModel = inside.some(({ name }) => name === 'model.yaml' || name === 'versions' || name === 'stages');
  if (!isTree(entry) || isModel) {
    const model = isTree(entry) ? entry.name : undefined;
    yield listed({ model, entry }, await filesIn(context, { path: 'registry/', entries: [entry] }));
    return;
  }
  for (const child of inside) {
    const model = isTree(child) ? `${entry.name}/${child.name}` : undefined;
    yield (
      knownModel(context, clean, { model, entry: child }) ??
      listed({ model, entry: child }, await filesIn(context, { path: `${path}/`, entries: [child] }))
    );
  }
  yield { model: undefined, isStray: true, files: [], shape: twins(path, inside) };
}

interface Listing {
  readonly files: string[];
  readonly shape: Refusal[];
}

interface ModelFolder {
  /** Undefined where the entry is no folder. */
  readonly model: string | undefined;
  readonly entry: TreeEntry;
}

function listed({ model, entry }: ModelFolder, { files, shape }: Listing): Folder {
  return { model, isStray: model === undefined, tree: entry.oid, files, shape };
}

/** Attack: the same folders on another history, from which the commits are gone that their pointers stand on. */
function knownModel(
  { line }: VerifyContext,
  clean: CleanModels | undefined,
  { model, entry }: ModelFolder,
): Folder | undefined {
  const known = model === undefined || !isTree(entry) ? undefined : clean?.read(model, entry.oid);
  if (known?.bases.every((base) => line.has(base)) !== true) return undefined;
  return { model, isStray: false, tree: entry.oid, files: [], shape: [], known };
}

async function filesIn(
  context: VerifyContext,
  folder: { readonly path: string; readonly entries: readonly TreeEntry[] },
): Promise<Listing> {
  const listing: Listing = { files: [], shape: [...twins(folder.path.replace(/\/$/, ''), folder.entries)] };
  for (const entry of folder.entries) {
    const path = folder.path + entry.name;
    if (isTree(entry)) {
      const inside = await filesIn(context, {
        path: `${path}/`,
        entries: await context.snapshot.objects.readTree(entry.oid),
      });
      listing.files.push(...inside.files);
      listing.shape.push(...inside.shape);
      continue;
    }
    const change = { path, before: undefined, after: entry };
    const refusals = [...checkMode(change), ...checkPlaceExists(change)];
    listing.shape.push(...refusals);
    if (refusals.length === 0) listing.files.push(path);
  }
  return listing;
}

/** Names that a case-folding or Unicode-normalising file system takes for one. */
function twins(path: string, entries: readonly TreeEntry[]): readonly Refusal[] {
  const seen = new Map<string, string>();
  return entries.flatMap(({ name }): Refusal[] => {
    const folded = foldName(name.normalize('NFKC').toLowerCase());
    const twin = seen.get(folded);
    seen.set(folded, name);
    if (twin === undefined) return [];
    const hint = 'choose names that differ in more than case, dashes and underscores';
    return [
      {
        code: 'name-collision',
        path: `${path}/${name}`,
        expected: 'names that stay apart everywhere',
        found: `also ${twin}`,
        hint,
      },
    ];
  });
}
