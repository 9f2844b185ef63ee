import Big from 'big.js';
import { guardInWords } from '../documents/guard-bound.ts';
import type { Gate } from '../documents/kinds/gate.ts';
import type { Transition } from '../documents/kinds/policy.ts';
import { mergeCatalogue } from '../gates/catalogue.ts';
import type { GateInput, VersionFacts } from '../gates/input.ts';
import { plain } from '../gates/quantity.ts';
import type { Evaluation, GateResult } from '../gates/verdict.ts';
import { diffVersions, type VersionSide } from './diff.ts';
import { shown, visibleLines } from './escape.ts';
import { planInWords, standingOf, type Standing } from './evaluation.ts';
import type { DiffOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { listed } from './quantity.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** What the note of a promotion is written from: what the gates were given, and what they said. */
export interface NoteGround {
  readonly input: GateInput;
  readonly evaluation: Evaluation;
  /** The version that a rollback would return to. */
  readonly rollbackTo: string | undefined;
}

/** The schema of a promotion takes no longer note. */
const MOST_CHARACTERS = 4000;
/** Of a line that lists: one of each kind leaves room for the others. */
const MOST_LISTED = 1000;

/**
 * Returns the note that a promotion carries where nobody wrote one: what passed, how the version differs from what serves
 * now, how it rolls out and when it comes back. Plain text, of nothing but what the documents say.
 */
export function writtenNote(ground: NoteGround): string {
  const { input } = ground;
  const champion = input.stages.get(input.to)?.facts;
  const { model, candidate, to } = input;
  const place = champion === undefined ? 'the first version there' : `in place of ${champion.name}`;
  const lines = [
    `${model}@${candidate.name} to ${to}, ${place}.`,
    ...(input.breakGlass === undefined ? [] : [`The glass is broken: ${input.breakGlass.reason}`]),
    ...gateLines(ground.evaluation),
    ...(champion === undefined ? [] : [differenceLine(ground, champion)]),
    `Rollout: ${planInWords(input.plan)}.`,
    ...rollbackLines(ground),
  ];
  return fitting(lines);
}

/** Returns a note as people read it beside what it is about. */
export function noteLines(note: string, view: View): string[] {
  const prefixes = { columns: view.columns, first: '  | ', rest: '  | ' };
  return [paintFor(view).dim('note:'), ...visibleLines(note).flatMap((line) => wrap(shown(line, view), prefixes))];
}

/** Whole lines, as many as there is room for. */
function fitting(lines: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length <= MOST_CHARACTERS) kept.push(line);
  }
  return kept.join('\n');
}

/** The first of a list, as many as there is room for, and how many there are more. */
function enumerated(texts: readonly string[]): string {
  let length = 0;
  const shownTexts = texts.filter((text) => (length += text.length + 2) <= MOST_LISTED);
  const left = texts.length - shownTexts.length;
  return [...shownTexts, ...(left === 0 ? [] : [`${String(left)} more`])].join('; ');
}

/** The note is read later, too: all of it is told as it was when the promotion was asked for. */
const GATES: readonly (readonly [string, readonly Standing[]])[] = [
  ['Passed', ['pass']],
  ['Did not apply', ['skip']],
  ['Warned', ['warn']],
  ['Awaited', ['wait']],
  ['Refused', ['fail', 'error']],
];

function gateLines({ gates }: Evaluation): readonly string[] {
  return GATES.flatMap(([title, standings]) => {
    const named = gates.filter((gate) => standings.includes(standingOf(gate))).map(gateWords);
    return named.length === 0 ? [] : [`${title}: ${enumerated(named)}.`];
  });
}

/** A number says more with what was asked of it; of other gates the name is enough. */
function gateWords({ id, observed, required, baseline }: GateResult): string {
  if (typeof observed !== 'number') return id;
  const against = typeof baseline === 'number' ? ` over ${plain(baseline)}` : '';
  return `${id} ${plain(observed)}${required === undefined ? '' : ` (${String(required)}${against})`}`;
}

