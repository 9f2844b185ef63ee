import { kubernetesName } from '../documents/names.ts';
import { workloadName } from './names.ts';
import { labelsOf, podTemplate } from './pod.ts';
import { PLACEHOLDER, SLOTS, type DeployWish, type Manifest } from './wish.ts';

/** Returns one Deployment a slot. Their pods restart when their slot gets another version, and at no other move. */
export function slotDeployments(wish: DeployWish): readonly Manifest[] {
  return SLOTS.map((slot) => {
    const at = `${kubernetesName(wish.model, wish.stage)}.${slot}`;
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: `${workloadName(wish.model, wish.stage)}-${slot}`,
        annotations: { 'mreg.dev/slot': at, 'mreg.dev/pull': at },
      },
      spec: { replicas: 1, selector: { matchLabels: labelsOf(wish, slot) }, template: podTemplate(wish, slot) },
    };
  });
}

/** Returns one Service a slot, for a route to share the traffic between. */
export function slotServices(wish: DeployWish): readonly Manifest[] {
  return SLOTS.map((slot) =>
    service({ name: `${workloadName(wish.model, wish.stage)}-${slot}` }, labelsOf(wish, slot)),
  );
}

/** Returns a Service that sends everything to the champion's slot: it turns when a rollout is complete. */
export function championService(wish: DeployWish): Manifest {
  const annotations = { 'mreg.dev/champion': kubernetesName(wish.model, wish.stage) };
  const metadata = { name: workloadName(wish.model, wish.stage), annotations };
  return service(metadata, { ...labelsOf(wish, undefined), slot: PLACEHOLDER });
}

/** Returns a Service over all pods of the stage. */
export function commonService(wish: DeployWish): Manifest {
  return service({ name: workloadName(wish.model, wish.stage) }, labelsOf(wish, undefined));
}

/**
 * Returns a Rollout of Argo Rollouts that follows the champion: it moves the traffic itself, so plans of this stage are
 * `immediate`. A rollback to one of the last versions is brought about at once.
 */
export function championRollout(wish: DeployWish): Manifest {
  const at = kubernetesName(wish.model, wish.stage);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: {
      name: workloadName(wish.model, wish.stage),
      annotations: { 'mreg.dev/champion': at, 'mreg.dev/pull': at },
    },
    spec: {
      replicas: 5,
      rollbackWindow: { revisions: 3 },
      selector: { matchLabels: labelsOf(wish, undefined) },
      strategy: { canary: { steps: [{ setWeight: 20 }, { pause: { duration: '10m' } }, { setWeight: 60 }] } },
      template: podTemplate(wish, undefined),
    },
  };
}

function service(metadata: Manifest, selector: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
}
