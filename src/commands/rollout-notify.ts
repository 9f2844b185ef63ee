import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openHttp } from '../artifacts/oci/http.ts';
import { MregError } from '../documents/error.ts';
import { notify } from '../notify/notify.ts';
import type { NotifyOutcome, NotifyWorld, RolloutEvent } from '../notify/port.ts';
import { readTargets } from '../notify/read-targets.ts';
import type { Outside } from './outside.ts';
import { stretchId } from './rollout-stretch.ts';
import type { Sight, Unseen } from './rollout-look.ts';
import type { Session } from './session.ts';

/** Tells people and programs what a controller did. */
export interface Messenger {
  /** `begun` are the sights at which something begins that lasts. */
  readonly tell: (
    session: Session,
    sights: readonly (Sight | Unseen)[],
    begun: ReadonlySet<Sight>,
  ) => Promise<readonly NotifyOutcome[]>;
}

/** Returns a messenger for the targets in a file; without one it tells nobody. Throws MregError for a file that is wrong. */
export async function openMessenger(outside: Outside, file: string | undefined): Promise<Messenger> {
  if (file === undefined) return { tell: () => Promise.resolve([]) };
  const targets = readTargets({ path: file, bytes: await bytesOf(resolve(outside.cwd, file)) });
  const { env, now, pause } = outside;
  const world: NotifyWorld = { env, now, pause, post: openHttp(outside) };
  return {
    tell: async (session, sights, begun) => {
      const events = sights.flatMap((sight) => ('judged' in sight ? eventOf(session, sight, begun.has(sight)) : []));
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

/** What was committed is told by whoever did it, once; that nothing can be told, when it has lasted. */
function eventOf(session: Session, sight: Sight, begins: boolean): readonly RolloutEvent[] {
  const { judged, acted } = sight;
  const { action } = judged.decision;
  if (action === 'inconclusive') return begins ? [eventAbout(session, sight, action)] : [];
  return action === 'hold' || acted?.commit === undefined ? [] : [eventAbout(session, sight, action)];
}

function eventAbout({ view, outside }: Session, sight: Sight, action: RolloutEvent['action']): RolloutEvent {
  const { watched, judged, acted } = sight;
  const at = outside.now();
  return {
    id: acted?.commit ?? stretchId(sight, at),
    registry: view.id,
    ...watched.at,
    action,
    version: watched.version,
    champion: watched.current.stage.spec.version,
    weight: acted?.weight ?? watched.state.weight,
    reason: judged.decision.reason,
    commit: acted?.commit,
    at,
    observations: judged.observations,
  };
}
