import { kubernetesName } from '../documents/names.ts';
import { workloadName } from './names.ts';
import { PLACEHOLDER, SLOTS, type DeployWish, type Manifest, type SlotName } from './wish.ts';

/** Returns what KServe serves: one InferenceService a slot, or one for both with the canary of KServe 0.20. */
export function inferenceServices(wish: DeployWish): readonly Manifest[] {
  return wish.isCanary ? [withCanary(wish)] : SLOTS.map((slot) => ofSlot(wish, slot));
}

function ofSlot(wish: DeployWish, slot: SlotName): Manifest {
  const { model, stage } = wish;
  return inferenceService(
    {
      name: `${workloadName(model, stage)}-${slot}`,
      annotations: { ...STANDARD, 'mreg.dev/slot': `${kubernetesName(model, stage)}.${slot}` },
    },
    { predictor: predictor(wish) },
  );
}

/** The blue slot is always the predictor and the green one always its canary, so no promotion renames what serves. */
function withCanary(wish: DeployWish): Manifest {
  const { model, stage } = wish;
  const annotations = { ...STANDARD, 'mreg.dev/canary': kubernetesName(model, stage) };
  return inferenceService(
    { name: workloadName(model, stage), annotations },
    {
      predictor: { name: 'blue', ...predictor(wish) },
      canary: [{ trafficPercent: 0, predictor: { name: 'green', ...predictor(wish) } }],
    },
  );
}

/** Plain Deployments and routes: `spec.canary`, and routes of our own, are for this mode only. */
const STANDARD = { 'serving.kserve.io/deploymentMode': 'Standard' };

function predictor({ modelFormat }: DeployWish): Manifest {
  return { minReplicas: 1, model: { modelFormat: { name: modelFormat }, storageUri: PLACEHOLDER } };
}

function inferenceService(metadata: Manifest, spec: Manifest): Manifest {
  return { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', metadata, spec };
}
