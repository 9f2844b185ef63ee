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

/** One step of the rollout; may be repeated. */
export const stepOption = new Option(
  '--step <weight[:hold]>',
  'a step of the rollout, such as 10:30m; repeat it',
).argParser(collect);

/** What aborts the rollout; may be repeated. */
export const guardOption = new Option(
  '--guard <rule>',
  'what aborts it, such as "latency_p95_ms>80:5m", or "ctr~1%:30m" for worse than the champion; repeat it',
).argParser(collect);

/** What a challenger has to show; may be repeated. */
export const successOption = new Option(
  '--success <gain[:looks]>',
  'what a challenger has to show, such as ctr+0.015 or ctr+3%:4; repeat it',
).argParser(collect);

/** A file with the whole plan. */
export const planOption = new Option('--plan <file>', 'the whole release plan, as YAML or JSON');

/** Leaves the stored bytes unread. */
export const artifactCheckOption = new Option(
  '--no-artifact-check',
  'do not read the stored bytes (another machine holds them)',
);

/** Opens freezes and windows, at the price of two people's word. */
export const breakGlassOption = new Option(
  '--break-glass <reason>',
  'open freezes and closed windows; two people who are oncall or owner must approve',
);
