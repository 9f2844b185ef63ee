import type { Digest } from '../documents/digest.ts';
import type { Kind } from '../documents/kinds/index.ts';
import { placeOf } from '../documents/paths.ts';
import type { Refusal } from '../documents/refusal.ts';
import { groundOf, type CleanModels } from './clean-models.ts';
import { readStored } from './read-file.ts';
import { checkSignatures, rootRule } from './rules/quorum.ts';
import type { VerifyContext } from './verify-context.ts';
import { stoodUnder, verifyApproval, type Verification } from './verify-document.ts';
import { verifyFreezes } from './verify-freezes.ts';
import { folders, type Folder } from './verify-folders.ts';
import { inBatches, verifyModel } from './verify-model.ts';
import { readTrustLine } from './verify-trust.ts';

/** What verifying a state came to. */
export interface TreeFindings {
  /** Governed files, those included that an earlier verification vouches for. */
  readonly checked: number;
  /** Of them, files that were not read again: their model is as it was when it was found clean. */
  readonly remembered: number;
  readonly refusals: readonly Refusal[];
  /** Digest of the first trust root that history leads back to. */
  readonly firstRoot: Digest | undefined;
  /** True where the registry's own history is elsewhere, so that pointers could not be followed back into it. */
  readonly isCopy: boolean;
}

/** While one model is verified git reads the next ones; few enough that memory holds a few models at a time. */
const MODELS_AT_ONCE = 6;

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
  if (newest === undefined) return { ...trust, checked: 0, remembered: 0 };
  const registry = newest.root.body.metadata.registry;
  const verification = { context: { ...context, isCopy: trust.isCopy }, eras: trust.eras, registry };
  // On a chain of trust that is broken nothing is clean.
  const clean = trust.refusals.length === 0 ? context.clean?.(groundOf(trust, registry)) : undefined;
  const refusals: Refusal[] = [...trust.refusals];
  const underWay: Promise<readonly Refusal[]>[] = [];
  let [checked, remembered] = [0, 0];
  for await (const folder of folders(context, clean)) {
    const { model, isStray, known } = folder;
    if (only.model !== undefined && (isStray || (model !== undefined && model !== only.model))) continue;
    checked += known?.files ?? folder.files.length;
    remembered += known?.files ?? 0;
    const verifying = verifyFolder(verification, folder, clean);
    // Whoever waits for it hears of a failure; until then it must not look as if nobody did.
    verifying.catch(() => undefined);
    underWay.push(verifying);
    if (underWay.length >= MODELS_AT_ONCE) refusals.push(...((await underWay.shift()) ?? []));
  }
  for (const verifying of underWay) refusals.push(...(await verifying));
  return { ...trust, checked, remembered, refusals };
}

async function verifyFolder(
  verification: Verification,
  folder: Folder,
  clean: CleanModels | undefined,
): Promise<readonly Refusal[]> {
  const { model, tree, files, shape, known } = folder;
  if (model === undefined) return [...shape, ...(await verifyGovernance(verification, files))];
  const found = known === undefined ? await verifyModel(verification, model, files) : { ...known, refusals: [] };
  const refusals = [...shape, ...found.refusals];
  const { line } = verification.context;
  // Only what is clean is noted: what was found bad is looked at every time, however often.
  if (refusals.length === 0 && tree !== undefined && found.bases.every((base) => line.has(base))) {
    clean?.note(model, tree, { files: known?.files ?? files.length, bases: found.bases });
  }
  return refusals;
}

async function verifyGovernance(verification: Verification, files: readonly string[]): Promise<readonly Refusal[]> {
  const paths = new Set(files);
  const single = await inBatches(files, (path) => verifyGovernanceFile(verification, path, paths));
  const found = [...single, ...(await verifyFreezes(verification, files))];
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
