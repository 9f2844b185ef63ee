/** Ways in which a model can be served, as the command line names them. */
export const TARGETS = ['kserve', 'deployment', 'gateway-api', 'istio', 'argo-rollouts'] as const;
/** One way of serving. */
export type Target = (typeof TARGETS)[number];

/** What an overlay is made from: names and choices, never a version, a digest or a weight. Those come from the stage. */
export interface DeployWish {
  readonly registry: string;
  readonly model: string;
  readonly stage: string;
  readonly target: Target;
  /** Serves the model that lies in /models/current. */
  readonly image: string;
  /** Has `mreg` in it, for the init container. */
  readonly mregImage: string;
  /** KServe's name of the format, such as `sklearn`. */
  readonly modelFormat: string;
  /** One InferenceService with `spec.canary` (KServe 0.20) instead of one a slot. */
  readonly isCanary: boolean;
  /** Copies requests to the challenger, for shadow rollouts. */
  readonly isMirrored: boolean;
  /** Kubernetes namespace of the workloads. */
  readonly namespace: string;
  /** The text of the overlay's allowed_signers: who may sign the stage files that pods accept. */
  readonly signers: string;
}

/** Files by their path from the root of the repository. */
export type Files = ReadonlyMap<string, string>;

/** Any object of Kubernetes. */
export type Manifest = Readonly<Record<string, unknown>>;

/** What stands in an overlay where kustomize puts what the stage says. */
export const PLACEHOLDER = 'from-the-stage';

/** Both slots of a stage, in the order that routes list them. */
export const SLOTS = ['blue', 'green'] as const;
/** One of the two places that a stage serves from. */
export type SlotName = (typeof SLOTS)[number];
