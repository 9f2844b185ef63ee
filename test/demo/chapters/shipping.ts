import path from 'node:path';
import { run, type Company } from '../company.ts';
import type { TrainedVersion } from '../flight-versions.ts';
import type { Trained } from '../training.ts';

export const MODEL = 'flight_delay';

/** Registers a trained version from Dana's clone, with where it comes from. */
export function register(company: Company, trained: Trained, version: TrainedVersion): void {
  const { dana, olga } = company;
  const { data, code, lockfile } = trained;
  const { features, ...numbers } = version.parameters;
  const file = (name: string): string => path.relative(dana.clone, path.join(version.folder, name));
  const parameters = { ...numbers, features: features.join('+') };
  run(
    company,
    dana,
    [
      ...[
        'mreg',
        'register',
        MODEL,
        file('model'),
        '--metrics',
        file('offline.json'),
        '--features',
        file('features.json'),
      ],
      ...['--data', `${data.name}=${data.uri}@${data.digest}`, '--code', `${code.repository}@${code.commit}`],
      ...['--lockfile', lockfile],
      ...Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${String(value)}`]),
      ...['--owner', olga.id],
    ],
    { shows: [`registered ${MODEL}@v`, 'in dev', 'artifact sha256:', 'stored file:', 'pushed'] },
  );
}

/** Attaches evidence of some kinds, a commit and a push each. */
export function attach(company: Company, version: TrainedVersion, reference: string, kinds: readonly string[]): void {
  const { dana } = company;
  for (const kind of kinds) {
    run(company, dana, attachWords(company, version, { reference, kind }), {
      shows: [`attached ${kind} evidence 1 to ${reference}`, 'pushed'],
    });
  }
}

/** Attaches evidence of some kinds and pushes it with stock git, all at once. */
export function attachTogether(
  company: Company,
  version: TrainedVersion,
  reference: string,
  kinds: readonly string[],
): void {
  const { dana } = company;
  for (const kind of kinds) {
    run(company, dana, [...attachWords(company, version, { reference, kind }), '--no-push', '--quiet']);
  }
  run(company, dana, ['git', 'push', '--quiet'], { shows: kinds.map((kind) => new RegExp(`ok .*${kind}`)) });
}

function attachWords(
  { dana }: Company,
  { folder }: TrainedVersion,
  { reference, kind }: { readonly reference: string; readonly kind: string },
): readonly string[] {
  const file = path.relative(dana.clone, path.join(folder, `${kind}.json`));
  return ['mreg', 'evidence', 'add', reference, file, '--kind', kind];
}

/** The owner approves, then the reviewer; with the second approval the promotion lands. */
export function approveBoth(
  company: Company,
  reference: string,
  { rollbackTo, print }: { readonly rollbackTo: string; readonly print?: RegExp },
): void {
  const { olga, remy } = company;
  const approve = ['mreg', 'approve', MODEL, '--to', 'prod'];
  const shown = print === undefined ? {} : { print };
  run(company, olga, approve, { exit: 5, shows: [`approved ${reference} to prod`, 'still missing'], ...shown });
  const landed = `approved and promoted ${reference} to prod; rollback target: ${rollbackTo}`;
  run(company, remy, approve, { shows: [landed], print: REQUESTED });
}

/** From here on the output of `mreg approve` says what is new; before it come the gates, as `mreg check` shows them. */
export const REQUESTED = /^requested by/;
