import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, type Company } from '../company.ts';
import { MODEL } from './shipping.ts';

/** A pointer edited by hand, past the local hook, and what the server says. */
export function editByHand(company: Company): void {
  const { narrator, dana } = company;
  narrator.chapter('An edit by hand');
  narrator.say(
    'Dana is in a hurry: she writes v2 all the traffic into stage.yaml, commits past every local check and pushes.',
  );
  const pointer = `registry/${MODEL}/stages/prod/stage.yaml`;
  run(company, dana, ['git', 'pull', '--quiet']);
  editWeights(path.join(dana.clone, pointer));
  run(company, dana, ['git', 'diff', '--unified=0', pointer], { shows: ['+ ', 'weight: 100'] });
  const commit = ['git', 'commit', '--quiet', '--no-verify', '-S', '--all', '-m', 'Give v2 all traffic'];
  run(company, dana, commit);
  run(company, dana, ['git', 'push', '--quiet'], { exit: 1, shows: ['refused', pointer, 'pre-receive hook declined'] });
  narrator.say('Nothing moved. She drops her commit.');
  run(company, dana, ['git', 'reset', '--quiet', '--keep', 'origin/main']);
}

function editWeights(file: string): void {
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, before.replace('weight: 90', 'weight: 0').replace('weight: 10', 'weight: 100'));
}
