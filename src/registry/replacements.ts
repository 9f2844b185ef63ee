const SLOTS = ['blue', 'green'] as const;
type SlotName = (typeof SLOTS)[number];
/** Where a slot stands in the lists of routes. */
const PLACE_OF = { blue: '0', green: '1' } as const;

/** What kustomize copies where: one field of the Stage, into fields of the users' manifests. */
export interface Replacement {
  readonly source: { readonly kind: 'Stage'; readonly name: string; readonly fieldPath: string };
  readonly targets: readonly {
    readonly select: { readonly kind: string; readonly annotationSelector: string };
    readonly fieldPaths: readonly string[];
  }[];
}

type Target = Replacement['targets'][number];

/**
 * Returns what is copied out of a stage. Every target is chosen by an annotation, because kustomize fails where a chosen
 * target lacks the field; what only some manifests have (a mirror, an init container) has an annotation of its own.
 */
export function replacementsOf(name: string): readonly Replacement[] {
  return [...SLOTS.flatMap((slot) => ofSlot(name, slot)), ...ofChampion(name)];
}

function ofSlot(name: string, slot: SlotName): readonly Replacement[] {
  const copy = copierFrom(name, `spec.slots.${slot}.`);
  const bySlot = `mreg.dev/slot=${name}.${slot}`;
  return [
    copy('uri', [...uriTargets(name, slot)]),
    copy('version', [environment('Deployment', bySlot, 'MREG_VERSION')]),
    copy('digest', [
      environment('Deployment', bySlot, 'MREG_DIGEST'),
      atStart('Deployment', `mreg.dev/pull=${name}.${slot}`),
    ]),
    copy('weight', weightTargets(name, slot)),
    copy('mirror', mirrorTargets(name, slot)),
  ];
}

function uriTargets(name: string, slot: SlotName): readonly Target[] {
  const place = slot === 'blue' ? 'spec.predictor' : 'spec.canary.0.predictor';
  return [
    ...firstUriTargets(name, slot),
    target('InferenceService', `mreg.dev/canary=${name}`, `${place}.model.storageUri`),
  ];
}

function weightTargets(name: string, slot: SlotName): readonly Target[] {
  const canary = target('InferenceService', `mreg.dev/canary=${name}`, 'spec.canary.0.trafficPercent');
  return [...firstWeightTargets(name, slot), ...(slot === 'green' ? [canary] : [])];
}

function mirrorTargets(name: string, slot: SlotName): readonly Target[] {
  const byMirror = `mreg.dev/mirror=${name}`;
  const place = PLACE_OF[slot];
  return [
    target('HTTPRoute', byMirror, `spec.rules.0.filters.${place}.requestMirror.percent`),
    target('VirtualService', byMirror, `spec.http.0.mirrors.${place}.percentage.value`),
  ];
}

/** For what serves one version at a time: a Service that chooses a slot, a Rollout of Argo Rollouts. */
function ofChampion(name: string): readonly Replacement[] {
  const copy = copierFrom(name, 'spec.');
  const byChampion = `mreg.dev/champion=${name}`;
  return [
    copy('champion', [target('Service', byChampion, 'spec.selector.slot')]),
    copy('uri', [environment('Rollout', byChampion, 'MREG_URI')]),
    copy('version', [environment('Rollout', byChampion, 'MREG_VERSION')]),
    copy('digest', [environment('Rollout', byChampion, 'MREG_DIGEST'), atStart('Rollout', `mreg.dev/pull=${name}`)]),
  ];
}

/** Returns what the first form of the Component copied. It stands in stages that were not promoted to since, and in history. */
export function firstReplacements(name: string): readonly Replacement[] {
  return SLOTS.flatMap((slot) => {
    const copy = copierFrom(name, `spec.slots.${slot}.`);
    const bySlot = `mreg.dev/slot=${name}.${slot}`;
    return [
      copy('uri', firstUriTargets(name, slot)),
      copy('version', [environment('Deployment', bySlot, 'MREG_VERSION')]),
      copy('digest', [environment('Deployment', bySlot, 'MREG_DIGEST')]),
      copy('weight', firstWeightTargets(name, slot)),
    ];
  });
}

function firstUriTargets(name: string, slot: SlotName): readonly Target[] {
  const bySlot = `mreg.dev/slot=${name}.${slot}`;
  return [
    target('InferenceService', bySlot, 'spec.predictor.model.storageUri'),
    environment('Deployment', bySlot, 'MREG_URI'),
  ];
}

function firstWeightTargets(name: string, slot: SlotName): readonly Target[] {
  const byRoute = `mreg.dev/route=${name}`;
  const place = PLACE_OF[slot];
  return [
    target('HTTPRoute', byRoute, `spec.rules.0.backendRefs.${place}.weight`),
    target('VirtualService', byRoute, `spec.http.0.route.${place}.weight`),
  ];
}

function copierFrom(name: string, prefix: string): (field: string, targets: readonly Target[]) => Replacement {
  return (field, targets) => ({ source: { kind: 'Stage', name, fieldPath: prefix + field }, targets });
}

function target(kind: string, annotationSelector: string, fieldPath: string): Target {
  return { select: { kind, annotationSelector }, fieldPaths: [fieldPath] };
}

function environment(kind: string, annotationSelector: string, variable: string): Target {
  return target(kind, annotationSelector, `spec.template.spec.containers.*.env.[name=${variable}].value`);
}

/** The digest that an init container is to find in the stage file it was given. */
function atStart(kind: string, annotationSelector: string): Target {
  return target(kind, annotationSelector, 'spec.template.spec.initContainers.*.env.[name=MREG_DIGEST].value');
}
