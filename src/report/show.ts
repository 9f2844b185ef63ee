import type { Lineage, ModelVersionDocument } from '../documents/kinds/model-version.ts';
import type { EvidenceDocument, MetricValue } from '../documents/kinds/evidence.ts';
import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import type { VersionFacts } from '../gates/input.ts';
import { shown, visibleLines } from './escape.ts';
import { planInWords, recordedVerdict } from './evaluation.ts';
import { labelledLines, textOf } from './lines.ts';
import type { ShowOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { ageOf, instantOf, listed, shortDigest, sizeOf } from './quantity.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** The promotion that a stage stands on, and whose approvals of it count. */
export interface PromotionCard {
  readonly promotion: PromotionDocument;
  readonly approvedBy: readonly string[];
}

/** A version in full. */
export interface VersionCard {
  readonly model: string;
  readonly facts: VersionFacts;
  /** What its files are stored as, in words; absent unless they were looked into. */
  readonly formats?: string | undefined;
  /** Where it serves: its share of the traffic there, in percent. */
  readonly stages: readonly { readonly stage: string; readonly weight: number }[];
  /** Given when the version was asked for by a stage. */
  readonly moved?: PromotionCard;
}

/** Returns a version as people read it: where it serves, its artifact, lineage, features and evidence. */
export function renderShow(card: VersionCard, view: View): string {
  const { spec } = card.facts.version.body;
  return textOf(
    headLines(card, view),
    noteLines(spec.note, view),
    section('artifact', artifactLines(spec.artifact, card.formats, view), view),
    section('lineage', labelledLines(safePairs(lineagePairs(spec.lineage ?? {}), view), view, '  '), view),
    section('features', featureLines(spec.features, view), view),
    ...[...card.facts.evidence.values()].map(({ body, path }) => evidenceLines(body, path, view)),
    ...(card.moved === undefined ? [] : promotionBlocks(card.moved, view)),
  );
}

/** Returns a version as `mreg show --json` prints it. */
export function showJson({ model, facts, stages, moved, formats }: VersionCard): ShowOutput {
  const { artifact, registeredBy, registeredAt } = facts.version.body.spec;
  return {
    model,
    version: facts.name,
    digest: artifact.digest,
    uri: artifact.uri,
    size: artifact.size,
    ...(formats === undefined ? {} : { formats }),
    registeredBy,
    registeredAt,
    stages: stages.map(({ stage }) => stage),
    evidence: [...facts.evidence.values()].map(({ path, body: { metadata, spec } }) => ({
      kind: metadata.kind,
      sequence: metadata.sequence,
      path,
      producedBy: spec.producedBy,
      producedAt: spec.producedAt,
      metrics: spec.metrics ?? {},
    })),
    held: facts.held ?? null,
    document: facts.version.body,
    promotion: moved === undefined ? null : { document: moved.promotion, approvedBy: [...moved.approvedBy] },
  };
}

function section(title: string, lines: readonly string[], view: View): string[] {
  return lines.length === 0 ? [] : [paintFor(view).dim(title), ...lines];
}

function safePairs(pairs: readonly (readonly [string, string])[], view: View): [string, string][] {
  return pairs.map(([label, text]) => [shown(label, view), shown(text, view)]);
}

function headLines({ model, facts, stages }: VersionCard, view: View): string[] {
  const paint = paintFor(view);
  const { registeredBy, registeredAt } = facts.version.body.spec;
  const serves = stages.map(({ stage, weight }) => (weight === 100 ? stage : `${stage} (${String(weight)}%)`));
  const said = `registered ${instantOf(registeredAt)} UTC (${ageOf(registeredAt, view.now)}) by ${registeredBy}`;
  const held = facts.held === undefined ? [] : [`held by ${facts.held.by}: ${facts.held.reason}`];
  return [
    `${paint.bold(shown(`${model}@${facts.name}`, view))}  ${serves.length === 0 ? 'serves nowhere' : `serves in ${shown(listed(serves), view)}`}`,
    ...wrap(shown(said, view), { columns: view.columns, first: '  ' }),
    ...held.flatMap((line) => wrap(paint.red(shown(line, view)), { columns: view.columns, first: '  ' })),
  ];
}

function noteLines(note: string | undefined, view: View): string[] {
  if (note === undefined || note.trim() === '') return [];
  const prefixes = { columns: view.columns, first: '  | ', rest: '  | ' };
  return visibleLines(note).flatMap((line) => wrap(shown(line, view), prefixes));
}

type Artifact = ModelVersionDocument['spec']['artifact'];

function artifactLines(
  { digest, uri, size, files, manifest }: Artifact,
  formats: string | undefined,
  view: View,
): string[] {
  const many = manifest === undefined ? [] : [pair('files', String(manifest.files))];
  const known = formats === undefined ? [] : [pair('format', formats === '' ? 'none that is known' : formats)];
  const pairs = [pair('digest', digest), pair('uri', uri), pair('size', sizeOf(size)), ...many, ...known];
  const columns = [
    { title: 'file' },
    { title: 'size', align: 'right' as const },
    { title: 'digest', expendable: true },
  ];
  const rows = (files ?? []).map((file) => [shown(file.path, view), sizeOf(file.size), shortDigest(file.digest)]);
  return [
    ...labelledLines(safePairs(pairs, view), view, '  '),
    ...(rows.length === 0 ? [] : renderTable({ indent: 2, columns, rows }, view)),
  ];
}

function lineagePairs({ code, data = [], parameters = {}, environment, parents }: Lineage): [string, string][] {
  return [
    ...(code === undefined ? [] : [pair('code', `${code.repository} at ${code.commit}`)]),
    ...data.map(({ name, uri, digest }) => pair(`data ${name}`, digest === undefined ? uri : `${uri} ${digest}`)),
    ...Object.entries(parameters).map(([name, value]) => pair(name, String(value))),
    ...Object.entries(environment ?? {}).map(([name, value]) => pair(name, value)),
    ...(parents === undefined ? [] : [pair('parents', parents.join(', '))]),
  ];
}

function pair(label: string, text: string): [string, string] {
  return [label, text];
}

function featureLines(features: ModelVersionDocument['spec']['features'], view: View): string[] {
  if (features === undefined) return [];
  const rows = (['inputs', 'outputs'] as const).flatMap((side) =>
    features[side].map(({ name, type, required }) => [
      side === 'inputs' ? 'input' : 'output',
      shown(name, view),
      shown(type, view),
      side === 'inputs' && required === false ? 'optional' : '',
    ]),
  );
  return renderTable({ indent: 2, columns: ['side', 'name', 'type', ''].map((title) => ({ title })), rows }, view);
}

function evidenceLines({ metadata, spec }: EvidenceDocument, path: string, view: View): string[] {
  const name = `evidence ${metadata.kind}-${String(metadata.sequence)}`;
  const pairs = [
    ...Object.entries(spec.metrics ?? {}).map(([metric, value]) => pair(metric, metricText(value))),
    ...(spec.suites ?? []).map(({ name: suite, passed, failed }) => pair(suite, suiteText(passed, failed))),
    ...(spec.dataset === undefined ? [] : [pair('dataset', spec.dataset.uri ?? spec.dataset.name)]),
    ...(spec.tool === undefined ? [] : [pair('tool', [spec.tool.name, spec.tool.version ?? ''].join(' ').trim())]),
    ...(spec.attachments ?? []).map(({ name: file, digest }) => pair(file, digest)),
    pair('by', `${spec.producedBy}, ${ageOf(spec.producedAt, view.now)}`),
    pair('in', path),
  ];
  return section(shown(name, view), labelledLines(safePairs(pairs, view), view, '  '), view);
}

function metricText(value: MetricValue): string {
  if (typeof value === 'number') return String(value);
  const size = value.n === undefined ? '' : ` (n ${String(value.n)})`;
  return `${String(value.value)}${value.unit === undefined ? '' : ` ${value.unit}`}${size}`;
}

function suiteText(passed: number, failed: number): string {
  return `${String(passed)} passed, ${String(failed)} failed`;
}

function promotionBlocks({ promotion, approvedBy }: PromotionCard, view: View): string[][] {
  const { metadata, spec } = promotion;
  const pairs = [
    pair('version', spec.version),
    pair('asked', `by ${spec.requestedBy}, ${ageOf(spec.requestedAt, view.now)}`),
    pair('approved', listed(approvedBy) || 'by nobody else'),
    ...(spec.breakGlass === undefined ? [] : [pair('glass', `broken: ${spec.breakGlass.reason}`)]),
    pair('rollout', planInWords(spec.plan)),
    pair('back to', spec.rollbackTo === 'none' ? 'nothing: this was the first promotion' : spec.rollbackTo),
  ];
  const columns = ['gate', 'verdict', 'observed', 'required'].map((title) => ({ title }));
  const rows = spec.checks.map((check) =>
    [check.gate, recordedVerdict(check), check.observed ?? '', check.required ?? ''].map((value) =>
      shown(shortened(String(value)), view),
    ),
  );
  return [
    section(`promotion to ${shown(metadata.stage, view)}`, labelledLines(safePairs(pairs, view), view, '  '), view),
    noteLines(spec.note, view),
    rows.length === 0 ? [] : renderTable({ indent: 2, columns, rows }, view),
  ];
}

/** What a gate saw of an artifact is its digest, which fills a table and tells people nothing more in full. */
function shortened(value: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(value) ? shortDigest(value) : value;
}
