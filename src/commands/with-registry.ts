import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isDigest, type Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import type { CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { readPin, writePin } from './pin.ts';
import { openSession, withSession, type Session } from './session.ts';
import { verifyState } from './verify.ts';
import { subjectOf } from './verify-subject.ts';

/** Where a registry is that is not here, and what it must begin with. */
export interface RegistryFlags {
  readonly registry?: string | undefined;
  readonly trustRoot?: string | undefined;
}

/** Runs `work` on the registry in the current directory or, with `--registry`, on one that is fetched and verified first. */
export async function withRegistry<T>(
  outside: Outside,
  flags: CommonFlags & RegistryFlags,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { registry, trustRoot } = flags;
  if (registry === undefined && trustRoot === undefined) return withSession(outside, flags, work);
  return withCopy(outside, placeOf({ registry, trustRoot }), async (repository) => {
    const session = await openSession(outside, flags, repository);
    await requireSound(session);
    return work(session);
  });
}

interface Place {
  readonly url: string;
  readonly root: Digest;
}

/** Attack: a clean machine has seen nothing yet, so whatever a server shows for the first time would be believed. */
function placeOf({ registry, trustRoot }: RegistryFlags): Place {
  const isFit = trustRoot !== undefined && isDigest(trustRoot);
  // A url that git would take for an option of its own.
  if (registry !== undefined && !registry.startsWith('-') && isFit) return { url: registry, root: trustRoot };
  const found = `--registry ${registry ?? '(none)'} and --trust-root ${trustRoot ?? '(none)'}`;
  throw new MregError('usage', `--registry <git url> and --trust-root sha256:… go together; found ${found}`, {
    hint: 'ask the owners of the registry for the digest of its first trust root (mreg trust show)',
  });
}

/** A copy that lives as long as the command does. */
async function withCopy<T>(outside: Outside, { url, root }: Place, work: (repository: Repository) => Promise<T>) {
  const directory = await mkdtemp(join(tmpdir(), 'mreg-registry-'));
  try {
    await outside.initRepository(directory, { bare: true, branch: 'main' });
    const repository = await outside.openRepository(directory);
    try {
      const result = await repository.fetch(isPath(url) ? resolve(outside.cwd, url) : url, [
        '+refs/heads/*:refs/heads/*',
      ]);
      if (result.state !== 'ok') throw unreachable(url, result.text);
      await writePin(repository, root);
      return await work(repository);
    } finally {
      await repository.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** As git tells paths from addresses: `host:path` and `https://…` have a colon before any slash. */
function isPath(url: string): boolean {
  return !/^[^/]*:/.test(url);
}

/** Nothing was seen here before that could vouch for it: everything from the pinned root on is verified. */
async function requireSound(session: Session): Promise<void> {
  const subject = await subjectOf(session, undefined);
  const pinnedRoot = await readPin(session.repository);
  const { refusals } = await verifyState(session, subject, { pinnedRoot, memory: undefined });
  if (refusals.length === 0) return;
  throw new MregError('integrity', 'the registry is not sound from the given trust root on', {
    refusals,
    hint: 'compare --trust-root with what its owners say; mreg verify in a clone tells more',
  });
}

function unreachable(url: string, text: string): MregError {
  return new MregError('network', `the registry ${url} cannot be fetched: ${text.trim()}`, {
    hint: 'check the address and your access (git ls-remote)',
  });
}