function differenceLine(ground: NoteGround, champion: VersionFacts): string {
  const { input } = ground;
  const catalogue = [...mergeCatalogue(input)].map(([name, { definition }]) => [name, definition] as const);
  const { metrics } = diffVersions({
    ...{ model: input.model, left: sideOf(champion), right: sideOf(input.candidate) },
    catalogue: Object.fromEntries(catalogue),
  });
  const told = metrics.flatMap((metric) => metricWords(metric, ground));
  const title = `Against ${champion.name}, there so far`;
  return told.length === 0 ? `${title}: no measurement differs.` : `${title}: ${enumerated(told)}.`;
}

function sideOf({ name, version, evidence }: VersionFacts): VersionSide {
  return { name, version: version.body, evidence: [...evidence.values()].map(({ body }) => body) };
}

function metricWords(metric: DiffOutput['metrics'][number], ground: NoteGround): readonly string[] {
  const { metric: name, left, right, delta, direction } = metric;
  if (left === null || right === null || delta === null || direction === 'same') return [];
  const percent = percentOf(delta, left);
  const change = [delta, ...(percent === undefined ? [] : [percent])].join(', ');
  const judged = direction === 'unknown' ? '' : `, ${direction}`;
  const bound = direction === 'worse' ? boundWords(metric, ground) : '';
  return [`${name} ${right} from ${left} (${change}${judged}${bound})`];
}

/** Of a base of nothing, there is no percentage. */
function percentOf(delta: string, base: string): string | undefined {
  const size = new Big(base.split(' ')[0] ?? 0).abs();
  if (size.eq(0)) return undefined;
  const percent = new Big(delta.replace('+', '')).times(100).div(size).round(1);
  return `${percent.gt(0) ? '+' : ''}${percent.toFixed()} %`;
}

const PHRASES = { min: 'at least', max: 'at most', above: 'above', below: 'below' } as const;

/** What is worse than before may still be good enough: then the bound that it meets is told. */
function boundWords({ metric, kind }: DiffOutput['metrics'][number], { input, evaluation }: NoteGround): string {
  const passed = new Set(evaluation.gates.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id));
  const gates = transitionsOf(input).flatMap((transition) => transition.gates);
  const bounds = gates.flatMap((gate) => (passed.has(gate.id) ? boundsOf(gate, metric, kind) : []));
  return bounds.length === 0 ? '' : `, still ${listed([...new Set(bounds)])}`;
}

function boundsOf(gate: Gate, metric: string, kind: string): readonly string[] {
  if (gate.type !== 'metric' || gate.metric !== metric || gate.evidence !== kind) return [];
  return (Object.keys(PHRASES) as (keyof typeof PHRASES)[]) // the keys of a literal of this file
    .flatMap((name) => (gate[name] === undefined ? [] : [`${PHRASES[name]} ${plain(gate[name])}`]));
}

function transitionsOf({ policies, from, to }: GateInput): readonly Transition[] {
  return policies
    .flatMap(({ body }) => body.spec.transitions)
    .filter((transition) => transition.from === from && transition.to === to);
}

/** Who may roll back where no policy says it. */
const ROLLBACK_ROLES: readonly string[] = ['oncall', 'owner', 'controller'];

function rollbackLines({ input, rollbackTo }: NoteGround): readonly string[] {
  if (rollbackTo === undefined) return ['There is no earlier version to go back to.'];
  const rules = transitionsOf(input).flatMap(({ rollback }) => (rollback === undefined ? [] : [rollback]));
  const named = [...(input.plan.guards ?? []), ...rules.flatMap(({ triggers = [] }) => triggers)];
  const limits = [...new Set(named.map(guardInWords))];
  const roles = [...new Set(rules.flatMap(({ roles: some = [] }) => some))];
  const hands = listed(roles.length === 0 ? ROLLBACK_ROLES : roles);
  const back = `Back to ${rollbackTo}`;
  const byRule = limits.length === 0 ? [] : [`${back} when ${limits.join(', or when ')}.`];
  return [...byRule, `${back} by hand: mreg rollback ${input.model} --stage ${input.to} -m <why> (${hands}).`];
}
