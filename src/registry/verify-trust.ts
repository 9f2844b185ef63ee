import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import type { Refusal } from '../documents/refusal.ts';
import { checkTrustRoot } from '../trust/check-root.ts';
import { registryIdOf } from '../trust/registry-id.ts';
import { trustOf } from '../trust/trust.ts';
import { readStored, type Stored } from './read-file.ts';
import { checkAllowedSigners } from './rules/governance.ts';
import { checkSignatures, rootRule } from './rules/quorum.ts';
import { entriesAt, entryAt, type Snapshot } from './snapshot.ts';
import type { Era, TrustLine } from './trust-line.ts';
import { stateAt, type VerifyContext } from './verify-context.ts';

const PATH = 'trust/root.yaml';

/**
 * Reads the trust roots along the first-parent line and verifies their chain: each follows the one before by number and
 * digest, carries the signatures that both ask for, and the first of all is the pinned one.
 */
export async function readTrustLine(context: VerifyContext): Promise<TrustLine> {
  const eras: Era[] = [];
  const refusals: Refusal[] = [];
  const commits = await commitsSinceStart(context);
  for (const [index, commit] of commits.entries()) {
    const isCurrent = index === commits.length - 1;
    // The newest root is verified with the signatures and the derived file that lie beside it now.
    const state = isCurrent ? context.snapshot : await stateAt(context, commit);
    const reading = await readStored(state, 'TrustRoot', PATH);
    if (!reading.ok || reading.value === undefined) {
      refusals.push(...(reading.ok ? [removed(commit)] : reading.refusals));
      return { eras: eras.reverse(), firstRoot: eras.at(-1)?.root.digest, isCopy: false, refusals };
    }
    const root = reading.value;
    refusals.push(...(await checkLink({ state, root, before: eras.at(-1) })));
    eras.push({
      root,
      trust: trustOf(root.body),
      last: await lastUnder(context, commits[index + 1]),
      isCurrent,
    });
  }
  const [first] = eras;
  refusals.push(...(await checkFirst(context, { first, commit: commits[0] })));
  const isCopy =
    commits[0] !== undefined && (await entriesAt(await stateAt(context, commits[0]), 'registry')).length > 0;
  return { eras: eras.reverse(), firstRoot: first?.root.digest, isCopy, refusals };
}

/**
 * Returns the commits that changed the root, oldest first, since the registry last started from nothing. One that was
 * removed and another started in its place is told apart by the pinned root, not by what was there before.
 */
async function commitsSinceStart(context: VerifyContext): Promise<readonly string[]> {
  const found: string[] = [];
  for (const commit of await context.changing(PATH)) {
    if ((await entryAt(await stateAt(context, commit), PATH)) === undefined) break;
    found.push(commit);
  }
  return found.reverse();
}

async function lastUnder(context: VerifyContext, successor: string | undefined): Promise<Snapshot> {
  if (successor === undefined) return context.snapshot;
  const [parent] = (await context.source.readCommit(successor)).parents;
  // The successor of a root changed it, so there was a commit before.
  return parent === undefined ? context.snapshot : stateAt(context, parent);
}

interface Link {
  readonly state: Snapshot;
  readonly root: Stored<TrustRootDocument>;
  readonly before: Era | undefined;
}

async function checkLink({ state, root, before }: Link): Promise<readonly Refusal[]> {
  const { version, previous } = root.body.spec;
  const expected = { version: (before?.root.body.spec.version ?? 0) + 1, previous: before?.root.digest ?? 'none' };
  const registry = before?.root.body.metadata.registry ?? root.body.metadata.registry;
  const trust = trustOf(root.body);
  const quorum = { snapshot: state, registry, rule: rootRule(root.body), trust, alongside: before?.trust };
  const old = before && { ...quorum, rule: rootRule(before.root.body), trust: before.trust, alongside: trust };
  return [
    ...(version === expected.version
      ? []
      : [broken(`version ${String(expected.version)}`, `version ${String(version)}`)]),
    ...(previous === expected.previous ? [] : [broken(`previous: ${expected.previous}`, previous)]),
    ...checkTrustRoot(root.body),
    ...(await checkAllowedSigners(state, root.body)),
    ...(await checkSignatures(quorum, 'TrustRoot', PATH)),
    ...(old === undefined ? [] : await checkSignatures(old, 'TrustRoot', PATH)),
  ];
}

/** Attack: the history of another registry, or of this one under the keys of a stranger, put in place of what was here. */
async function checkFirst(
  context: VerifyContext,
  { first, commit }: { readonly first: Era | undefined; readonly commit: string | undefined },
): Promise<readonly Refusal[]> {
  if (first === undefined || commit === undefined) return [removed('any commit')];
  const { root } = first;
  const { pinnedRoot } = context;
  const refusals: Refusal[] = [];
  if (pinnedRoot !== undefined && pinnedRoot !== root.digest) {
    const hint = 'this is not the registry that was seen here before: ask its owners, out of band';
    refusals.push({
      code: 'root-not-pinned',
      path: PATH,
      expected: `the pinned first root ${pinnedRoot}`,
      found: root.digest,
      hint,
    });
  }
  const settings = await readStored(await stateAt(context, commit), 'Registry', 'mreg.yaml');
  if (!settings.ok) return [...refusals, ...settings.refusals];
  const id = settings.value && registryIdOf(settings.value.body.spec.name, root.body);
  if (id === root.body.metadata.registry) return refusals;
  const hint = 'the id follows from the name and the first root; make the registry with mreg init';
  const wrong: Refusal = {
    code: 'wrong-registry',
    path: PATH,
    expected: `registry ${id ?? 'of mreg.yaml'}`,
    found: root.body.metadata.registry,
    hint,
  };
  return [...refusals, wrong];
}

function broken(expected: string, found: string): Refusal {
  const hint = 'git log --first-parent -p -- trust/root.yaml';
  return { code: 'chain', path: PATH, expected, found, hint };
}

function removed(commit: string): Refusal {
  const hint = 'git log --first-parent -- trust/root.yaml';
  return { code: 'missing-file', path: PATH, expected: 'a trust root', found: `none in ${commit}`, hint };
}
