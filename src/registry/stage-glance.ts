import { kubernetesName } from '../documents/names.ts';
import { isInstant } from '../documents/time.ts';
import { STAGE_COMMENT } from './next-stage.ts';
import type { StageStanding } from './stage-standing.ts';

/**
 * Returns what a stage file says if it is written exactly as mreg writes it, in a hundredth of the time of strict reading;
 * undefined on the least doubt, for the strict reader to decide. Only for telling where thousands of stages stand: no
 * judgement rests on it.
 */
export function glanceAtStage(text: string): StageStanding | undefined {
  const found = AS_WRITTEN.exec(text)?.groups;
  if (found === undefined) return undefined;
  const fields = new Map(Object.entries(found).map(([name, value]) => [name, value.replaceAll('"', '')]));
  return isSound(fields) ? glanceOf(fields) : undefined;
}

type Fields = ReadonlyMap<string, string>;

function glanceOf(fields: Fields): StageStanding | undefined {
  const text = (name: string): string => fields.get(name) ?? '';
  const phase = (['progressing', 'paused', 'complete'] as const).find((known) => known === text('phase'));
  if (phase === undefined) return undefined;
  const [champion, other] = slotsOf(fields);
  const slot = (name: string): NonNullable<StageStanding['candidate']> => ({
    version: text(`${name}_version`),
    digest: text(`${name}_digest`),
    weight: Number(text(`${name}_weight`)),
  });
  return {
    ...slot(champion),
    phase,
    since: text('since'),
    step: Number(text('step')),
    steps: Number(text('steps')),
    strategy: text('strategy'),
    movedBy: text('movedBy'),
    ...(phase === 'complete' ? {} : { candidate: slot(other) }),
  };
}

function slotsOf(fields: Fields): readonly [string, string] {
  return fields.get('champion') === 'blue' ? ['blue', 'green'] : ['green', 'blue'];
}

/** The rules between the fields, as strict reading has them. */
function isSound(fields: Fields): boolean {
  const [champion, other] = slotsOf(fields);
  const number = (name: string): number => Number(fields.get(name));
  const agrees = ['version', 'digest', 'uri'].every((name) => fields.get(name) === fields.get(`${champion}_${name}`));
  return (
    agrees &&
    number(`${champion}_weight`) + number(`${other}_weight`) === 100 &&
    number('step') <= number('steps') &&
    fields.get('name') === kubernetesName(fields.get('model') ?? '', fields.get('stage') ?? '') &&
    ['since', 'movedAt'].every((name) => isInstant(fields.get(name) ?? ''))
  );
}

/** Narrower than the format: what is quoted for a reason, or could be read in two ways, is left to the strict reader. */
const START = '(?!(?:true|false|null|yes|no|on|off|y|n|inf|infinity|nan)\\n)(?:[a-df-z]|e(?![0-9_.-]))';

const KINDS: Readonly<Record<string, string>> = {
  word: `${START}[a-z0-9_-]{0,80}`,
  registry: `${START}[a-z0-9_-]{0,60}-[0-9a-f]{12}`,
  words: `${START}[a-z0-9._@/-]{0,120}`,
  version: 'v[1-9][0-9]{0,8}',
  digest: '"sha256:[0-9a-f]{64}"',
  link: 'none|"sha256:[0-9a-f]{64}"',
  uri: '"[!#-\\[\\]-~]{1,2000}"',
  slot: 'blue|green',
  share: '(?:0|[1-9][0-9]{0,2})(?:\\.[0-9]{1,3})?',
  count: '[1-9][0-9]{0,8}',
  phase: 'progressing|paused|complete',
  strategy: 'immediate|canary|shadow|champion-challenger',
  time: '"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"',
  commit: `"[0-9a-f]{40}"|${START}[0-9a-f]{39}`,
};

const SLOT = ['version: <version>', 'digest: <digest>', 'uri: <uri>', 'weight: <share>', 'mirror: <share>'];

const TEMPLATE = [
  `# ${STAGE_COMMENT}`,
  ...['apiVersion: mreg.dev/v1', 'kind: Stage', 'metadata:', '  name: <words>', '  annotations:'],
  ...['    config.kubernetes.io/local-config: "true"', 'spec:', '  registry: <registry>', '  model: <words>'],
  ...[
    '  stage: <word>',
    '  version: <version>',
    '  digest: <digest>',
    '  uri: <uri>',
    '  champion: <slot>',
    '  slots:',
  ],
  ...['blue', 'green'].flatMap((slot) => [`    ${slot}:`, ...SLOT.map((line) => `      ${slot}_${line}`)]),
  ...['  rollout:', '    strategy: <strategy>', '    phase: <phase>', '    step: <count>', '    steps: <count>'],
  ...['    since: <time>', '  promotion: <link>', '  previous: <link>', '  base: <commit>', '  movedBy: <words>'],
  ...['  movedAt: <time>', ''],
];

const AS_WRITTEN = new RegExp(`^${TEMPLATE.map(linePattern).join('\\n')}$`);

/** `    blue_version: <version>` matches `    version: v7` and calls its value `blue_version`. */
function linePattern(line: string): string {
  const [, indent, name, kind] = /^( *)([A-Za-z_]+): <([a-z]+)>$/.exec(line) ?? [];
  if (indent === undefined || name === undefined) return line.replace(/[.+*?^$()[\]{}|\\]/g, '\\$&');
  const key = name.replace(/^(?:blue|green)_/, '');
  return `${indent}${key}: (?<${name}>${KINDS[kind ?? ''] ?? ''})`;
}
