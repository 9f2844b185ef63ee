import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { run, type Company, type Person } from '../company.ts';

/** Four people, four keys, a registry that one of them starts, and a server that judges every push. */
export function found(company: Company): void {
  const { narrator } = company;
  narrator.chapter('Four people, a registry, a server');
  makeKeys(company);
  startRegistry(company);
  trustOthers(company);
  startServer(company);
  raiseThresholds(company);
}

function makeKeys(company: Company): void {
  const { narrator, olga, dana, remy, omar, controller } = company;
  narrator.say(
    'Olga owns the model, Dana trains it, Remy reviews, Omar is on call; a machine will move rollouts. Each makes an Ed25519 key; git signs with the same one (user.signingKey). What would only repeat what was shown is left out: [...].',
  );
  const generate = ['mreg', 'key', 'generate', '--no-passphrase'];
  run(company, olga, generate, { cwd: olga.home, shows: ['made', 'fingerprint'] });
  for (const person of [dana, remy, omar, controller])
    run(company, person, generate, { cwd: person.home, print: false });
}

function startRegistry(company: Company): void {
  const { narrator, olga, folder } = company;
  narrator.say(
    'Olga starts the registry: a git repository whose first commit holds the list of trusted keys, the policy and their signatures.',
  );
  const store = pathToFileURL(path.join(folder, 'artifacts')).href;
  run(company, olga, ['mreg', 'init', 'registry', '--name', 'airline', '--policy', 'standard', '--store', store], {
    cwd: olga.home,
    shows: ['made registry airline-', /dev \S+ staging \S+ prod/],
  });
}

function trustOthers(company: Company): void {
  const { narrator, olga, dana, remy, omar, controller } = company;
  narrator.say(
    'So far Olga has every role. She trusts the others with some and keeps root, policy and owner. Each change of trust is a signed file, chained to the one before.',
  );
  const trust = (person: Person, ...roles: readonly string[]): void => {
    const flags = roles.flatMap((role) => ['--role', role]);
    const key = path.relative(olga.clone, person.publicKey);
    run(company, olga, ['mreg', 'trust', 'add', person.id, '--public-key', key, ...flags], { shows: ['done:'] });
  };
  trust(dana, 'registrar', 'evaluator', 'promoter');
  trust(remy, 'reviewer', 'policy', 'root');
  trust(omar, 'oncall');
  trust(controller, 'controller');
  const given = ['registrar', 'evaluator', 'promoter', 'reviewer', 'oncall', 'controller'];
  run(company, olga, ['mreg', 'trust', 'remove', olga.id, ...given.flatMap((role) => ['--role', role])], {
    shows: ['done:'],
  });
}

function startServer(company: Company): void {
  const { narrator, olga, dana, remy, omar, controller, server } = company;
  narrator.say(
    'The server is a bare git repository with a pre-receive hook, and with the first trust root pinned in its configuration. No process runs there; stock git pushes to it and clones from it.',
  );
  const address = path.relative(olga.clone, server);
  run(company, olga, ['mreg', 'init', '--server', address], { shows: ['made server', 'pre-receive', 'sha256:'] });
  run(company, olga, ['git', 'remote', 'add', 'origin', address]);
  run(company, olga, ['git', 'push', '--quiet', '--set-upstream', 'origin', 'main']);
  for (const person of [dana, remy, omar, controller]) {
    run(company, person, ['git', 'clone', '--quiet', path.relative(person.home, server), 'registry'], {
      cwd: person.home,
    });
  }
}

function raiseThresholds(company: Company): void {
  const { narrator, olga, remy } = company;
  narrator.say(
    'From now on two people must sign a change of trust or policy, and nothing reaches prod with fewer than two approvals. This very change already needs both, so it waits for Remy (exit code 5).',
  );
  run(
    company,
    olga,
    ['mreg', 'trust', 'set', '--root-threshold', '2', '--policy-threshold', '2', '--floor', 'prod=2'],
    { exit: 5, shows: ['filed:', 'still needs'] },
  );
  run(company, remy, ['mreg', 'trust', 'sign'], { shows: ['done:'] });
}
