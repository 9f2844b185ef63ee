/** What a controller tells of. */
export type RolloutAction = 'advance' | 'complete' | 'pause' | 'resume' | 'roll-back' | 'inconclusive';

/** Something that happened to a rollout. */
export interface RolloutEvent {
  /** The same for the same event, whoever tells it and however often. */
  readonly id: string;
  readonly registry: string;
  readonly model: string;
  readonly stage: string;
  readonly action: RolloutAction;
  /** The version on trial; after a roll-back, the one that was left. */
  readonly version: string;
  readonly champion: string | undefined;
  /** Percent of traffic that the version has now. */
  readonly weight: number;
  readonly reason: string;
  /** The commit that did it; absent where nothing was committed. */
  readonly commit: string | undefined;
  readonly at: Date;
  readonly observations: readonly {
    readonly metric: string;
    readonly value?: number | undefined;
    readonly threshold?: string | undefined;
    readonly verdict?: string | undefined;
  }[];
}

/** Whether one target was told; `error` says why not, without any secret. */
export interface NotifyOutcome {
  readonly target: string;
  readonly error: string | undefined;
}

/** What telling needs of the world. */
export interface NotifyWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Sends one request. The commands bring the real one. */
  readonly post: (request: {
    readonly method: 'POST';
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
    readonly signal: AbortSignal;
  }) => Promise<{ readonly status: number; readonly body: { dump(): Promise<void> } }>;
}
