import { shown } from './escape.ts';
import type { WhoOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';

type Person = WhoOutput['people'][number];

/** Returns who may approve as people read it: what is asked for, then those who count, then those who would not and why. */
export function renderWho(answer: WhoOutput, view: View): string {
  const paint = paintFor(view);
  const { model, stage, version, requestedBy, gates, people } = answer;
  const what = `${model}${version === null ? '' : `@${version}`} to ${stage}`;
  const asked = requestedBy === null ? 'no request is open' : `asked for by ${requestedBy}`;
  if (gates.length === 0) return `${paint.bold(what)}: no approval is asked for\n`;
  const able = people.filter(({ excluded }) => excluded === null);
  const others = people.filter(({ excluded, roles }) => excluded !== null && roles.length > 0);
  return [
    `${paint.bold(what)}: ${asked}`,
    ...gates.map(({ id, required }) => `  ${shown(id, view)}: ${required}`),
    '',
    ...(able.length === 0 ? [paint.yellow('nobody may approve it')] : table(able, view)),
    ...(others.length === 0 ? [] : ['', 'not counted:', ...others.map((person) => `  ${excludedLine(person, view)}`)]),
  ].join('\n');
}

function table(people: readonly Person[], view: View): readonly string[] {
  const columns = ['who', 'roles', 'on forges', 'approved'].map((title) => ({ title }));
  const rows = people.map(({ principal, owner, roles, forges, approved }) => [
    shown(owner === null ? principal : `${principal} (counts as ${owner})`, view),
    roles.join(', '),
    shown(forgeNames(forges), view),
    approved ? 'yes' : '',
  ]);
  return renderTable({ columns, rows }, view);
}

function forgeNames(forges: Person['forges']): string {
  return Object.entries(forges)
    .map(([forge, name]) => `${forge}: ${name}`)
    .join(', ');
}

function excludedLine({ principal, excluded, approved }: Person, view: View): string {
  return shown(`${principal} (${excluded ?? ''})${approved ? ', although they approved' : ''}`, view);
}
