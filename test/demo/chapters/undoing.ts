import { run, type Company } from '../company.ts';
import { approveBoth, MODEL, REQUESTED } from './shipping.ts';

const REFERENCE = `${MODEL}@v2`;

/** Back to the last stable version, once with mreg and once with nothing but git. */
export function undo(company: Company): void {
  rollBack(company);
  promoteAgain(company);
  revert(company);
  revertTheRevert(company);
}

function rollBack(company: Company): void {
  const { narrator, dana, omar } = company;
  narrator.chapter('Back, with one command');
  narrator.say(
    'Omar, on call, sees trouble. Going back asks no gate, no approval and no metrics server; his role is enough. Version 2 is held on the way.',
  );
  run(company, omar, ['mreg', 'rollback', MODEL, '--stage', 'prod', '-m', 'complaints from passengers'], {
    shows: [`rolled back ${MODEL} in prod from v2 to v1`, 'v2 is held'],
  });
  narrator.say('Held means that it cannot come back by accident.');
  run(company, dana, ['mreg', 'promote', REFERENCE, '--to', 'prod'], {
    exit: 1,
    shows: ['Blocked', 'complaints from passengers'],
    print: /not-held {2}flight_delay@/,
  });
}

function promoteAgain(company: Company): void {
  const { narrator, dana, olga } = company;
  narrator.say(
    'It was the weather, not the model. Olga releases v2, and it takes a fresh promotion with fresh approvals to go forward again.',
  );
  run(company, olga, ['mreg', 'release', REFERENCE, '-m', 'it was the weather'], { shows: [`released ${REFERENCE}`] });
  const again = ['mreg', 'promote', REFERENCE, '--to', 'prod'];
  run(company, dana, again, { exit: 5, shows: [`filed ${REFERENCE} to prod`], print: /^filed/ });
  approveBoth(company, REFERENCE, { rollbackTo: 'v1', print: REQUESTED });
}

function revert(company: Company): void {
  const { narrator, omar } = company;
  narrator.chapter('Back, with nothing but git');
  narrator.say(
    'A promotion lands as one commit, so one revert undoes it. Omar needs no mreg for this: stock git and the key that git signs with.',
  );
  run(company, omar, ['git', 'pull', '--quiet']);
  run(company, omar, ['git', 'log', '-1', '--oneline'], { shows: [`Promote ${REFERENCE} to prod`] });
  run(company, omar, ['git', 'revert', '-S', '--no-edit', 'HEAD'], { shows: ['Revert'], print: false });
  run(company, omar, ['git', 'push', '--quiet'], { shows: [`rolls ${MODEL} back to v1 in prod`] });
}

function revertTheRevert(company: Company): void {
  const { narrator, omar } = company;
  narrator.say(
    'Undoing the undoing is another matter: it would bring back a promotion that was already used, approvals and all. The server refuses.',
  );
  run(company, omar, ['git', 'revert', '-S', '--no-edit', 'HEAD'], { print: false });
  run(company, omar, ['git', 'push', '--quiet'], {
    exit: 1,
    shows: ['mreg: refused, nothing was changed', '[replay]', `${REFERENCE} --to prod`, 'pre-receive hook declined'],
  });
  run(company, omar, ['git', 'reset', '--quiet', '--keep', 'origin/main']);
}
