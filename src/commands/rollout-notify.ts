import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openHttp } from '../artifacts/oci/http.ts';
import { MregError } from '../documents/error.ts';
import { notify } from '../notify/notify.ts';
import type { NotifyOutcome, NotifyWorld, RolloutEvent } from '../notify/port.ts';
import { readTargets } from '../notify/read-targets.ts';
import type { Outside } from './outside.ts';
import type { Sight, Unseen } from './rollout-tick.ts';
import type { Session } from './session.ts';

/** Tells people and programs what a controller did. */
export interface Messenger {
  readonly tell: (session: Session, sights: readonly (Sight | Unseen)[]) => Promise<readonly NotifyOutcome[]>;
}

/** Returns a messenger for the targets in a file; without one it tells nobody. Throws MregError for a file that is wrong. */
export async function openMessenger(outside: Outside, file: string | undefined): Promise<Messenger> {
  if (file === undefined) return { tell: () => Promise.resolve([]) };
  const targets = readTargets({ path: file, bytes: await bytesOf(resolve(outside.cwd, file)) });
  const { env, now, pause } = outside;
  const world: NotifyWorld = { env, now, pause, post: openHttp(outside) };
  return {
    tell: async (session, sights) => {
      const events = sights.flatMap((sight) => eventOf(session, sight));
      return (await Promise.all(events.map((event) => notify(event, targets, world)))).flat();
    },
  };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new MregError('unreadable', `cannot read ${path}`, { cause, hint: 'check the file given with --notify' });
  }
}

/** Only what was committed is told: whoever did it tells it, once. */
function eventOf({ view, outside }: Session, sight: Sight | Unseen): readonly RolloutEvent[] {
  if (!('judged' in sight)) return [];
  const { watched, judged, acted } = sight;
  if (acted?.commit === undefined) return [];
  const { action, reason } = judged.decision;
  if (action === 'hold') return [];
  return [
    {
      id: acted.commit,
      registry: view.id,
      ...watched.at,
      action,
      version: watched.version,
      champion: watched.current.stage.spec.version,
      weight: acted.weight,
      reason,
      commit: acted.commit,
      at: outside.now(),
      observations: judged.observations,
    },
  ];
}
