import { MregError } from '../documents/error.ts';
import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { FeatureSchema } from '../documents/kinds/model-version.ts';
import { readDataFile } from './data-file.ts';
import type { Outside } from './outside.ts';

/** What a measurement states; the rest of an evidence document follows from where it goes and who signs it. */
export type Measured = Omit<EvidenceDocument['spec'], 'subject' | 'producedBy' | 'producedAt'>;

const FIELDS = ['metrics', 'slices', 'suites', 'findings', 'dataset', 'tool', 'attachments', 'note'] as const;

/** Reads a file of metrics: a flat map of names to numbers, or one under `metrics`. */
export async function readMetrics(outside: Outside, file: string | undefined): Promise<Measured['metrics']> {
  if (file === undefined) return undefined;
  const { metrics } = await readMeasured(outside, file);
  if (metrics !== undefined && Object.keys(metrics).length > 0) return metrics;
  throw new MregError('bad-file', `${file} holds no metrics`, { hint: 'for example {"auc": 0.935, "log_loss": 0.21}' });
}

/**
 * Reads a file of measurements. Known sections (metrics, suites, findings, dataset …) are taken as they are; a file without
 * any is a flat map of metrics. `{unit: pass}` is short for a suite that passed.
 */
export async function readMeasured(outside: Outside, file: string): Promise<Measured> {
  const value = await readDataFile(outside, file);
  if (!isRecord(value))
    throw new MregError('bad-file', `expected a map in ${file}, found ${describe(value)}`, {
      hint: 'for example {"auc": 0.935}',
    });
  const sections = isRecord(value['spec']) ? value['spec'] : value;
  const named = Object.entries(sections).filter(([key]) => isField(key));
  if (named.length === 0) return { metrics: sections } as Measured; // judged by the evidence schema
  const unknown = Object.keys(sections).filter(
    (key) => !isField(key) && !['subject', 'producedBy', 'producedAt'].includes(key),
  );
  if (unknown.length > 0) {
    throw new MregError('bad-file', `${file} has sections that evidence does not know: ${unknown.join(', ')}`, {
      hint: `known: ${FIELDS.join(', ')}`,
    });
  }
  return withSuites(Object.fromEntries(named));
}

function withSuites(measured: Readonly<Record<string, unknown>>): Measured {
  const { suites } = measured;
  if (!isRecord(suites)) return measured; // judged by the evidence schema
  const listed = Object.entries(suites).map(([name, outcome]) => suiteOf(name, outcome));
  return { ...measured, suites: listed } as Measured; // judged by the evidence schema
}

function suiteOf(name: string, outcome: unknown): object {
  if (outcome === 'pass') return { name, passed: 1, failed: 0 };
  if (outcome === 'fail') return { name, passed: 0, failed: 1 };
  return isRecord(outcome) ? { name, ...outcome } : { name };
}

/** Reads a feature schema: inputs and outputs with names and types. */
export async function readFeatures(outside: Outside, file: string | undefined): Promise<FeatureSchema | undefined> {
  if (file === undefined) return undefined;
  const value = await readDataFile(outside, file);
  if (isFeatureSchema(value)) return value; // its entries are judged by the version's schema
  throw new MregError('bad-file', `${file} holds no feature schema`, {
    hint: 'for example {"inputs": [{"name": "amount", "type": "double", "required": true}], "outputs": [{"name": "score", "type": "double"}]}',
  });
}

function isFeatureSchema(value: unknown): value is FeatureSchema {
  return isRecord(value) && Array.isArray(value['inputs']) && Array.isArray(value['outputs']);
}

function isField(key: string): boolean {
  return (FIELDS as readonly string[]).includes(key);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'a list' : value === null ? 'nothing' : typeof value;
}
