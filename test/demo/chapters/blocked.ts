import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, type Company } from '../company.ts';
import type { Trained } from '../training.ts';
import { REQUESTED } from './shipping.ts';

const MODEL = 'claims_risk';
const CANDIDATE = `${MODEL}@v12`;

/** Offline AUC of the two versions that are compared; the others were never measured. */
const AUC: Readonly<Record<number, number>> = { 10: 0.892, 12: 0.901 };

const FEATURES = {
  inputs: [{ name: 'amount', type: 'double', required: true }],
  outputs: [{ name: 'risk', type: 'double' }],
};

/** What the staging run of v12 logged. */
const MEASURED = {
  tests: { suites: { unit: 'pass', integration: 'pass' } },
  scan: { findings: { secrets: 0, vulnerabilities: { critical: 0, high: 0 } } },
  online: { metrics: { latency_p95_ms: 95, error_rate: 0.004 } },
  drift: { metrics: { psi: 0.18 } },
  fairness: { metrics: { tpr_gap: 0.05 } },
};

/** On top of the standard policy, which goes on to apply: prod must also be better than v10. */
const POLICY = `models: [claims_risk]
metrics:
  auc: {unit: ratio, min: 0, max: 1, better: higher}
transitions:
  - from: staging
    to: prod
    gates:
      - {id: auc, type: metric, evidence: offline, metric: auc, baseline: {version: v10}, minDelta: 0.02}
`;

/** What blocks it, and what does not. */
const REASONS = [
  'auc is 0.901, 0.009 over the baseline 0.892',
  'latency_p95_ms is 95, needs below 80',
  'tpr_gap is 0.05, needs below 0.03',
  'approvals: 1 of 2',
  /^(?:✔|pass) +error_rate +0\.004/m,
  /^(?:✔|pass) +psi +0\.18/m,
];

/** A promotion that the gates refuse, with every reason. */
export function refuse(company: Company, trained: Trained): void {
  const { narrator } = company;
  narrator.chapter('A promotion that is refused, with reasons');
  setPolicy(company);
  registerTwelve(company, trained);
  ask(company);
}

function setPolicy(company: Company): void {
  const { narrator, olga, remy } = company;
  narrator.say(
    'Another model, claims_risk, must also beat its own version 10 before prod. Policies only ever add up. Olga writes claims.yaml:',
  );
  narrator.list(POLICY.trimEnd().split('\n'));
  narrator.say('A policy takes two signatures, as was decided in chapter 1.');
  writeFileSync(path.join(olga.home, 'claims.yaml'), POLICY);
  const set = ['mreg', 'policy', 'set', 'claims', '../claims.yaml'];
  run(company, olga, set, { exit: 5, shows: ['filed:', 'still needs'] });
  run(company, remy, ['mreg', 'trust', 'sign'], { shows: ['done:'] });
}

/** Twelve versions of a few bytes each: made here, then pushed together, and judged one by one on the server. */
function registerTwelve(company: Company, trained: Trained): void {
  const { narrator, dana } = company;
  const write = fileWriter(company);
  narrator.say(
    'Its versions are files of a few bytes, its numbers those of a worked example. Dana commits them on her machine (--no-push) and pushes them together with stock git; the server judges each commit on the one before.',
  );
  run(company, dana, ['git', 'pull', '--quiet']);
  const origin = { data: [trained.data], code: trained.code, parameters: { seed: 12 } };
  const lineage = ['--lineage', write('lineage', origin), '--lockfile', trained.lockfile];
  const features = ['--features', write('features', FEATURES)];
  for (let version = 1; version <= 12; version += 1) {
    const auc = AUC[version];
    const metrics = auc === undefined ? [] : ['--metrics', write(`v${version}-offline`, { auc })];
    const source = write(`v${version}`, { weights: [version] });
    const flags = [...metrics, ...(version === 12 ? [...lineage, ...features] : []), '--no-push', '--quiet'];
    run(company, dana, ['mreg', 'register', MODEL, source, ...flags]);
  }
  for (const [kind, evidence] of Object.entries(MEASURED)) {
    const flags = ['--kind', kind, '--no-push', '--quiet'];
    run(company, dana, ['mreg', 'evidence', 'add', CANDIDATE, write(`v12-${kind}`, evidence), ...flags]);
  }
  run(company, dana, ['mreg', 'promote', CANDIDATE, '--to', 'staging', '--no-push', '--quiet']);
  run(company, dana, ['git', 'push', '--quiet'], { shows: [CANDIDATE] });
}

/** Writes JSON files beside Dana's clone and returns their paths from there. */
function fileWriter({ dana }: Company): (name: string, value: unknown) => string {
  const folder = path.join(dana.home, MODEL);
  mkdirSync(folder);
  return (name, value) => {
    const file = path.join(folder, `${name}.json`);
    writeFileSync(file, `${JSON.stringify(value)}\n`);
    return path.relative(dana.clone, file);
  };
}

function ask(company: Company): void {
  const { narrator, dana, olga } = company;
  const request = ['mreg', 'promote', CANDIDATE, '--to', 'prod', '--request'];
  narrator.say('Dana asks for prod all the same, with --request, so that others can look at it. Olga even approves.');
  run(company, dana, request, { exit: 1, shows: ['Blocked'], print: /^filed/ });
  const approve = ['mreg', 'approve', MODEL, '--to', 'prod'];
  run(company, olga, approve, { exit: 5, shows: ['still missing'], print: REQUESTED });
  narrator.say('It stays refused (exit code 1), and every reason is told at once.');
  const check = ['mreg', 'check', CANDIDATE, '--to', 'prod'];
  run(company, olga, check, { exit: 1, shows: ['Blocked', ...REASONS] });
  const explain = ['mreg', 'explain', CANDIDATE, '--to', 'prod'];
  run(company, olga, explain, { exit: 1, shows: ['0.009'] });
}
