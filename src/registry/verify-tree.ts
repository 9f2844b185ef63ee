import type { Digest } from '../documents/digest.ts';
import type { Kind } from '../documents/kinds/index.ts';
import { foldName } from '../documents/names.ts';
import { placeOf } from '../documents/paths.ts';
import type { Refusal } from '../documents/refusal.ts';
import { isGovernedRoot } from './changes.ts';
import { readStored } from './read-file.ts';
import { checkSignatures, rootRule } from './rules/quorum.ts';
import { checkMode, checkPlaceExists } from './rules/shape.ts';
import { isTree, type TreeEntry } from './snapshot.ts';
import type { VerifyContext } from './verify-context.ts';
import { stoodUnder, verifyApproval, type Verification } from './verify-document.ts';
import { inBatches, verifyModel } from './verify-model.ts';
import { readTrustLine } from './verify-trust.ts';

/** What verifying a state came to. */
export interface TreeFindings {
  /** Governed files that were looked at. */
  readonly checked: number;
  readonly refusals: readonly Refusal[];
  /** Digest of the first trust root that history leads back to. */
  readonly firstRoot: Digest | undefined;
  /** True where the registry's own history is elsewhere, so that pointers could not be followed back into it. */
  readonly isCopy: boolean;
}

/**
 * Verifies every governed file of a state: place and mode, strict reading, signature by a key trusted in its time, and
 * what the documents say of each other. `model` limits it to one model; trust and settings are always verified.
 */
export async function verifyTree(
  context: VerifyContext,
  only: { readonly model?: string } = {},
): Promise<TreeFindings> {
  const trust = await readTrustLine(context);
  const [newest] = trust.eras;
  if (newest === undefined) return { ...trust, checked: 0 };
  const verification = {
    context: { ...context, isCopy: trust.isCopy },
    eras: trust.eras,
    registry: newest.root.body.metadata.registry,
  };
  const refusals: Refusal[] = [...trust.refusals];
  let checked = 0;
  for await (const { model, isStray, files, shape } of folders(context)) {
    if (only.model !== undefined && (isStray || (model !== undefined && model !== only.model))) continue;
    checked += files.length;
    refusals.push(...shape);
    const found = model === undefined ? verifyGovernance(verification, files) : verifyModel(verification, model, files);
    refusals.push(...(await found));
  }
  return { ...trust, checked, refusals };
}

/** The files that belong together: one model's, or those outside all models. */
interface Folder {
  readonly model: string | undefined;
  /** Below registry/, and no model's. */
  readonly isStray: boolean;
  readonly files: readonly string[];
  readonly shape: readonly Refusal[];
}

/** Yields the governance files first, then model by model, so that memory holds one model at a time. */
async function* folders(context: VerifyContext): AsyncGenerator<Folder> {
  const { snapshot } = context;
  const root = snapshot.tree === undefined ? [] : await snapshot.objects.readTree(snapshot.tree);
  const governed = root.filter(({ name }) => isGovernedRoot(name));
  const registry = governed.find((entry) => entry.name === 'registry' && isTree(entry));
  const outside = governed.filter((entry) => entry !== registry);
  yield { model: undefined, isStray: false, ...(await filesIn(context, { path: '', entries: outside })) };
  if (registry === undefined) return;
  const entries = await snapshot.objects.readTree(registry.oid);
  for (const entry of entries) yield* modelsAt(context, entry);
  yield { model: undefined, isStray: true, files: [], shape: twins('registry', entries) };
}

/** A folder under registry/ is a model or a namespace of models; anything else is out of place. */
async function* modelsAt(context: VerifyContext, entry: TreeEntry): AsyncGenerator<Folder> {
  const path = `registry/${entry.name}`;
  const inside = isTree(entry) ? await context.snapshot.objects.readTree(entry.oid) : [];
  const isModel = inside.some(({ name }) => name === 'model.yaml' || name === 'versions' || name === 'stages');
  if (!isTree(entry) || isModel) {
    yield listed(
      isTree(entry) ? entry.name : undefined,
      await filesIn(context, { path: 'registry/', entries: [entry] }),
    );
    return;
  }
  for (const child of inside) {
    const model = isTree(child) ? `${entry.name}/${child.name}` : undefined;
    yield listed(model, await filesIn(context, { path: `${path}/`, entries: [child] }));
  }
  yield { model: undefined, isStray: true, files: [], shape: twins(path, inside) };
}

interface Listing {
  readonly files: string[];
  readonly shape: Refusal[];
}

function listed(model: string | undefined, { files, shape }: Listing): Folder {
  return { model, isStray: model === undefined, files, shape };
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

async function verifyGovernance(verification: Verification, files: readonly string[]): Promise<readonly Refusal[]> {
  const paths = new Set(files);
  const found = await inBatches(files, (path) => verifyGovernanceFile(verification, path, paths));
  return paths.size === 0 || paths.has('mreg.yaml') ? found : [...found, missing('mreg.yaml')];
}

async function verifyGovernanceFile(
  verification: Verification,
  path: string,
  paths: ReadonlySet<string>,
): Promise<readonly Refusal[]> {
  const place = placeOf(path);
  if (place.kind === 'signature') return paths.has(place.of) ? [] : [missing(place.of)];
  // The trust root, its signatures and what derives from it were verified as links of the chain.
  if (path.startsWith('trust/')) return [];
  if (place.kind === 'approval') return verifyApproval(verification, place, path);
  if (place.kind === 'policy') return verifyQuorum(verification, 'Policy', path);
  if (place.kind === 'registry') return verifyQuorum(verification, 'Registry', path);
  return [];
}

/** A policy or mreg.yaml carries the signatures that some root asked for while the document was there. */
async function verifyQuorum(
  verification: Verification,
  kind: Kind & ('Policy' | 'Registry'),
  path: string,
): Promise<readonly Refusal[]> {
  const { context, eras, registry } = verification;
  const reading = await readStored(context.snapshot, kind, path);
  if (!reading.ok) return reading.refusals;
  let now: readonly Refusal[] | undefined;
  for (const era of eras) {
    const { thresholds } = era.root.body.spec;
    const rule = kind === 'Policy' ? { role: 'policy', threshold: thresholds.policy } : rootRule(era.root.body);
    const refusals = await checkSignatures(
      { snapshot: context.snapshot, trust: era.trust, registry, rule },
      kind,
      path,
    );
    now ??= refusals;
    if (refusals.length === 0 && (era.isCurrent || (await stoodUnder(context, era, path)))) {
      context.onDocument?.();
      return [];
    }
  }
  return now ?? [];
}

function missing(path: string): Refusal {
  const hint = `git log --diff-filter=D -- ${path}`;
  return { code: 'missing-file', path, expected: 'the file', found: 'nothing', hint };
}
