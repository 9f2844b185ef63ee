import { kubernetesName } from '../documents/names.ts';
import { workloadName } from './names.ts';
import { PLACEHOLDER, type DeployWish, type Manifest, type SlotName } from './wish.ts';

/** Returns the pods of one slot, or of the champion: the model is pulled and verified before the server starts. */
export function podTemplate(wish: DeployWish, slot: SlotName | undefined): Manifest {
  const labels = labelsOf(wish, slot);
  return {
    metadata: { labels },
    spec: {
      initContainers: [pullContainer(wish, slot)],
      containers: [serverContainer(wish)],
      volumes: [
        { name: 'models', emptyDir: {} },
        { name: 'stage', configMap: { name: `${kubernetesName(wish.model, wish.stage)}-stage` } },
        { name: 'trust', configMap: { name: `${workloadName(wish.model, wish.stage)}-trust` } },
      ],
    },
  };
}

/** Returns the labels that choose the pods. */
export function labelsOf({ model, stage }: DeployWish, slot: SlotName | undefined): Readonly<Record<string, string>> {
  const app = workloadName(model, stage);
  return slot === undefined ? { app } : { app, slot };
}

/** A pod that was given a stage file nobody trusted signed, or other bytes than it names, never starts. */
function pullContainer({ mregImage, registry }: DeployWish, slot: SlotName | undefined): Manifest {
  return {
    name: 'pull-model',
    image: mregImage,
    command: ['mreg'],
    args: [
      ...['artifact', 'pull', '--stage-file', '/mreg/stage/stage.yaml'],
      ...(slot === undefined ? [] : ['--slot', slot]),
      ...['--digest', '$(MREG_DIGEST)', '--registry-id', registry],
      ...['--allowed-signers', '/mreg/trust/allowed_signers', '--out', '/models/current'],
    ],
    env: [{ name: 'MREG_DIGEST', value: PLACEHOLDER }],
    volumeMounts: [
      { name: 'models', mountPath: '/models' },
      { name: 'stage', mountPath: '/mreg/stage', readOnly: true },
      { name: 'trust', mountPath: '/mreg/trust', readOnly: true },
    ],
  };
}

function serverContainer({ image }: DeployWish): Manifest {
  return {
    name: 'server',
    image,
    env: ['MREG_URI', 'MREG_VERSION', 'MREG_DIGEST'].map((name) => ({ name, value: PLACEHOLDER })),
    ports: [{ name: 'http', containerPort: 8080 }],
    volumeMounts: [{ name: 'models', mountPath: '/models', readOnly: true }],
  };
}
