import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, type Company } from '../company.ts';
import { MODEL } from './shipping.ts';

/** A pointer edited by hand, past the local hook, and what the server says. */
export function editByHand(company: Company): void {
  const { narrator, dana } = company;
  narrator.chapter('An edit by hand');
  narrator.say(
    'Dana has the hook installed, as everybody should, but she is in a hurry: she gives v2 all the traffic.',
  );
  const pointer = `registry/${MODEL}/stages/prod/stage.yaml`;
  run(company, dana, ['mreg', 'hooks', 'install'], { shows: ['installed', 'pre-commit'] });
  run(company, dana, ['git', 'pull', '--quiet']);
  editWeights(path.join(dana.clone, pointer));
  run(company, dana, ['git', 'diff', '--unified=0', pointer], { shows: ['weight: 100'], print: /^@@/ });
  const commit = ['git', 'commit', '--quiet', '-S', '--all', '-m', 'Give v2 all traffic'];
  run(company, dana, commit, {
    exit: 1,
    shows: ['mreg: refused, nothing was committed', pointer, '[ungoverned-shape]'],
  });
  narrator.say('The hook is hers to skip. The one on the server is not.');
  run(company, dana, [...commit, '--no-verify']);
  run(company, dana, ['git', 'push', '--quiet'], {
    exit: 1,
    shows: ['mreg: refused, nothing was changed', pointer, '[bad-signature]', 'pre-receive hook declined'],
  });
  narrator.say('Nothing moved. She drops her commit.');
  run(company, dana, ['git', 'reset', '--quiet', '--keep', 'origin/main']);
}

function editWeights(file: string): void {
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, before.replace('weight: 90', 'weight: 0').replace('weight: 10\n', 'weight: 100\n'));
}
