import { add, compareDecimals } from './decimal.ts';
import type { Gate, MetricGate } from './kinds/gate.ts';
import type { DocumentOf, Kind } from './kinds/index.ts';
import type { ModelVersionDocument } from './kinds/model-version.ts';
import type { PolicyDocument, Transition } from './kinds/policy.ts';
import type { PromotionDocument, ReleasePlan } from './kinds/promotion.ts';
import type { RegistryDocument } from './kinds/registry.ts';
import type { StageDocument } from './kinds/stage.ts';
import { checkName, foldName, kubernetesName } from './names.ts';
import { isInstant } from './time.ts';
import { quoted } from './yaml-findings.ts';

/** What is wrong at a dotted field of a document, beyond its shape. */
export interface Fault {
  readonly field: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/** Returns what one document says that cannot be, as far as it can be seen without any other document. */
export function checkRules<K extends Kind>(kind: K, document: DocumentOf[K]): readonly Fault[] {
  return RULES[kind](document);
}

const RULES: { readonly [K in Kind]: (document: DocumentOf[K]) => readonly Fault[] } = {
  Registry: registryFaults,
  TrustRoot: ({ spec }) => times({ 'spec.expires': spec.expires }),
  Policy: policyFaults,
  Model: ({ spec }) => rangeFaults('spec.metrics', spec.metrics),
  ModelVersion: versionFaults,
  Evidence: ({ spec }) => [
    ...times({ 'spec.producedAt': spec.producedAt }),
    ...repeated('spec.slices', 'name', names(spec.slices)),
    ...repeated('spec.suites', 'name', names(spec.suites)),
    ...repeated('spec.attachments', 'name', names(spec.attachments)),
  ],
  Hold: ({ spec }) => times({ 'spec.at': spec.at }),
  Promotion: promotionFaults,
  Stage: stageFaults,
  Decision: ({ spec }) => times({ 'spec.at': spec.at }),
  Review: ({ spec }) => times({ 'spec.at': spec.at }),
};

function registryFaults({ spec }: RegistryDocument): readonly Fault[] {
  const reserved = spec.stages.flatMap((stage, index) => {
    const refusal = checkName(stage, 'a stage');
    return refusal === undefined ? [] : [{ ...refusal, field: `spec.stages.${String(index)}` }];
  });
  const isBranch = !/\.\.|\/\/|\/\.|\.lock(?:\/|$)|\.(?:\/|$)/.test(spec.branch);
  const branch = fault('spec.branch', { expected: 'a branch name that git allows', found: quoted(spec.branch) });
  return [
    ...reserved,
    ...repeated('spec.stages', undefined, spec.stages.map(foldName)),
    ...repeated('spec.stores', 'name', names(spec.stores)),
    ...(isBranch ? [] : [branch]),
  ];
}

function policyFaults({ spec }: PolicyDocument): readonly Fault[] {
  return [
    ...rangeFaults('spec.metrics', spec.metrics),
    ...repeated(
      'spec.transitions',
      undefined,
      spec.transitions.map(({ from, to }) => `${from} to ${to}`),
    ),
    ...spec.transitions.flatMap((transition, index) =>
      transitionFaults(`spec.transitions.${String(index)}`, transition),
    ),
  ];
}

function transitionFaults(field: string, { from, to, gates, plan, rollback }: Transition): readonly Fault[] {
  return [
    ...distinctStages(`${field}.to`, from, to),
    ...repeated(
      `${field}.gates`,
      'id',
      gates.map(({ id }) => id),
    ),
    ...gates.flatMap((gate, index) => gateFaults(`${field}.gates.${String(index)}`, gate)),
    ...(plan === undefined ? [] : planFaults(`${field}.plan`, plan)),
    ...unbounded(`${field}.rollback.triggers`, rollback?.triggers),
  ];
}

function gateFaults(field: string, gate: Gate): readonly Fault[] {
  if (gate.type === 'metric') return metricGateFaults(field, gate);
  if (gate.type !== 'window') return [];
  return (gate.freezes ?? []).flatMap(({ from, to }, index) => {
    const at = `${field}.freezes.${String(index)}`;
    return [...times({ [`${at}.from`]: from, [`${at}.to`]: to }), ...inOrder(`${at}.to`, from, to)];
  });
}

const DELTAS = ['minDelta', 'maxDelta', 'minDeltaPercent', 'maxDeltaPercent'] as const;
const BOUNDS = ['min', 'max', 'above', 'below', 'equals'] as const;

function metricGateFaults(field: string, gate: MetricGate): readonly Fault[] {
  const delta = DELTAS.find((name) => gate[name] !== undefined);
  const hasBound = delta !== undefined || BOUNDS.some((name) => gate[name] !== undefined);
  const faults: Fault[] = [];
  // A gate without a bound would pass whatever is measured.
  if (!hasBound)
    faults.push(fault(field, { expected: `one of ${[...BOUNDS, ...DELTAS].join(', ')}`, found: 'no bound' }));
  if (delta !== undefined && gate.baseline === undefined) {
    const hint = 'add baseline: {stage: prod}, {version: v6} or {name: …}';
    faults.push(fault(`${field}.baseline`, { expected: `a baseline for ${delta}`, found: 'nothing', hint }));
  }
  return faults;
}

function planFaults(field: string, plan: ReleasePlan): readonly Fault[] {
  const weights = (plan.steps ?? []).map(({ weight }) => weight);
  const falls = weights.findIndex(
    (weight, index) => index > 0 && compareDecimals(weight, weights[index - 1] ?? 0) <= 0,
  );
  const step = fault(`${field}.steps.${String(falls)}.weight`, {
    expected: `more than the step before (${String(weights[falls - 1])})`,
    found: String(weights[falls]),
    hint: 'a canary only grows; list its steps by weight',
  });
  return [...(plan.strategy === 'canary' && falls > 0 ? [step] : []), ...unbounded(`${field}.guards`, plan.guards)];
}

/** A guard without a threshold would never fire. */
function unbounded(field: string, guards: readonly { above?: number; below?: number }[] = []): readonly Fault[] {
  return guards.flatMap(({ above, below }, index) =>
    above === undefined && below === undefined
      ? [
          fault(`${field}.${String(index)}`, {
            expected: 'above or below',
            found: 'no threshold',
            hint: 'add one of them',
          }),
        ]
      : [],
  );
}

function versionFaults({ spec }: ModelVersionDocument): readonly Fault[] {
  const { files, manifest } = spec.artifact;
  const hint = 'mreg register writes it';
  const listed = fault('spec.artifact', { expected: 'files, or manifest when there are many', found: 'neither', hint });
  return [
    ...times({ 'spec.registeredAt': spec.registeredAt }),
    ...(files === undefined && manifest === undefined ? [listed] : []),
    ...(files ?? []).flatMap(({ path }, index) => filePathFaults(`spec.artifact.files.${String(index)}.path`, path)),
    ...repeated(
      'spec.artifact.files',
      'path',
      (files ?? []).map(({ path }) => path),
    ),
    ...repeated('spec.features.inputs', 'name', names(spec.features?.inputs)),
    ...repeated('spec.features.outputs', 'name', names(spec.features?.outputs)),
  ];
}

/** Path traversal: an artifact is unpacked where its user says, and a file of it must not land anywhere else. */
function filePathFaults(field: string, path: string): readonly Fault[] {
  // eslint-disable-next-line no-control-regex -- NUL and newlines in names are what is refused
  const isSafe = !/[\\:\u0000-\u001f\u007f]/.test(path) && path.split('/').every((part) => !/^\.{0,2}$/.test(part));
  const hint = 'no "..", no leading "/", no "\\" or ":"';
  return isSafe ? [] : [fault(field, { expected: 'a relative path inside the artifact', found: quoted(path), hint })];
}

function promotionFaults({ metadata, spec }: PromotionDocument): readonly Fault[] {
  const other = fault('spec.to', {
    expected: metadata.stage,
    found: spec.to,
    hint: 'metadata.stage and spec.to are one',
  });
  return [
    ...times({ 'spec.requestedAt': spec.requestedAt, 'spec.expiresAt': spec.expiresAt }),
    ...inOrder('spec.expiresAt', spec.requestedAt, spec.expiresAt),
    ...(spec.to === metadata.stage ? [] : [other]),
    ...distinctStages('spec.from', spec.to, spec.from),
    ...repeated(
      'spec.evidence',
      'path',
      spec.evidence.map(({ path }) => path),
    ),
    ...planFaults('spec.plan', spec.plan),
  ];
}

function stageFaults({ metadata, spec }: StageDocument): readonly Fault[] {
  const { blue, green } = spec.slots;
  const champion = spec.slots[spec.champion];
  const name = kubernetesName(spec.model, spec.stage);
  const total = add(blue.weight, green.weight);
  const hint = 'mreg writes stage files; do not edit them';
  const agrees = (['version', 'digest', 'uri'] as const).filter((field) => spec[field] !== champion[field]);
  return [
    ...times({ 'spec.movedAt': spec.movedAt, 'spec.rollout.since': spec.rollout.since }),
    ...(metadata.name === name ? [] : [fault('metadata.name', { expected: name, found: metadata.name, hint })]),
    ...agrees.map((field) =>
      fault(`spec.${field}`, {
        expected: `what slot ${spec.champion} says: ${champion[field]}`,
        found: spec[field],
        hint,
      }),
    ),
    ...(total.eq(100)
      ? []
      : [fault('spec.slots', { expected: 'weights of 100 together', found: total.toFixed(), hint })]),
    ...(spec.rollout.step <= spec.rollout.steps
      ? []
      : [
          fault('spec.rollout.step', {
            expected: `at most ${String(spec.rollout.steps)}`,
            found: String(spec.rollout.step),
            hint,
          }),
        ]),
  ];
}

function times(fields: Readonly<Record<string, string>>): readonly Fault[] {
  return Object.entries(fields).flatMap(([field, text]) =>
    isInstant(text)
      ? []
      : [fault(field, { expected: 'a time that exists', found: quoted(text), hint: 'correct the date or the hour' })],
  );
}

function inOrder(field: string, earlier: string, later: string): readonly Fault[] {
  const isInOrder = Date.parse(earlier) < Date.parse(later);
  return isInOrder || !isInstant(earlier) || !isInstant(later)
    ? []
    : [fault(field, { expected: `a time after ${earlier}`, found: later })];
}

function distinctStages(field: string, other: string, stage: string): readonly Fault[] {
  return other === stage ? [fault(field, { expected: `another stage than ${other}`, found: stage })] : [];
}

function rangeFaults(
  field: string,
  metrics: Readonly<Record<string, { readonly min?: number; readonly max?: number }>> = {},
): readonly Fault[] {
  return Object.entries(metrics).flatMap(([name, { min, max }]) =>
    min !== undefined && max !== undefined && min >= max
      ? [fault(`${field}.${name}`, { expected: 'min below max', found: `min ${String(min)}, max ${String(max)}` })]
      : [],
  );
}

function names(items: readonly { readonly name: string }[] = []): readonly string[] {
  return items.map(({ name }) => name);
}

function repeated(field: string, property: string | undefined, values: readonly string[]): readonly Fault[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) === index
      ? []
      : [
          fault([field, String(index), ...(property === undefined ? [] : [property])].join('.'), {
            expected: 'a value that is not in the list yet',
            found: `${quoted(value)} again`,
            hint: 'remove or rename one of them',
          }),
        ],
  );
}

function fault(field: string, { expected, found, hint }: { expected: string; found: string; hint?: string }): Fault {
  return { field, expected, found, hint: hint ?? 'correct the value' };
}
