import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A clock for processes that are started with its environment, and for what these start. */
export interface MovedClock {
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => Date;
  /** From now on it stands still. */
  stopAt(at: Date): void;
  /** From now on it goes on from an instant. */
  goOnFrom(at: Date): void;
}

type Shown = { readonly at: number } | { readonly by: number };

/** Makes a clock whose hands are a file; `project` is the folder of this repository. */
export function makeMovedClock(file: string, project: string): MovedClock {
  let shown: Shown = { by: 0 };
  const show = (next: Shown): void => {
    shown = next;
    // A process that reads it meanwhile finds one or the other, and no half of one.
    writeFileSync(`${file}.next`, JSON.stringify(next));
    renameSync(`${file}.next`, file);
  };
  show({ by: 0 });
  const preload = path.join(project, 'test', 'support', 'moved-clock.cjs');
  return {
    env: { NODE_OPTIONS: `--require "${preload.replaceAll(/["\\]/g, String.raw`\$&`)}"`, MOVED_CLOCK: file },
    now: () => new Date('at' in shown ? shown.at : Date.now() + shown.by),
    stopAt: (at) => {
      show({ at: at.getTime() });
    },
    goOnFrom: (at) => {
      show({ by: at.getTime() - Date.now() });
    },
  };
}
