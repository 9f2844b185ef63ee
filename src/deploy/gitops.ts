import { kubernetesName } from '../documents/names.ts';
import { stageDirectory } from '../documents/paths.ts';
import { writeYaml } from '../documents/write-yaml.ts';
import { overlayDirectory, workloadName } from './names.ts';
import { severalYaml } from './overlay.ts';
import type { DeployWish, Files, Manifest } from './wish.ts';

/** Where controllers find the repository, and whose commits they follow. */
export interface GitopsWish extends Pick<DeployWish, 'registry' | 'model' | 'stage' | 'namespace'> {
  readonly repository: string;
  readonly branch: string;
  /** Keys that sign commits, by principal; undefined where commits need no signature (`commits: any`). */
  readonly committers: ReadonlyMap<string, readonly string[]> | undefined;
}

/** Names the file that the ApplicationSet's generator reads, in the folder of each overlay. */
export const APP_FILE = 'app.yaml';

/** Returns what Argo CD needs: one ApplicationSet for all overlays, and the identity of this one. */
export function argoFiles(wish: GitopsWish): Files {
  const { model, stage } = wish;
  const identity = { name: kubernetesName(model, stage), model, stage, stageFolder: stageDirectory(model, stage) };
  const comment = `For deploy/argocd: an Application of this folder. Text only: numbers become floats in Go templates.`;
  return new Map([
    [`${overlayDirectory(model, stage)}/${APP_FILE}`, writeYaml(identity, { comment })],
    ['deploy/argocd/applicationset.yaml', writeYaml(applicationSet(wish), { comment: APPLICATION_SET })],
  ]);
}

const APPLICATION_SET =
  'Yours. The template says who, never which version: a move of a pointer is found by the Application itself, whose\nlist of paths names the folder of the stage, and leaves this as it is.';

function applicationSet({ registry, repository, branch, namespace }: GitopsWish): Manifest {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: registry, namespace: 'argocd' },
    spec: {
      goTemplate: true,
      goTemplateOptions: ['missingkey=error'],
      generators: [
        { git: { repoURL: repository, revision: branch, files: [{ path: `deploy/models/**/${APP_FILE}` }] } },
      ],
      // A generator that finds nothing, for whatever reason, must not take down what serves.
      syncPolicy: { preserveResourcesOnDeletion: true },
      template: {
        metadata: {
          name: '{{.name}}',
          annotations: { 'argocd.argoproj.io/manifest-generate-paths': '.;/{{.stageFolder}}' },
        },
        spec: {
          project: 'default',
          source: { repoURL: repository, targetRevision: branch, path: '{{.path.path}}' },
          destination: { server: 'https://kubernetes.default.svc', namespace },
          syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
        },
      },
    },
  };
}

/** Returns what Flux needs: the repository whose head must be signed, and a Kustomization of this overlay. */
export function fluxFiles(wish: GitopsWish): Files {
  const name = workloadName(wish.model, wish.stage);
  return new Map([
    ['deploy/flux/source.yaml', sourceText(wish)],
    [`deploy/flux/${name}.yaml`, writeYaml(fluxKustomization(wish, name), { comment: 'Yours.' })],
  ]);
}

function sourceText(wish: GitopsWish): string {
  const { registry, repository, branch, committers } = wish;
  const secret = `${registry}-committers`;
  const source = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: registry, namespace: 'flux-system' },
    spec: {
      interval: '1m',
      url: repository,
      ref: { branch },
      ...(committers === undefined ? {} : { verify: { mode: 'HEAD', secretRef: { name: secret } } }),
    },
  };
  return severalYaml([source, ...(committers === undefined ? [] : [committersSecret(secret, committers)])]);
}

/** Public keys, one file a key: Flux 2.9 reads those called `.sshpub` as keys of SSH. */
function committersSecret(name: string, committers: ReadonlyMap<string, readonly string[]>): Manifest {
  const keyed = [...committers].flatMap(([principal, keys]) => keys.map((key) => [principal, key] as const));
  // Numbered, because two principals may differ in nothing but the @ that a key of a Secret cannot hold.
  const entries = keyed.map(([principal, key], index) => [
    `${String(index + 1)}-${principal.replaceAll('@', '.')}.sshpub`,
    key,
  ]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'flux-system' },
    stringData: Object.fromEntries(entries) as Readonly<Record<string, string>>,
  };
}

function fluxKustomization({ registry, model, stage }: GitopsWish, name: string): Manifest {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system' },
    spec: {
      interval: '10m',
      retryInterval: '1m',
      timeout: '10m',
      sourceRef: { kind: 'GitRepository', name: registry },
      path: `./${overlayDirectory(model, stage)}`,
      prune: true,
      wait: true,
    },
  };
}
