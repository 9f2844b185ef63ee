import { ignoreNothing, parseIgnore } from '../../src/artifacts/ignore.ts';
import { normaliseStoreUrl, parseArtifactUri } from '../../src/artifacts/store-url.ts';
import { formatDuration, parseDuration } from '../../src/documents/duration.ts';
import { globMatches } from '../../src/documents/glob.ts';
import { parseRequestBranch, pathOf, placeOf, requestBranch } from '../../src/documents/paths.ts';
import { formatReference, parseReference } from '../../src/documents/reference.ts';
import { isInstant } from '../../src/documents/time.ts';
import { mustHold, textSeeds, type FuzzTarget } from './target.ts';

const NAME_TOKENS: readonly string[] = [
  ...['@', '/', '..', 'v7', 'v0', 'v07', 'prod', 'con', 'versions', 'stages', '.git', 'git~1', '_', '-', '%2e', '%2F'],
  ...['ü', '\u212a', '\u0345', 'A', '.sig', '.approvals/', '.yaml', 'file://', 'oci://', '?', '#', '[::1]', ':80', '*'],
];

/** A reader of one line of text. */
function lineTarget(name: string, seeds: readonly string[], read: (line: string) => unknown): FuzzTarget {
  const run = (bytes: Uint8Array): unknown => read(Buffer.from(bytes).toString('utf8'));
  return { name, seeds: textSeeds(seeds), tokens: NAME_TOKENS, run };
}

const reference = lineTarget('reference', ['fraud_detector@v7', 'risk/fraud@prod', 'fraud'], (line) => {
  mustHold(formatReference(parseReference(line)) === line, 'a reference has one spelling');
});

const storeUrl = lineTarget('store-url', ['file:///srv/models', 'oci://ghcr.io/acme/fraud', 's3://a/b'], (line) => {
  const url = normaliseStoreUrl(line);
  mustHold(normaliseStoreUrl(url) === url, 'what is normal stays as it is');
});

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const URIS = [`file:///srv/models@${DIGEST}`, `oci://ghcr.io/acme@${DIGEST}`, `s3://a/b/sha256/${'ab'.repeat(32)}`];
const artifactUri = lineTarget('artifact-uri', URIS, (line) => {
  const { storeUrl: store, key } = parseArtifactUri(line);
  const ends = [`@${key}`, `/sha256/${key.slice('sha256:'.length)}`];
  mustHold(ends.some((end) => line.endsWith(end)) && normaliseStoreUrl(store) === store, 'one store and one digest');
});

const PATHS = [
  ...['mreg.yaml', 'mreg.yaml.sig', 'trust/root.yaml.approvals/a@b.new.sig', 'policies/default.yaml'],
  ...['registry/risk/fraud/versions/v7/evidence/offline-1.yaml', 'registry/fraud/stages/prod/approvals/a@b.sig'],
  ...['registry/fraud/versions/v7/holds/1.yaml.approvals/a@b.sig', 'registry/fraud/stages/prod/kustomization.yaml'],
];
const path = lineTarget('path', PATHS, (line) => {
  const place = placeOf(line);
  switch (place.kind) {
    case 'ungoverned':
    case 'unknown':
    case 'allowed-signers':
    case 'kustomization':
    case 'signature':
    case 'approval':
      return;
    default:
      mustHold(pathOf(place) === line, 'a place has one path');
  }
});

const branch = lineTarget('request-branch', ['promote/risk/fraud/prod/v7', 'promote/fraud/prod/v7'], (line) => {
  const request = parseRequestBranch(line);
  if (request === undefined) return;
  mustHold(requestBranch(request.model, request.stage, request.version) === line, 'a request has one branch');
});

const glob = lineTarget('glob', ['risk/*\nrisk/fraud', '*a*b*c\nabcabcabc'], (line) => {
  const [pattern = '', name = ''] = line.split('\n');
  return globMatches(pattern, name);
});

const duration = lineTarget('duration', ['30m', '2h', '999999d', '2026-01-04T10:00:00Z'], (line) => {
  isInstant(line);
  const ms = parseDuration(line);
  mustHold(parseDuration(formatDuration(ms)) === ms, 'a duration can be told');
});

const ignore = lineTarget('ignore', ['# c\n*.log\n/data/\nmodels/**/*.tmp\n', '**/a?b\n'], (line) => {
  const ignored = parseIgnore(line);
  return ['a/b/c.log', 'models/x/y.tmp', 'a'.repeat(60)].map(
    (name) => ignored(name, false) || ignoreNothing(name, true),
  );
});

/** Readers of names and of short texts. */
export const NAME_TARGETS: readonly FuzzTarget[] = [
  ...[reference, storeUrl, artifactUri, path, branch, glob, duration, ignore],
];
