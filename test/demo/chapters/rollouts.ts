import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, Surprise, type Company, type Expectation } from '../company.ts';
import { startTraffic, type Traffic } from '../traffic.ts';
import type { Trained } from '../training.ts';
import { approveBoth, MODEL, REQUESTED } from './shipping.ts';

const REFERENCE = `${MODEL}@v2`;
const PATH = `'/measured?version={{version}}&since={{since}}&until={{until}}'`;

/** How the two versions are measured: by the server that serves them. */
const policyOf = (url: string): string => `models: [${MODEL}]
telemetry:
  every: 2m
  sources:
    serving: {type: http-json, url: '${url}'}
  metrics:
    latency_p95_ms: {source: serving, path: ${PATH}, points: /intervals, asOf: /at, value: /p95}
  traffic: {source: serving, path: ${PATH}, points: /intervals, asOf: /at, count: /requests}
transitions: []
`;

const notificationsOf = (url: string): string => `apiVersion: mreg.dev/v1
kind: Notifications
metadata: {name: flight-delay}
spec:
  targets:
    - {name: hook, type: webhook, url: '${url}/hook', secretEnv: HOOK_SECRET}
`;

/** Two canaries of the same version, moved by a controller that measures real answers: one goes bad, one does not. */
export async function rollOut(company: Company, trained: Trained): Promise<void> {
  const { clock } = company;
  clock.stopAt(new Date(Math.ceil(clock.now().getTime() / 1000) * 1000));
  const traffic = await startTraffic(company, trained);
  try {
    await comeBack(company, traffic);
    await goThrough(company, traffic);
  } finally {
    await traffic.stop();
  }
  clock.goOnFrom(new Date());
}

async function comeBack(company: Company, traffic: Traffic): Promise<void> {
  const { narrator, omar } = company;
  narrator.chapter('A canary that comes back by itself');
  setUp(company, traffic);
  promote(company);
  narrator.say(
    'Both versions now answer requests over HTTP, every tenth is for v2, and how long each answer took is measured. After eight minutes the controller looks:',
  );
  await traffic.pass(8);
  control(company, ['held', 'latency_p95_ms']);
  narrator.say(
    'Then v2 begins to look up the weather in a table that lacks an index. Omar sees the p95 of v2 (above) leave that of v1:',
  );
  await traffic.slowDown('v2');
  await traffic.pass(4);
  look(company);
  narrator.say('Two minutes later it has been above 80 ms for five minutes. Nobody is asked:');
  await traffic.pass(2);
  control(company, ['rolled back', 'pushed']);
  run(company, omar, ['git', 'pull', '--quiet']);
  run(company, omar, ['git', 'log', '-1', '--format=%an, %ad%n%n%B', '--date=iso'], {
    shows: ['latency_p95_ms above 80 for 5m', 'observed'],
  });
  narrator.say('The controller told a webhook, which knows by the secret that they share who it was:');
  narrator.list(lastHeard(company, await traffic.heard(), 'roll-back'));
}

function setUp(company: Company, { url }: Traffic): void {
  const { narrator, olga, remy, controller } = company;
  const policy = policyOf(url);
  narrator.say(
    'How versions are measured while they roll out is part of the policy: who could change it could make any version look well. Two people sign it, as always.',
  );
  narrator.list(policy.trimEnd().split('\n'));
  writeFileSync(path.join(olga.home, 'serving.yaml'), policy);
  run(company, olga, ['mreg', 'policy', 'set', 'serving', '../serving.yaml'], { exit: 5, print: false });
  run(company, remy, ['mreg', 'trust', 'sign'], { shows: ['done:'], print: false });
  const notifications = notificationsOf(url);
  writeFileSync(path.join(controller.home, 'notify.yaml'), notifications);
  narrator.say('Whom the controller tells is its own matter, and stands beside it in notify.yaml:');
  narrator.list(notifications.trimEnd().split('\n'));
}

/** By the plan of the policy: 10 % for 30 minutes, 50 % for two hours, then all, while the p95 stays below 80 ms. */
function promote(company: Company): void {
  run(company, company.dana, ['mreg', 'promote', REFERENCE, '--to', 'prod'], {
    exit: 5,
    shows: [`filed ${REFERENCE} to prod`],
    print: /^filed/,
  });
  approveBoth(company, REFERENCE, { rollbackTo: 'v1', print: REQUESTED });
}

function control(company: Company, shows: NonNullable<Expectation['shows']>): void {
  const words = ['mreg', 'rollout', 'run', '--once', '--notify', '../notify.yaml'];
  run(company, company.controller, words, { shows });
}

function look(company: Company): void {
  const { omar } = company;
  run(company, omar, ['git', 'pull', '--quiet']);
  run(company, omar, ['mreg', 'rollout', 'status', MODEL, '--stage', 'prod'], { shows: ['latency_p95_ms above 80'] });
}

async function goThrough(company: Company, traffic: Traffic): Promise<void> {
  const { narrator, olga } = company;
  narrator.chapter('A canary that goes through');
  narrator.say('The table has its index. Olga releases v2, and the same plan begins anew.');
  await traffic.slowDown(undefined);
  run(company, olga, ['mreg', 'release', REFERENCE, '-m', 'the table has an index'], {
    shows: [`released ${REFERENCE}`],
  });
  promote(company);
  narrator.say('Half an hour later:');
  await traffic.pass(30);
  control(company, ['next step', 'pushed']);
  narrator.say('An hour into the second step Omar has a look:');
  await traffic.pass(60);
  look(company);
  narrator.say('And when its two hours are over:');
  await traffic.pass(60);
  control(company, ['completed', 'pushed']);
  run(company, company.omar, ['git', 'pull', '--quiet']);
  run(company, company.omar, ['mreg', 'status', MODEL], { shows: ['v2'] });
  lastHeard(company, await traffic.heard(), 'complete');
}

/** Checks the signature of the last message as a receiver does, and returns what it says. */
function lastHeard(
  { controller }: Company,
  heard: Awaited<ReturnType<Traffic['heard']>>,
  wanted: string,
): readonly string[] {
  const { signature = '', body = '{}' } = heard.at(-1) ?? {};
  const { action, model, stage, version, champion, reason } = JSON.parse(body) as Record<string, string>;
  const [, time, hex] = /^t=([0-9]+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  const expected = createHmac('sha256', controller.env['HOOK_SECRET'] ?? '').update(`${time ?? ''}.${body}`);
  if (action !== wanted || hex !== expected.digest('hex'))
    throw new Surprise(`expected: a signed ${wanted}\nfound:    ${signature}\n${body}`);
  return [
    `${action}: ${model ?? ''} ${version ?? ''} in ${stage ?? ''}, ${champion ?? ''} serves`,
    reason ?? '',
    `mreg-signature: ${signature.slice(0, 40)}...  (good: HMAC-SHA256)`,
  ];
}
