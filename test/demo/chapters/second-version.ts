import { run, type Company } from '../company.ts';
import type { Trained } from '../training.ts';
import { approveBoth, attachTogether, MODEL, register, REQUESTED } from './shipping.ts';

/** How traffic is to move to the second version. */
const PLAN: readonly string[] = [
  ...['--strategy', 'canary', '--step', '10:30m', '--step', '50:2h', '--step', '100'],
  ...['--guard', 'latency_p95_ms>80:5m'],
];

/** The second version: better by more than the policy asks, and with a canary. */
export function shipSecond(company: Company, trained: Trained): void {
  const { narrator, dana } = company;
  const reference = `${MODEL}@v2`;
  narrator.chapter('A better version, with a canary');
  narrator.say(
    'Version 2 also knows weekday, origin and destination, and that the day of an airline starts at four. The policy wants an AUC that is 0.02 above that of the version in prod.',
  );
  register(company, trained, trained.second);
  attachTogether(company, trained.second, reference, ['tests', 'scan', 'online', 'drift', 'fairness']);
  run(company, dana, ['mreg', 'diff', `${MODEL}@v1`, reference], { shows: [/^ +auc .*better/m, /weekday +added/] });
  run(company, dana, ['mreg', 'promote', reference, '--to', 'staging'], {
    shows: [`promoted ${reference} to staging`, /auc\s+0\.\d+/],
  });
  run(company, dana, ['mreg', 'promote', reference, '--to', 'prod', ...PLAN], {
    exit: 5,
    shows: [`filed ${reference} to prod`],
  });
  approveBoth(company, reference, { rollbackTo: 'v1', print: REQUESTED });
  narrator.say(
    'Version 2 now takes 10 % of the traffic and v1, still the champion, the rest. The steps to 50 % and 100 % are the work of the rollout controller, which measures before each; it comes to that later.',
  );
}
