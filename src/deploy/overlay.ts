import { kubernetesName } from '../documents/names.ts';
import { stageDirectory } from '../documents/paths.ts';
import { writeYaml } from '../documents/write-yaml.ts';
import { championRollout, championService, commonService, slotDeployments, slotServices } from './deployments.ts';
import { inferenceServices } from './kserve.ts';
import { overlayDirectory, workloadName } from './names.ts';
import { httpRoute, slotBackends, virtualService } from './routes.ts';
import type { DeployWish, Files, Manifest, Target } from './wish.ts';

/** What one target is made of, in files of the overlay. */
type Parts = Readonly<Record<string, readonly Manifest[]>>;

const PARTS_OF: Readonly<Record<Target, (wish: DeployWish) => Parts>> = {
  kserve: (wish) => ({
    'serving.yaml': inferenceServices(wish),
    ...(wish.isCanary ? {} : { 'route.yaml': [httpRoute(wish, slotBackends(wish, '-predictor'))] }),
  }),
  deployment: (wish) => ({ 'serving.yaml': [...slotDeployments(wish), championService(wish)] }),
  'gateway-api': (wish) => ({
    'serving.yaml': [...slotDeployments(wish), ...slotServices(wish)],
    'route.yaml': [httpRoute(wish, slotBackends(wish))],
  }),
  istio: (wish) => ({
    'serving.yaml': [...slotDeployments(wish), ...slotServices(wish), commonService(wish)],
    'route.yaml': [virtualService(wish, slotBackends(wish))],
  }),
  'argo-rollouts': (wish) => ({ 'serving.yaml': [championRollout(wish), commonService(wish)] }),
};

/** Targets whose pods are ours, and so pull the model themselves. KServe has an initializer of its own. */
const PULLS: ReadonlySet<Target> = new Set<Target>(['deployment', 'gateway-api', 'istio', 'argo-rollouts']);

/** Returns the overlay of one stage: text that holds no version, so that a move of the pointer changes none of it. */
export function overlayFiles(wish: DeployWish): Files {
  const folder = overlayDirectory(wish.model, wish.stage);
  const parts = Object.entries(PARTS_OF[wish.target](wish));
  const own = parts.map(([name, manifests]) => [`${folder}/${name}`, severalYaml(manifests)] as const);
  const trust = PULLS.has(wish.target) ? [[`${folder}/allowed_signers`, wish.signers] as const] : [];
  const kustomization = kustomizationText(
    wish,
    parts.map(([name]) => name),
  );
  return new Map([[`${folder}/kustomization.yaml`, kustomization], ...own, ...trust]);
}

function kustomizationText(wish: DeployWish, resources: readonly string[]): string {
  const folder = overlayDirectory(wish.model, wish.stage);
  const up = folder
    .split('/')
    .map(() => '..')
    .join('/');
  // A restart follows from another version, not from a changed list of keys.
  const trust = {
    name: `${workloadName(wish.model, wish.stage)}-trust`,
    files: ['allowed_signers'],
    options: { disableNameSuffixHash: true },
  };
  return writeYaml(
    {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace: wish.namespace,
      resources,
      // The folder, never stage.yaml itself: a file outside of the overlay is refused by kustomize, and so by Argo CD.
      components: [`${up}/${stageDirectory(wish.model, wish.stage)}`],
      ...(PULLS.has(wish.target) ? { configMapGenerator: [trust] } : {}),
    },
    { comment: COMMENT(kubernetesName(wish.model, wish.stage)) },
  );
}

const COMMENT = (name: string): string =>
  `Yours: mreg made it once and never overwrites it. What serves ${name} comes from the stage;\nwhat stands here as from-the-stage is replaced when it is rendered: kubectl kustomize <this folder>.`;

/** Returns several manifests as one file. */
export function severalYaml(manifests: readonly Manifest[]): string {
  return manifests.map((manifest) => writeYaml(manifest)).join('---\n');
}
