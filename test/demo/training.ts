import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Company } from './company.ts';
import { readFlights } from './flights.ts';
import { trainVersion, type TrainedVersion } from './flight-versions.ts';

/** Two versions of one model, trained on one snapshot of real data, and where they come from. */
export interface Trained {
  readonly first: TrainedVersion;
  readonly second: TrainedVersion;
  readonly data: { readonly name: string; readonly uri: string; readonly digest: string };
  readonly code: { readonly repository: string; readonly commit: string };
  readonly lockfile: string;
}

const RECIPE = { iterations: 120, learning_rate: 2, recall: 0.75 };

/** Trains both versions into Dana's home. */
export function trainBoth(company: Company): Trained {
  const { project, dana } = company;
  const packageFolder = path.join(project, 'node_modules', 'vega-datasets');
  const { version } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const uri = `https://cdn.jsdelivr.net/npm/vega-datasets@${version}/data/flights-20k.json`;
  const snapshot = readFlights(path.join(packageFolder, 'data', 'flights-20k.json'), uri);
  const folder = path.join(dana.home, 'flight_delay');
  return {
    first: trainVersion(snapshot, path.join(folder, 'v1'), { ...RECIPE, features: ['clock', 'distance'] }),
    second: trainVersion(snapshot, path.join(folder, 'v2'), {
      ...RECIPE,
      features: ['hour_since_4', 'distance', 'saturday', 'friday', 'origin', 'destination'],
    }),
    data: { name: 'flights', uri, digest: snapshot.digest },
    code: { repository: pathToFileURL(project).href, commit: codeCommit(company) },
    lockfile: path.join(project, 'package-lock.json'),
  };
}

/** The commit of this repository; from an unpacked archive without one, the registry's own commit stands in for it. */
function codeCommit({ project, olga, narrator }: Company): string {
  const own = headOf(project);
  if (own !== undefined) return own;
  narrator.say(
    '(This copy of mreg is no git repository: a commit of the registry stands in for that of the training code.)',
  );
  return headOf(olga.clone) ?? '';
}

function headOf(folder: string): string | undefined {
  const { status, stdout } = spawnSync('git', ['-C', folder, 'rev-parse', 'HEAD'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
