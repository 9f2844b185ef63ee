import { resolve } from 'node:path';
import { openStore, storeForUri } from '../artifacts/open-store.ts';
import type { ArtifactStore, PushedArtifact, ReadArtifact } from '../artifacts/port.ts';
import { pullArtifact } from '../artifacts/pull.ts';
import { pushArtifact } from '../artifacts/push.ts';
import type { Recognised } from '../artifacts/recognise.ts';
import { readWanted, type Wanted } from '../artifacts/wanted.ts';
import type { Digest } from '../documents/digest.ts';
import { manifestDigest } from '../documents/manifest.ts';
import { shown } from '../report/escape.ts';
import type { ArtifactOutput } from '../report/output-schemas.ts';
import { count, sizeOf } from '../report/quantity.ts';
import { print, tell, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { formatWords, tellFormats } from './model-formats.ts';
import { withProgress } from './progress.ts';
import { withSession, type Session } from './session.ts';
import { chooseStore, isArtifactUri } from './stores.ts';
import { resolveTrusted } from './trusted-history.ts';
import type { Vouched } from './vouched.ts';
import { withRegistry, type RegistryFlags } from './with-registry.ts';

/** Stores a file or folder and prints where it is; the registry does not change. */
export async function pushBytes(
  outside: Outside,
  flags: CommonFlags & { readonly store?: string | undefined },
  source: string,
): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const { url } = chooseStore(session.view.settings.body.spec.stores, flags.store);
    const pushed = await store(session, openStore(url, session.outside), source);
    const formats = await tellFormats(session, resolve(session.outside.cwd, source), pushed.manifest);
    tellPushed(session, pushed, { source, formats });
    return 0;
  });
}

async function store(session: Session, into: ArtifactStore, source: string): Promise<PushedArtifact> {
  const path = resolve(session.outside.cwd, source);
  const dryRun = session.flags.dryRun === true;
  return withProgress(session, source, (options) => pushArtifact(into, path, { ...options, dryRun }));
}

function tellPushed(
  { outside, flags }: Session,
  pushed: PushedArtifact,
  { source, formats }: { readonly source: string; readonly formats: Recognised },
): void {
  const words = formatWords(formats);
  const { digest, uri, manifest } = pushed;
  const dryRun = flags.dryRun === true;
  const facts = { digest, uri, files: manifest.files.length, size: manifest.size };
  print(outside, flags, {
    json: {
      action: 'push',
      ok: true,
      ...facts,
      dryRun,
      formats: formats.files.map((file) => ({ ...file })),
    } satisfies ArtifactOutput,
    text: (view, paint) =>
      [
        dryRun ? `dry run: would store ${shown(source, view)}` : `${paint.green('stored')} ${shown(source, view)}`,
        `  digest  ${digest}`,
        `  uri     ${uri}`,
        `  holds   ${count(facts.files, 'file')}, ${sizeOf(facts.size)}`,
        ...(words === '' ? [] : [`  format  ${words}`]),
        ...(dryRun ? [] : ['', 'next:', `  mreg register <model> ${uri}`]),
      ].join('\n'),
  });
}

interface PullFlags extends CommonFlags, RegistryFlags {
  readonly out: string;
  readonly link?: boolean | undefined;
}

/** Brings the bytes of a version into a folder, after the signatures that lead to them were verified. */
export async function pullBytes(outside: Outside, flags: PullFlags, reference: string): Promise<number> {
  return withRegistry(outside, flags, async (session) => {
    const vouched = isArtifactUri(reference) ? undefined : await resolveTrusted(session, reference);
    const uri = vouched?.facts.version.body.spec.artifact.uri ?? reference;
    const artifact = vouched?.facts.version.body.spec.artifact.digest;
    const from = { ...storeForUri(uri, session.view.settings.body.spec.stores, session.outside), artifact };
    if (vouched !== undefined) warnHeld(session, vouched);
    const to = resolve(outside.cwd, flags.out);
    const { digest, manifest } = await bring(session, from, { ...flags, to, label: reference });
    const { files, size } = manifest;
    const told =
      vouched === undefined ? {} : { reference: `${vouched.model}@${vouched.version}`, signer: vouched.signer };
    tellPulled(session, { digest, uri, to, ...told, files: files.length, size });
    return 0;
  });
}

/** Pulls an artifact with progress; in a dry run only reads what it holds. */
export async function bring(
  session: Pick<Session, 'outside' | 'flags'>,
  from: Wanted<ArtifactStore>,
  how: { readonly to: string; readonly label: string; readonly link?: boolean | undefined },
): Promise<ReadArtifact> {
  if (session.flags.dryRun === true) return readDry(from);
  const { to, label, link = false } = how;
  return withProgress(session, label, (options) => pullArtifact(from, { ...options, to, link }));
}

async function readDry(from: Wanted): Promise<ReadArtifact> {
  const manifest = await readWanted(from);
  return { digest: manifestDigest(manifest.files), manifest };
}

/** A hold bars a version from promotion, not from being looked at: whoever pulls it should know. */
function warnHeld({ outside, flags }: Session, { model, version, facts }: Vouched): void {
  if (facts.held === undefined) return;
  tell(outside, flags, `warning: ${model}@${version} is held: ${shown(facts.held.reason, outside)}`);
}

interface Pulled {
  readonly digest: Digest;
  readonly uri: string;
  readonly to: string;
  /** The version, and whose key signed it; absent where only a uri was given. */
  readonly reference?: string;
  readonly signer?: string;
  readonly files: number;
  readonly size: number;
}

/** Prints what was pulled, and on whose word. */
export function tellPulled(
  { outside, flags }: Pick<Session, 'outside' | 'flags'>,
  { signer, to, ...pulled }: Pulled,
): void {
  const signedBy = signer ?? null;
  const { reference = null, ...facts } = pulled;
  const dryRun = flags.dryRun === true;
  const told = { ...facts, reference, signedBy, directory: to, dryRun };
  print(outside, flags, {
    json: { action: 'pull', ok: true, ...told } satisfies ArtifactOutput,
    text: (view, paint) =>
      [
        `${dryRun ? 'dry run: would pull' : paint.green('pulled')} ${reference ?? facts.uri} into ${shown(to, view)}`,
        `  digest  ${facts.digest}`,
        `  signed  ${signedBy ?? 'not asked: the digest was given'}`,
        `  holds   ${count(facts.files, 'file')}, ${sizeOf(facts.size)}`,
      ].join('\n'),
  });
}
