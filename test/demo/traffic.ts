import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { parse } from 'yaml';
import type { StageDocument } from '../../src/documents/kinds/stage.ts';
import { Surprise, type Company } from './company.ts';
import { readFlights, type Flight } from './flights.ts';
import type { Heard, ServedModels, Shares } from './served-models.ts';
import type { Trained } from './training.ts';

/** Requests to the models, split as the registry says, while the clock of the story jumps ahead. */
export interface Traffic {
  readonly url: string;
  /** The version that is slow from now on, if any. */
  slowDown(version: string | undefined): Promise<void>;
  /** Lets minutes pass, an even number: requests come in, and are measured. */
  pass(minutes: number): Promise<void>;
  /** What the webhook was sent so far. */
  heard(): Promise<readonly Heard[]>;
  stop(): Promise<void>;
}

const TICK_MINUTES = 2;
/** Four of them are a tenth. */
const REQUESTS = 40;
const AT_ONCE = 20;

/** Serves both versions in a thread of its own. */
export async function startTraffic(company: Company, trained: Trained): Promise<Traffic> {
  const worker = new Worker(new URL(import.meta.url), { workerData: modelsOf(trained) });
  const [url] = (await once(worker, 'message')) as [string];
  const post = async (place: string, body: string): Promise<string> => {
    // A connection that is kept may be closed by the server while the commands between two ticks hold this thread up.
    const answer = await fetch(`${url}/${place}`, { method: 'POST', body, headers: { connection: 'close' } });
    return answer.text();
  };
  const flights = flightsOf(company);
  let asked = 0;
  const next = (): string => JSON.stringify(flights[(asked += 1) % flights.length]?.question);
  const tick = async (): Promise<void> => {
    for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => post('predict', next())));
    }
    company.clock.stopAt(new Date(company.clock.now().getTime() + TICK_MINUTES * 60_000));
    await post('interval', company.clock.now().toISOString());
  };
  return {
    url,
    slowDown: async (slow) => {
      await post('deploy', JSON.stringify({ slow: slow ?? null }));
    },
    pass: async (minutes) => {
      await post('deploy', JSON.stringify({ shares: sharesIn(company) }));
      for (let passed = 0; passed < minutes; passed += TICK_MINUTES) await tick();
    },
    heard: async () => JSON.parse(await post('heard', '')) as readonly Heard[],
    stop: async () => {
      await worker.terminate();
    },
  };
}

function modelsOf({ first, second }: Trained): ServedModels {
  const read = ({ folder }: Trained['first']): string => readFileSync(path.join(folder, 'model', 'model.json'), 'utf8');
  return { v1: read(first), v2: read(second) };
}

/** Flights that training has not seen. */
function flightsOf({ project }: Company): readonly Flight[] {
  return readFlights(path.join(project, 'node_modules', 'vega-datasets', 'data', 'flights-20k.json'), '').heldOut;
}

/** What Argo CD or Flux would bring to the cluster: the weights in the pointer file of the registry's server. */
function sharesIn({ server }: Company): Shares {
  const words = ['--git-dir', server, 'show', 'main:registry/flight_delay/stages/prod/stage.yaml'];
  const { status, stdout, stderr } = spawnSync('git', words, { encoding: 'utf8' });
  if (status !== 0) throw new Surprise(`the pointer cannot be read: ${stderr}`);
  const { blue, green } = (parse(stdout) as StageDocument).spec.slots;
  return { [blue.version]: blue.weight, [green.version]: green.weight };
}
