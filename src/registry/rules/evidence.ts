import type { EvidenceDocument } from '../../documents/kinds/evidence.ts';
import type { ModelDocument } from '../../documents/kinds/model.ts';
import { evidencePath, modelPath, versionPath } from '../../documents/paths.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { catalogueFindings } from '../../gates/catalogue-findings.ts';
import type { Change } from '../changes.ts';
import { newestEvidence } from '../models.ts';
import { readStored, type Stored } from '../read-file.ts';
import { modelOf, policiesFor } from '../view.ts';
import {
  readSigned,
  refusing,
  requireRole,
  requireSigner,
  type Finding,
  type RuleContext,
  type Signed,
} from './rule.ts';

/** Where a piece of evidence stands. */
export interface EvidenceAddress {
  readonly model: string;
  readonly version: string;
  readonly evidenceKind: string;
  readonly sequence: number;
}

/** Evidence added: signed by an evaluator or registrar, about the version's very bytes, numbered last + 1 of its kind. */
export async function judgeEvidence(context: RuleContext, at: EvidenceAddress): Promise<Finding> {
  const path = evidencePath(at.model, at.version, { kind: at.evidenceKind, sequence: at.sequence });
  const number = await checkSequence(context, at, path);
  const signed = await readSigned(context, 'Evidence', path);
  if (!signed.ok) return refusing(...number, ...signed.refusals);
  const by = signed.value.signer;
  const refusals = [
    ...number,
    ...requireRole(context.view, signed.value, { roles: ['evaluator', 'registrar'], model: at.model }),
    ...requireSigner(path, { field: 'spec.producedBy', value: signed.value.body.spec.producedBy }, by),
    ...(await checkSubject(context, at, signed.value)),
    ...(await checkMetrics(context, at.model, signed.value)),
  ];
  const { model, version, evidenceKind } = at;
  return { refusals, changes: [{ action: 'evidence', model, version, by, detail: evidenceKind }] };
}

/** Attack: a second file with a used number, or a gap that hides a removed measurement. */
async function checkSequence(context: RuleContext, at: EvidenceAddress, path: string): Promise<readonly Refusal[]> {
  const { last, newest = at.sequence, added } = await numbersOf(context, at);
  if (at.sequence > last && newest === last + added) return [];
  const hint = 'fetch and add it again with mreg evidence add';
  return [{ code: 'sequence', path, expected: `number ${String(last + 1)}`, found: String(at.sequence), hint }];
}

/** The evidence of one kind of one version: the last number before a step and after it, and how much the step adds. */
interface Numbers {
  readonly last: number;
  readonly newest: number | undefined;
  readonly added: number;
}

const known = new WeakMap<readonly Change[], Map<string, Promise<Numbers>>>();

/** Once for a step: of a hundred thousand files each would otherwise look at all the others. */
function numbersOf(context: RuleContext, at: EvidenceAddress): Promise<Numbers> {
  const ofStep = known.get(context.changes) ?? new Map<string, Promise<Numbers>>();
  known.set(context.changes, ofStep);
  const stem = evidencePath(at.model, at.version, { kind: at.evidenceKind, sequence: 0 }).replace(/0\.yaml$/, '');
  const numbers = ofStep.get(stem) ?? countNumbers(context, at, stem);
  ofStep.set(stem, numbers);
  return numbers;
}

async function countNumbers(context: RuleContext, at: EvidenceAddress, stem: string): Promise<Numbers> {
  const last = (await newestEvidence(context.view.snapshot, at)).get(at.evidenceKind) ?? 0;
  const newest = (await newestEvidence(context.after, at)).get(at.evidenceKind);
  const isSameKind = (path: string): boolean => path.startsWith(stem) && /^[0-9]+\.yaml$/.test(path.slice(stem.length));
  return { last, newest, added: context.changes.filter(({ path }) => isSameKind(path)).length };
}

async function checkSubject(
  context: RuleContext,
  at: EvidenceAddress,
  { path, body }: Signed<EvidenceDocument>,
): Promise<readonly Refusal[]> {
  const reading = await readStored(context.after, 'ModelVersion', versionPath(at.model, at.version));
  const version = reading.ok ? reading.value : undefined;
  const digest = version?.body.spec.artifact.digest;
  if (body.spec.subject === digest) return [];
  const hint = 'measure the registered bytes: evidence about another artifact says nothing about this one';
  const expected = `subject ${digest ?? 'of an existing version'}, the artifact of ${at.model}@${at.version}`;
  return [{ code: 'subject', path, expected, found: body.spec.subject, hint }];
}

async function checkMetrics(
  context: RuleContext,
  model: string,
  signed: Signed<EvidenceDocument>,
): Promise<readonly Refusal[]> {
  const document = (await modelOf(context.view, model)) ?? (await newModel(context, model));
  if (document === undefined) return [];
  const by = { policies: policiesFor(context.view, model), modelDocument: document.body };
  return catalogueFindings(signed, by).map((found) => ({ code: 'number-range', path: signed.path, ...found }));
}

/** A model that comes with its first evidence; its own rule says what is wrong with it. */
async function newModel({ after }: RuleContext, model: string): Promise<Stored<ModelDocument> | undefined> {
  const reading = await readStored(after, 'Model', modelPath(model));
  return reading.ok ? reading.value : undefined;
}
