import type { ChangeSummary } from '../registry/rules/rule.ts';

/** Returns what a step did, as the end of a sentence about its commit: `promotes fraud to v7 in prod`. */
export function changeWords(change: ChangeSummary): string {
  const { action, model = '', version = '', stage = '', detail = '', by, breakGlass } = change;
  const who = by === undefined ? '' : `, by ${by}`;
  switch (action) {
    case 'init':
      return `starts registry ${detail}`;
    case 'model':
      return `describes ${model}`;
    case 'register':
      return `registers ${model}@${version}`;
    case 'evidence':
      return `adds ${detail} evidence about ${model}@${version}`;
    case 'hold':
      return `holds ${model}@${version}${who}`;
    case 'release':
      return `releases ${model}@${version}${who}`;
    case 'freeze':
      return `freezes ${detail}${who}`;
    case 'unfreeze':
      return `lifts ${detail}${who}`;
    case 'promote':
      return `promotes ${model} to ${version} in ${stage}${breakGlass === undefined ? '' : `, breaking the glass (${breakGlass})`}${who}`;
    case 'rollout':
      return `moves the rollout of ${model} in ${stage}${detail === '' ? '' : `: ${detail}`}${who}`;
    case 'rollback':
      return `rolls ${model} back to ${version} in ${stage}${detail === '' ? '' : ` (${detail})`}${who}`;
    case 'trust':
      return `changes the trust root to ${detail}`;
    case 'policy':
      return `changes policy ${detail}`;
    case 'settings':
      return 'changes mreg.yaml';
  }
}
