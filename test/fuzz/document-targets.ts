import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkArtifactRecord } from '../../src/documents/artifact-record.ts';
import { NAMESPACE_OF, type Kind } from '../../src/documents/kinds/index.ts';
import { formatManifest, parseManifest } from '../../src/documents/manifest.ts';
import { checkPlace, readDocument } from '../../src/documents/read-document.ts';
import { placeOf } from '../../src/documents/places.ts';
import { readYaml } from '../../src/documents/strict-yaml.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import { loadCel } from '../../src/gates/cel-evaluator.ts';
import { REGISTRY, sampleOf } from '../documents/samples.ts';
import { readsAlike } from '../documents/yaml-law.ts';
import { mustHold, textSeeds, type FuzzTarget } from './target.ts';

const KINDS = Object.keys(NAMESPACE_OF) as Kind[];

/** Returns the documents of this repository's own registry. */
function ownDocuments(): readonly string[] {
  const folders = ['policies', 'registry', 'trust'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const files = ['mreg.yaml', ...folders.sort()].filter((name) => name.endsWith('.yaml'));
  return files.map((file) => readFileSync(file, 'utf8'));
}

/** What YAML, of any version, gives a meaning to. */
const YAML_TOKENS: readonly string[] = [
  ...['---\n', '...\n', '%YAML 1.1\n', '? ', ': ', '- ', '&a ', '*a', '!!binary ', '!<x> ', '<<: ', '|', '>', '|2-\n'],
  ...['[', ']', '{', '}', ',', '#', ' #', "'", '"', '`', '~', '=', '\n  ', '\n', '  ', 'a: ', '"a": ', '\\x41', '\\/'],
  ...[
    'yes',
    'on',
    'null',
    'true',
    '010',
    '0x1f',
    '0b1',
    '1_000',
    '1:30',
    '1.',
    '.5',
    '+1',
    '-0',
    '.inf',
    '.nan',
    '1e3',
  ],
  ...['2026-01-04', '2026-01-04T10:00:00Z', 'sha256:', '9007199254740992', '"\\ud83d"', '\u0085', 'prototype'],
];

const yaml: FuzzTarget = {
  name: 'yaml',
  seeds: textSeeds([
    ...ownDocuments(),
    ...KINDS.map((kind) => writeYaml(sampleOf(kind))),
    'a: |\n  x\n  y\nb: >-\n  x\nc: \'d\'\n"e": [f, {g: h}]\n',
    "a:\n- b\n- 'c'\n-  d: 1\n   e: 2\nf: two\n  lines\ng: [h,\n  i]\n",
  ]),
  tokens: YAML_TOKENS,
  run: (bytes) => readYaml(bytes, 'file.yaml'),
};

const yamlAlike: FuzzTarget = { ...yaml, name: 'yaml-read-alike', run: readsAlike };

function documentTarget(kind: Kind): FuzzTarget {
  const name = `document-${kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}`;
  return {
    name,
    seeds: textSeeds([writeYaml(sampleOf(kind)), ...ownDocuments().filter((text) => text.includes(`kind: ${kind}\n`))]),
    tokens: [...YAML_TOKENS, ...KINDS.map((other) => `kind: ${other}`), 'spec:', 'metadata:', 'v7', '1e2', '-1', '0.1'],
    run: (bytes) => {
      const reading = readDocument(kind, { path: 'file.yaml', bytes });
      if (!reading.ok) {
        mustHold(reading.refusals.length > 0, 'what is refused is refused for a reason');
        return undefined;
      }
      const document = reading.value;
      if (document.kind === 'ModelVersion') checkArtifactRecord(document.spec.artifact, 'version.yaml');
      return PLACES.map((path) => checkPlace(document, placeOf(path), REGISTRY));
    },
  };
}

const PLACES = ['mreg.yaml', 'registry/fraud/stages/prod/stage.yaml', 'registry/fraud/versions/v7/version.yaml', 'x'];

const sample = [
  { path: 'config.json', size: 3, digest: `sha256:${'ab'.repeat(32)}` },
  { path: 'folder/model.onnx', size: 48_230_110, digest: `sha256:${'12'.repeat(32)}` },
] as const;

const manifest: FuzzTarget = {
  name: 'manifest',
  seeds: textSeeds([formatManifest(sample), formatManifest(sample.slice(0, 1))]),
  tokens: ['mreg-manifest v1\n', 'ab'.repeat(32), ' 0 ', '/', '../', 'con', 'a', 'A'],
  run: (bytes) => {
    const reading = parseManifest(bytes);
    if (reading.ok) mustHold(formatManifest(reading.value.files) === text(bytes), 'a manifest has one spelling');
  },
};

const cel: FuzzTarget = {
  name: 'cel',
  seeds: textSeeds([
    'candidate.auc > 0.9 && evidence.offline.exists(e, e.size() > 1)',
    'evidence.map(k, k).filter(k, k.startsWith("o")).size() == 1 || !has(candidate.auc)',
    '[1, 2, {"a": b"c"}].all(x, x in [1, 2]) ? timestamp("2026-01-04T10:00:00Z") > version.at : true',
  ]),
  tokens: [
    ...'()[]{}?:.,!&|+-*/%<>='.split(/(?:)/u),
    '&&',
    '||',
    '.map(x, ',
    '.exists(x, ',
    'r"',
    '"""',
    '0x',
    '1e308',
    'matches(',
  ],
  run: async (bytes) => {
    const evaluate = await loadCel();
    const given = { auc: 0.93, list: Array.from({ length: 50 }, (_, index) => index) };
    try {
      return evaluate(text(bytes), {
        model: given,
        version: given,
        candidate: given,
        baseline: given,
        evidence: given,
        promotion: given,
      });
    } catch (error) {
      // The gate takes any error for one of the expression; a stack that overflows may overflow elsewhere next time.
      if (error instanceof RangeError) throw error;
      return undefined;
    }
  },
};

/** Readers of documents and of what documents hold. */
export const DOCUMENT_TARGETS: readonly FuzzTarget[] = [yaml, yamlAlike, ...KINDS.map(documentTarget), manifest, cel];

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
