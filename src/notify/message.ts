import type { RolloutEvent } from './port.ts';

/** Returns the event as webhooks and commands get it. */
export function eventJson({ at, ...event }: RolloutEvent): string {
  return JSON.stringify({ apiVersion: 'mreg.dev/v1', kind: 'RolloutEvent', at: at.toISOString(), ...event });
}

const DID: Readonly<Record<RolloutEvent['action'], string>> = {
  advance: 'goes on',
  complete: 'is complete',
  pause: 'is paused',
  resume: 'goes on after its pause',
  'roll-back': 'was rolled back',
  inconclusive: 'cannot be judged',
};

/** Returns one line that says what happened. */
export function headline({ model, stage, version, action, weight }: RolloutEvent): string {
  const share = action === 'advance' || action === 'resume' ? ` at ${String(weight)} %` : '';
  return `${model} ${version} in ${stage} ${DID[action]}${share}`;
}

/** Returns what happened, why, and by which numbers, in lines of plain text. */
export function plainText(event: RolloutEvent): string {
  const { reason, champion, commit, registry, at, observations } = event;
  const numbers = observations.map(({ metric, value, threshold, verdict }) =>
    [metric, value === undefined ? '' : String(value), threshold === undefined ? '' : `(${threshold})`, verdict ?? '']
      .filter((word) => word !== '')
      .join(' '),
  );
  return [
    headline(event),
    '',
    oneLine(reason),
    ...(numbers.length === 0 ? [] : ['', ...numbers.map((line) => `  ${oneLine(line)}`)]),
    '',
    ...(champion === undefined ? [] : [`champion  ${champion}`]),
    `registry  ${registry}`,
    ...(commit === undefined ? [] : [`commit    ${commit}`]),
    `at        ${at.toISOString()}`,
  ].join('\n');
}

/** Returns text without line ends and control characters: attack: a reason that goes on as a header, or as another message. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
