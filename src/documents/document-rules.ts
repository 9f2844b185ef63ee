import { add } from './decimal.ts';
import { distinctStages, fault, inOrder, names, repeated, times, type Fault } from './faults.ts';
import { freezeFaults } from './freeze-rules.ts';
import type { DocumentOf, Kind } from './kinds/index.ts';
import type { ModelVersionDocument } from './kinds/model-version.ts';
import type { PromotionDocument } from './kinds/promotion.ts';
import type { RegistryDocument } from './kinds/registry.ts';
import type { StageDocument } from './kinds/stage.ts';
import type { TrustRootDocument } from './kinds/trust-root.ts';
import { pathsFaults } from './manifest.ts';
import { checkName, checkPrincipal, foldName, isVersionName, kubernetesName } from './names.ts';
import { notificationFaults } from './notification-rules.ts';
import { planFaults, policyFaults, rangeFaults } from './policy-rules.ts';
import { quoted } from './yaml-findings.ts';

/** Returns what one document says that cannot be, as far as it can be seen without any other document. */
export function checkRules<K extends Kind>(kind: K, document: DocumentOf[K]): readonly Fault[] {
  return RULES[kind](document);
}

const RULES: { readonly [K in Kind]: (document: DocumentOf[K]) => readonly Fault[] } = {
  Registry: registryFaults,
  TrustRoot: trustRootFaults,
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
  Freeze: freezeFaults,
  Promotion: promotionFaults,
  Stage: stageFaults,
  Decision: ({ spec }) => times({ 'spec.at': spec.at }),
  Review: ({ spec }) => times({ 'spec.at': spec.at }),
  Notifications: notificationFaults,
};

function registryFaults({ spec }: RegistryDocument): readonly Fault[] {
  const reserved = spec.stages.flatMap((stage, index) => {
    const field = `spec.stages.${String(index)}`;
    // `fraud_detector@v7` would be two things.
    if (isVersionName(stage))
      return [fault(field, { expected: 'a stage not named like a version', found: quoted(stage) })];
    const refusal = checkName(stage, 'a stage');
    return refusal === undefined ? [] : [fault(field, refusal)];
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

function trustRootFaults({ spec }: TrustRootDocument): readonly Fault[] {
  // Approval files are named after principals: an id that is no file name could never approve.
  const unfit = spec.principals.flatMap(({ id }, index) => {
    const refusal = checkPrincipal(id);
    return refusal === undefined ? [] : [fault(`spec.principals.${String(index)}.id`, refusal)];
  });
  return [...times({ 'spec.expires': spec.expires }), ...unfit];
}

function versionFaults({ spec }: ModelVersionDocument): readonly Fault[] {
  const { files, manifest } = spec.artifact;
  const hint = 'mreg register writes it';
  const listed = fault('spec.artifact', { expected: 'files, or manifest when there are many', found: 'neither', hint });
  return [
    ...times({ 'spec.registeredAt': spec.registeredAt }),
    ...(files === undefined && manifest === undefined ? [listed] : []),
    ...fileFaults(files),
    ...repeated('spec.features.inputs', 'name', names(spec.features?.inputs)),
    ...repeated('spec.features.outputs', 'name', names(spec.features?.outputs)),
  ];
}

/** Path traversal: an artifact is unpacked where its user says, and a file of it must not land anywhere else. */
function fileFaults(files: readonly { readonly path: string }[] = []): readonly Fault[] {
  const paths = files.map(({ path }) => path);
  return (files.length === 0 ? [] : pathsFaults(paths)).map((found) =>
    fault(`spec.artifact.files.${String(paths.lastIndexOf(found.path))}.path`, {
      expected: 'a path that every file system can hold, each once',
      found: `${quoted(found.path)}, which ${found.fault}`,
      hint: 'rename the file and register again',
    }),
  );
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
