import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, type Company } from '../company.ts';
import { makeLateData, type LateData, type LateModel } from '../late-data.ts';
import type { Trained } from '../training.ts';

const MODEL = 'late_today';

const POLICY = `models: [late_today]
transitions:
  - from: dev
    to: staging
    gates:
      - {id: better-than-chance, type: metric, evidence: offline, metric: auc, min: 0.6}
      - {id: psi, type: metric, evidence: drift, metric: psi, below: 0.2}
`;

/** Numbers that mreg measures itself: a promotion blocked by the drift of real data, and passed after a retrain. */
export async function measure(company: Company, trained: Trained): Promise<void> {
  const { narrator, dana, project } = company;
  narrator.chapter('Numbers measured from data');
  narrator.say(
    'So far Dana typed numbers in. mreg also measures them itself, says on which bytes, and anybody can measure again. The data are three million flights; the model asks, in the morning, how late this airport was yesterday. The first version learned from January.',
  );
  const source = sourceOf(project, trained);
  const data = await makeLateData(source.file, path.join(dana.home, MODEL));
  setPolicy(company);
  const register = (model: LateModel): void => {
    registerModel(company, { trained, source, model });
  };
  register(data.january);
  evaluate(company, data);
  blockedByDrift(company, data);
  narrator.say('She trains again, on April. The same gate, the same May:');
  register(data.april);
  passedAfterRetrain(company, data);
}

/** The file of three million flights, beside that of the 20,000. */
interface Source {
  readonly file: string;
  readonly uri: string;
  readonly digest: string;
}

function sourceOf(project: string, { data }: Trained): Source {
  const name = 'flights-3m.parquet';
  const file = path.join(project, 'node_modules', 'vega-datasets', 'data', name);
  const digest = `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
  return { file, uri: data.uri.replace(/[^/]+$/, name), digest };
}

function setPolicy(company: Company): void {
  const { narrator, olga, remy } = company;
  narrator.list(POLICY.trimEnd().split('\n'));
  writeFileSync(path.join(olga.home, 'late.yaml'), POLICY);
  run(company, olga, ['mreg', 'policy', 'set', 'late', '../late.yaml'], { exit: 5, print: false });
  run(company, remy, ['mreg', 'trust', 'sign'], { shows: ['done:'], print: false });
}

/** What is registered, and what it was made from. */
interface Origin {
  readonly trained: Trained;
  readonly source: Source;
  readonly model: LateModel;
}

function registerModel(company: Company, { trained, source, model }: Origin): void {
  const { dana, olga } = company;
  const { code, lockfile } = trained;
  const infer = ['mreg', 'schema', 'infer', here(company, model.trainedOn)];
  const features = `${model.artifact}-features.json`;
  writeFileSync(features, run(company, dana, infer, { shows: ['late_yesterday'], print: false }));
  const origin = ['--data', `flights=${source.uri}@${source.digest}`, '--code', `${code.repository}@${code.commit}`];
  const described = ['--features', here(company, features), '--param', 'cells=hour*yesterday', '--owner', olga.id];
  const words = ['mreg', 'register', MODEL, here(company, model.artifact), ...origin, '--lockfile', lockfile];
  run(company, dana, [...words, ...described], { shows: [`registered ${MODEL}@v`], print: /^registered/ });
}

function evaluate(company: Company, { january, folder }: LateData): void {
  const { narrator, dana } = company;
  const reference = `${MODEL}@v1`;
  narrator.say('How good it is on flights that training has not seen, and month by month:');
  const scored = [here(company, january.predictions), '--label', 'late', '--score', 'p'];
  run(company, dana, ['mreg', 'evaluate', ...scored, '--by', 'month', '--threshold', '0.2', '--attach', reference], {
    shows: ['auc', 'january', 'june'],
  });
  narrator.say('Is it as good for those who fly from one of the largest airports as from another?');
  const largest = "SELECT * FROM data WHERE origin IN ('ATL', 'ORD', 'DFW', 'LAX', 'PHX', 'DEN')";
  run(company, dana, ['mreg', 'fairness', ...scored, '--by', 'origin', '--threshold', '0.2', '--query', largest], {
    shows: ['tpr_gap', 'ATL', 'DEN'],
  });
  narrator.say('June against January, as a page to send to a colleague:');
  const page = path.join(folder, 'june.html');
  const both = [
    '--reference',
    here(company, january.trainedOn),
    '--current',
    here(company, path.join(folder, 'june.parquet')),
  ];
  run(company, dana, ['mreg', 'drift', ...both, '--report', here(company, page)], {
    exit: 1,
    shows: ['late_yesterday'],
  });
}

function blockedByDrift(company: Company, { january, folder }: LateData): void {
  const { narrator, dana } = company;
  const reference = `${MODEL}@v1`;
  narrator.say('Dana wants it in staging in May. What comes in now is not what it learned from:');
  compare(company, january, { folder, reference, exit: 1 });
  attachRest(company, january, reference);
  run(company, dana, ['mreg', 'promote', reference, '--to', 'staging'], {
    exit: 1,
    shows: ['Blocked', 'psi is 0.21', 'needs below 0.2', '1 of 9 gates refuse'],
  });
}

function passedAfterRetrain(company: Company, { april, folder }: LateData): void {
  const { narrator, dana, remy } = company;
  const reference = `${MODEL}@v2`;
  const scored = [here(company, april.predictions), '--label', 'late', '--score', 'p', '--threshold', '0.2'];
  run(company, dana, ['mreg', 'evaluate', ...scored, '--attach', reference], { shows: ['auc'], print: false });
  compare(company, april, { folder, reference, exit: 1 });
  attachRest(company, april, reference);
  run(company, dana, ['mreg', 'promote', reference, '--to', 'staging'], {
    shows: [`promoted ${reference} to staging`],
    print: /^promoted/,
  });
  narrator.say(
    'Nobody has to believe the numbers. Remy measures them again, from the bytes whose digests the evidence names:',
  );
  run(company, remy, ['git', 'pull', '--quiet']);
  run(
    company,
    remy,
    ['mreg', 'evidence', 'replay', reference, '--kind', 'drift', ...placesOf(company, april, folder)],
    {
      shows: ['psi'],
    },
  );
}

/** A month of millions differs from any other in some p-value; the policy goes by how much, the PSI. */
function compare(
  company: Company,
  model: LateModel,
  { folder, reference, exit }: { readonly folder: string; readonly reference: string; readonly exit: number },
): void {
  const may = here(company, path.join(folder, 'may.parquet'));
  const both = ['--reference', here(company, model.trainedOn), '--current', may];
  run(company, company.dana, ['mreg', 'drift', ...both, '--attach', reference], { exit, shows: ['psi', 'attached'] });
}

function attachRest(company: Company, { tests, scan }: LateModel, reference: string): void {
  for (const [kind, file] of Object.entries({ tests, scan })) {
    const words = ['mreg', 'evidence', 'add', reference, here(company, file), '--kind', kind];
    run(company, company.dana, words, { print: false });
  }
}

/** Where Remy finds what Dana measured. */
function placesOf({ remy }: Company, model: LateModel, folder: string): readonly string[] {
  const [reference, current] = [model.trainedOn, path.join(folder, 'may.parquet')];
  const from = (file: string): string => path.relative(remy.clone, file);
  return ['--data', `reference=${from(reference)}`, '--data', `current=${from(current)}`];
}

function here({ dana }: Company, file: string): string {
  return path.relative(dana.clone, file);
}
