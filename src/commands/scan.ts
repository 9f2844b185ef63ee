import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { storeForUri } from '../artifacts/open-store.ts';
import { pullArtifact } from '../artifacts/pull.ts';
import { MregError } from '../documents/error.ts';
import { planEvidence } from '../registry/plan-evidence.ts';
import { sarifOf } from '../report/sarif.ts';
import { renderScan, scanJson } from '../report/scan.ts';
import type { ScanOutput } from '../report/output-schemas.ts';
import { scanEvidence, type ScanResult } from '../scan/scan-result.ts';
import { submit } from './carry-out.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { print } from './flags.ts';
import { attachOption } from './measure-run.ts';
import type { Outside } from './outside.ts';
import { withProgress } from './progress.ts';
import { resolveReference } from './references.ts';
import { takeScan, type ScanFlags } from './scan-run.ts';
import { withSession, type Session } from './session.ts';
import { isArtifactUri } from './stores.ts';
import { resolveVouched } from './vouched.ts';
import { writtenText } from './written.ts';

const EXIT_FOUND = 1;

/** Declares `mreg scan`. */
export function scanCommand(host: Host): CommandUnknownOpts {
  return new Command('scan')
    .summary('look for secrets, unsafe pickles, vulnerabilities and licences')
    .description(
      'Looks at every byte of an artifact, a folder, a file or a checked-out repository: secrets, pickles that run code when they are loaded, known vulnerabilities of the packages that lockfiles pin, and licences. An artifact is verified first.',
    )
    .argument('<what>', 'a version: fraud_detector@v7; the uri of an artifact; a folder or a file')
    .option('--osv <snapshot>', 'folder or zip file of OSV records; without one vulnerabilities are not looked for')
    .addOption(new Option('--lockfile <file>', 'judge this lockfile as well; repeat it').argParser(collect))
    .option('--licences <file>', 'licences of packages: CycloneDX, SPDX, or pip-licenses, as JSON')
    .addOption(
      new Option('--allow <rule:path reason>', 'do not count what a rule finds there; repeat it').argParser(collect),
    )
    .option('--sarif <file>', 'write the findings as SARIF 2.1.0 too')
    .addOption(attachOption)
    .addHelpText(
      'after',
      "\nExit code: 0 nothing was found, 1 something was.\n\nExamples:\n  mreg scan fraud_detector@v7 --osv osv/PyPI.zip --attach fraud_detector@v7\n  mreg scan . --sarif scan.sarif --allow 'private-key:test/* made for tests'",
    )
    .action(async (what, options, command) => {
      host.code = await scan(host.outside, { ...commonFlags(command), ...options }, what);
    });
}

async function scan(outside: Outside, flags: ScanFlags, what: string): Promise<number> {
  const path = resolve(outside.cwd, what);
  const isPlace = !isArtifactUri(what) && (await exists(path));
  if (isPlace && flags.attach === undefined)
    return tell(outside, flags, { result: await scanPlace(outside, flags, what) });
  if (!isPlace && !isArtifactUri(what) && /^[./]|\/$/.test(what))
    throw new MregError('bad-file', `there is no file or folder ${what}`, { hint: 'check the path' });
  return withSession(outside, flags, async (session) => {
    // What cannot be attached is said before minutes are spent on scanning.
    if (flags.attach !== undefined) await resolveReference(session.view, flags.attach);
    const result = isPlace ? await scanPlace(outside, flags, what) : await scanArtifact(session, flags, what);
    return tell(outside, flags, { result, ...(await attach(session, flags, result)) });
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function scanPlace(outside: Outside, flags: ScanFlags, what: string): Promise<ScanResult> {
  return takeScan(outside, flags, { folder: resolve(outside.cwd, what), source: what, digest: undefined });
}

/** Brings the artifact into a temporary folder, every byte verified against the digest that the signed version records. */
async function scanArtifact(session: Session, flags: ScanFlags, what: string): Promise<ScanResult> {
  const { outside, view } = session;
  const vouched = isArtifactUri(what) ? undefined : await resolveVouched(session, what);
  const artifact = vouched?.facts.version.body.spec.artifact;
  const wanted = storeForUri(artifact?.uri ?? what, view.settings.body.spec.stores, outside);
  const temporary = await mkdtemp(join(tmpdir(), 'mreg-scan-'));
  try {
    const folder = join(temporary, 'artifact');
    const from = { ...wanted, artifact: artifact?.digest };
    const { digest } = await withProgress(session, what, (options) => pullArtifact(from, { ...options, to: folder }));
    return await takeScan(outside, flags, { folder, source: what, digest });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

interface Attached {
  readonly attached: NonNullable<ScanOutput['attached']>;
  readonly where: string;
}

async function attach(session: Session, flags: ScanFlags, result: ScanResult): Promise<Partial<Attached>> {
  const { attach: reference } = flags;
  if (reference === undefined) return {};
  const measured = scanEvidence(result);
  const {
    commit,
    pushed,
    result: made,
  } = await submit(session, async (fresh, author) => {
    const { model, version, facts } = await resolveReference(fresh.view, reference);
    requireSubject(result, facts.version.body.spec.artifact.digest, reference);
    const at = { model, candidate: facts, kind: 'scan', measured, note: flags.message };
    const { plan, path } = await planEvidence(fresh.view, { ...at, by: author.principal, now: session.outside.now() });
    return { plan, result: { model, version, path } };
  });
  return {
    attached: { ...made, kind: 'scan', commit: commit ?? null, pushed },
    where: writtenText({ commit, pushed, branch: session.branch }),
  };
}

/** Attack: the clean scan of one artifact attached to a version that holds another. */
function requireSubject({ digest, source }: ScanResult, subject: string, reference: string): void {
  if (digest === undefined || digest === subject) return;
  throw new MregError('usage', `${source} is the artifact ${digest}; ${reference} holds ${subject}`, {
    hint: `mreg scan ${reference} --attach ${reference}`,
  });
}

async function tell(
  outside: Outside,
  flags: ScanFlags,
  { result, attached, where = '' }: { readonly result: ScanResult } & Partial<Attached>,
): Promise<number> {
  if (flags.sarif !== undefined)
    await writeFile(resolve(outside.cwd, flags.sarif), `${JSON.stringify(sarifOf(result), null, 2)}\n`);
  print(outside, flags, {
    json: scanJson(result, attached ?? null),
    text: (view, paint) => {
      const lines = renderScan(result, view);
      if (attached === undefined) return lines;
      const { model, version, path } = attached;
      return `${lines}\n${paint.green('attached')} scan evidence to ${model}@${version}\n  ${path}\n  ${where}\n`;
    },
  });
  return result.counted.length === 0 ? 0 : EXIT_FOUND;
}
