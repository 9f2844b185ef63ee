import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { callsLate, groupOf, score, train, type DelayModel, type DistanceGroup } from './delay-model.ts';
import type { TrainingParameters } from './delay-model.ts';
import type { Flight, Snapshot } from './flights.ts';
import { areaUnderCurve, kolmogorovSmirnov, logLoss, stabilityIndex } from './measurements.ts';
import { scanModel } from './model-scan.ts';
import { serve } from './serving.ts';
import { testModel } from './model-tests.ts';

/** A trained version as files in a folder: `model/`, and what was measured about it. */
export interface TrainedVersion {
  readonly folder: string;
  readonly parameters: TrainingParameters;
  readonly measured: Measured;
}

/** What was measured, as `mreg evidence add` takes it. */
export interface Measured {
  readonly offline: MeasuredMetrics;
  readonly online: MeasuredMetrics;
  readonly drift: MeasuredMetrics;
  readonly fairness: MeasuredMetrics;
  readonly tests: object;
  readonly scan: object;
}

interface MeasuredMetrics {
  readonly metrics: Readonly<Record<string, number>>;
}

const TOOL = { name: 'demo' };

/** Trains, measures on the flights that training has not seen, and writes everything into `folder`. */
export function trainVersion(data: Snapshot, folder: string, parameters: TrainingParameters): TrainedVersion {
  const model = train(data.train, parameters);
  const bytes = `${JSON.stringify(model, null, 1)}\n`;
  const measured = measure(data, model, bytes);
  write(path.join(folder, 'model', 'model.json'), bytes);
  write(path.join(folder, 'features.json'), `${JSON.stringify(featuresOf(model), null, 2)}\n`);
  for (const [kind, evidence] of Object.entries(measured)) {
    write(path.join(folder, `${kind}.json`), `${JSON.stringify(evidence, null, 2)}\n`);
  }
  return { folder, parameters, measured };
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function measure(data: Snapshot, model: DelayModel, bytes: string): Measured {
  const { train: seen, heldOut } = data;
  const dataset = { name: 'held-out flights', uri: data.uri, digest: data.digest, rows: heldOut.length };
  const about = { dataset, tool: TOOL };
  const scored = heldOut.map(({ question, late }) => ({ score: score(model, question), truth: late }));
  const right = heldOut.filter(({ question, late }) => callsLate(model, question) === late).length;
  return {
    offline: {
      metrics: {
        auc: rounded(areaUnderCurve(scored)),
        log_loss: rounded(logLoss(scored)),
        accuracy: rounded(right / heldOut.length),
      },
      ...about,
    },
    online: { metrics: serve(bytes, heldOut), ...about },
    drift: { metrics: driftOf(model, seen, heldOut), ...about },
    fairness: { ...fairnessOf(model, heldOut), ...about },
    tests: { suites: testModel(bytes, heldOut), tool: TOOL },
    scan: { findings: scanModel(bytes), tool: TOOL },
  };
}

function driftOf(model: DelayModel, seen: readonly Flight[], heldOut: readonly Flight[]): Record<string, number> {
  const [then, now] = [seen, heldOut].map((flights) => flights.map(({ question }) => score(model, question)));
  const { statistic, pValue } = kolmogorovSmirnov(then!, now!);
  return {
    psi: rounded(stabilityIndex(then!, now!)),
    ks_statistic: rounded(statistic),
    ks_p_value: rounded(pValue),
  };
}

/** How many of the late flights are found, among short flights and among long ones. */
function fairnessOf(
  model: DelayModel,
  heldOut: readonly Flight[],
): MeasuredMetrics & { readonly slices: readonly object[] } {
  const late = heldOut.filter((flight) => flight.late);
  const slice = (group: DistanceGroup): { name: string; count: number; rate: number } => {
    const members = late.filter(({ question }) => groupOf(question) === group);
    const found = members.filter(({ question }) => callsLate(model, question)).length;
    return { name: `${group} flights`, count: members.length, rate: found / members.length };
  };
  const [short, long] = [slice('short'), slice('long')];
  return {
    metrics: { tpr_gap: rounded(Math.abs(short.rate - long.rate)) },
    slices: [short, long].map(({ name, count, rate }) => ({ name, count, metrics: { recall: rounded(rate) } })),
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}

/** The feature schema: a model that does not look at a column does not ask for it, and what may be missing is optional. */
function featuresOf({ features }: DelayModel): object {
  const names = features.map(({ name }) => name);
  const extra = [
    { name: 'weekday', type: 'integer', used: names.includes('friday') || names.includes('saturday') },
    { name: 'origin', type: 'string', used: names.includes('origin') },
    { name: 'destination', type: 'string', used: names.includes('destination') },
  ];
  return {
    inputs: [
      { name: 'hour', type: 'double', required: true },
      { name: 'distance', type: 'double', required: true },
      ...extra.filter(({ used }) => used).map(({ name, type }) => ({ name, type, required: false })),
    ],
    outputs: [{ name: 'probability', type: 'double' }],
  };
}
