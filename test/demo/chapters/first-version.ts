import { run, type Company } from '../company.ts';
import type { Trained } from '../training.ts';
import { approveBoth, attach, attachTogether, MODEL, register } from './shipping.ts';

/** The first version: trained on real flights, measured, and brought to prod. */
export function shipFirst(company: Company, trained: Trained): void {
  const { narrator, dana } = company;
  const reference = `${MODEL}@v1`;
  narrator.chapter('The first version, from training to prod');
  narrator.say(
    'Dana has 20,000 real flights (vega-datasets) and predicts which will be more than 15 minutes late: a logistic regression over the hour and the distance, trained just now on two thirds of them. The numbers are measured on the third that training has not seen. It is meant to find three late flights in four, among short flights as among long ones, at the price of false alarms; hence the low accuracy.',
  );
  narrator.list(numbersOf(trained.first));
  register(company, trained, trained.first);
  narrator.say('A gate that finds nothing to look at never passes. The standard policy wants tests and a scan:');
  run(company, dana, ['mreg', 'check', reference, '--to', 'staging'], { exit: 1, shows: ['tests', 'scan'] });
  attach(company, trained.first, reference, ['tests', 'scan']);
  run(company, dana, ['mreg', 'promote', reference, '--to', 'staging'], {
    shows: [`promoted ${reference} to staging`],
  });
  narrator.say(
    'On the way to prod the policy asks for service levels, drift, fairness, and two people who did not ask for it themselves. Everything but the people is there, so the request is filed on a branch (exit code 5).',
  );
  attachTogether(company, trained.first, reference, ['online', 'drift', 'fairness']);
  run(company, dana, ['mreg', 'promote', reference, '--to', 'prod'], {
    exit: 5,
    shows: [`filed ${reference} to prod`],
  });
  narrator.say('Each approver sees what is asked and what the gates say, and signs exactly that.');
  approveBoth(company, reference, { rollbackTo: 'none' });
}

/** The measured numbers of a version, a line for each kind of evidence. */
function numbersOf({ measured }: Trained['first']): readonly string[] {
  const { offline, online, drift, fairness } = measured;
  return [offline, online, drift, fairness].map(({ metrics }) =>
    Object.entries(metrics)
      .map(([name, value]) => `${name} ${value}`)
      .join('   '),
  );
}
