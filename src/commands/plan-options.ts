import { Option } from '@commander-js/extra-typings';
import { collect } from './declare.ts';

/** Where a promotion goes. */
export const toOption = new Option('--to <stage>', 'the stage to move to').makeOptionMandatory();

/** How traffic moves to the version. */
export const strategyOption = new Option('--strategy <name>', 'release strategy (default: the policy’s plan)').choices([
  'immediate',
  'canary',
  'shadow',
  'champion-challenger',
] as const);

export const stepOption = new Option(
  '--step <weight[:hold]>',
  'a step of the rollout, such as 10:30m; repeat it',
).argParser(collect);

export const guardOption = new Option(
  '--guard <rule>',
  'what aborts it, such as "latency_p95_ms>80:5m"; repeat it',
).argParser(collect);

export const planOption = new Option('--plan <file>', 'the whole release plan, as YAML or JSON');

export const artifactCheckOption = new Option(
  '--no-artifact-check',
  'do not read the stored bytes (another machine holds them)',
);
