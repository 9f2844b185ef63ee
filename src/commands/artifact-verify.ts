import { storeForUri } from '../artifacts/open-store.ts';
import type { StoreFinding } from '../artifacts/store-finding.ts';
import { verifyArtifact } from '../artifacts/verify.ts';
import { readWanted } from '../artifacts/wanted.ts';
import { MregError } from '../documents/error.ts';
import { listModels, readVersionFacts, versionNumbers } from '../registry/models.ts';
import { shown } from '../report/escape.ts';
import type { ArtifactOutput } from '../report/output-schemas.ts';
import { count, listed, sizeOf } from '../report/quantity.ts';
import { attestationCheck, type CheckAttestations } from './check-attestations.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { withProgress } from './progress.ts';
import { withSession, type Session } from './session.ts';
import { isArtifactUri } from './stores.ts';
import { resolveTrusted } from './trusted-history.ts';

const EXIT_DAMAGED = 4;

/** An artifact to read again, and what to call it. */
interface Target {
  readonly label: string;
  readonly uri: string;
  /** What the version records; undefined where only a uri was given. */
  readonly digest: string | undefined;
  readonly reference: string | undefined;
}

interface Reread {
  readonly target: Target;
  readonly files: number;
  readonly size: number;
  readonly problems: readonly string[];
  /** Who attests, beside the artifact, what its files are. */
  readonly attestedBy: readonly string[];
}

/** Reads stored bytes, and what is attested of them, again and tells what is not so; of one artifact, or of every version's. */
export async function verifyBytes(
  outside: Outside,
  flags: CommonFlags,
  reference: string | undefined,
): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const targets = reference === undefined ? await allTargets(session) : [await oneTarget(session, reference)];
    const check = attestationCheck(session);
    const reread: Reread[] = [];
    for (const target of targets) reread.push(await readAgain(session, target, check));
    return tellVerified(session, reread, reference);
  });
}

async function oneTarget(session: Session, reference: string): Promise<Target> {
  if (isArtifactUri(reference)) return { label: reference, uri: reference, digest: undefined, reference: undefined };
  const { model, version, facts } = await resolveTrusted(session, reference);
  const name = `${model}@${version}`;
  return { label: name, ...facts.version.body.spec.artifact, reference: name };
}

/** Every version at the tip; the same artifact under several versions is read once. */
async function allTargets({ view }: Session): Promise<readonly Target[]> {
  const found = new Map<string, Target>();
  for (const model of await listModels(view.snapshot)) {
    for (const number of await versionNumbers(view.snapshot, model)) {
      const reference = `${model}@v${String(number)}`;
      const facts = await readVersionFacts(view.snapshot, model, `v${String(number)}`);
      const artifact = facts?.version.body.spec.artifact;
      if (artifact !== undefined && !found.has(artifact.uri)) {
        found.set(artifact.uri, { label: reference, uri: artifact.uri, digest: artifact.digest, reference });
      }
    }
  }
  return [...found.values()];
}

async function readAgain(session: Session, target: Target, check: CheckAttestations): Promise<Reread> {
  const wanted = {
    ...storeForUri(target.uri, session.view.settings.body.spec.stores, session.outside),
    artifact: target.digest,
  };
  try {
    const manifest = await readWanted(wanted);
    const label = `verify ${target.label}`;
    const findings = await withProgress(session, label, (options) => verifyArtifact(wanted, options));
    const attested = await check(wanted, manifest);
    const wrong = attested.problems.map(({ name, expected, found }) => `${name}: expected ${expected}, found ${found}`);
    const problems = [...findings.map(problemOf), ...wrong];
    return { target, files: manifest.files.length, size: manifest.size, problems, attestedBy: attested.by };
  } catch (error) {
    if (!isFinding(error, target)) throw error;
    return { target, files: 0, size: 0, problems: [error.message], attestedBy: [] };
  }
}

/** What a version names must be there; a uri that somebody typed may simply be wrong. */
function isFinding(error: unknown, { reference }: Target): error is MregError {
  if (!(error instanceof MregError)) return false;
  return error.code === 'integrity' || (error.code === 'unknown-artifact' && reference !== undefined);
}

function problemOf({ kind, path, expected, found }: StoreFinding): string {
  const what = { missing: 'is missing', size: 'has another size', changed: 'has other bytes' }[kind];
  return `${path} ${what}: expected ${expected}, found ${found}`;
}

function tellVerified({ outside, flags }: Session, reread: readonly Reread[], asked: string | undefined): number {
  const problems = reread.flatMap((one) => one.problems.map((problem) => `${one.target.label}: ${problem}`));
  const ok = problems.length === 0;
  const only = asked === undefined ? undefined : reread[0]?.target;
  const files = sum(reread.map((one) => one.files));
  const size = sum(reread.map((one) => one.size));
  const digest = only?.uri.slice(only.uri.lastIndexOf('@') + 1) ?? null;
  const attestedBy = [...new Set(reread.flatMap((one) => one.attestedBy))].sort();
  const about = { digest, uri: only?.uri ?? null, reference: only?.reference ?? null, attestedBy };
  print(outside, flags, {
    json: { action: 'verify', ok, ...about, files, size, problems } satisfies ArtifactOutput,
    text: (view, paint) =>
      [
        `${ok ? paint.green('whole:') : paint.red('damaged:')} ${only?.label ?? count(reread.length, 'artifact')}, ${count(files, 'file')}, ${sizeOf(size)}`,
        ...(attestedBy.length === 0 ? [] : [`  attested by ${shown(listed(attestedBy), view)}`]),
        ...problems.map((problem) => `  ${shown(problem, view)}`),
        ...(ok ? [] : ['', 'next:', '  mreg artifact push <the source, unchanged>']),
      ].join('\n'),
  });
  return ok ? 0 : EXIT_DAMAGED;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
