import { guardInWords } from '../documents/guard-bound.ts';
import type { Check, PromotionDocument } from '../documents/kinds/promotion.ts';
import type { Transition } from '../documents/kinds/policy.ts';
import { toldOnce } from '../gates/missing-approvals.ts';
import type { Evaluation, GateResult } from '../gates/verdict.ts';
import { isCommand } from './lines.ts';
import { visible, visibleLines } from './escape.ts';
import {
  decisionOf,
  nextCommands,
  planInWords,
  recordedVerdict,
  rollbackTarget,
  standingOf,
  type EvaluationContext,
} from './evaluation.ts';
import { listed } from './quantity.ts';

/** Returns an evaluation as Markdown for a forge's comment or a CI summary: the decision, then a table of the gates. */
export function evaluationMarkdown(evaluation: Evaluation, context: EvaluationContext): string {
  const { model, version, from, to } = context;
  const { word, sentence } = decisionOf(evaluation);
  const commands = nextCommands(evaluation, context).map((command) => `    ${visible(command)}`);
  return paragraphs(
    `### ${code(`${model}@${version}`)}: ${code(from)} → ${code(to)}`,
    `**${word}:** ${literal(sentence)}`,
    gateRows(toldOnce(evaluation.gates)),
    ...(rollbackTarget(context) === undefined ? [] : [`Rolls back to ${literal(rollbackTarget(context) ?? '')}.`]),
    ...(commands.length === 0 ? [] : [`Next:\n\n${commands.join('\n')}`]),
  );
}

/** What a promotion note is written from. */
export interface PromotionNoteFacts {
  readonly promotion: PromotionDocument;
  /** Principals whose approvals count. */
  readonly approvedBy: readonly string[];
  /** The gates as they are judged now, of a promotion that has not landed: some that fail only warn. */
  readonly gates?: readonly GateResult[];
  /** The rule for the way back, of the policy in force. */
  readonly rollback?: Transition['rollback'];
}

/** Returns a promotion as a Markdown note for a release page or a ticket: what passed, how it rolls out, how it comes back. */
export function promotionNote({ promotion, approvedBy, gates, rollback }: PromotionNoteFacts): string {
  const { metadata, spec } = promotion;
  return paragraphs(
    `## ${code(`${metadata.model}@${spec.version}`)}: ${code(spec.from)} → ${code(spec.to)}`,
    noteHead(promotion, approvedBy),
    ...(spec.note === undefined ? [] : [quoted(spec.note)]),
    '### Gates',
    checkRows(spec.checks, gates),
    '### Rollout',
    rolloutRows(spec.plan),
    '### Way back',
    wayBack(spec, rollback),
    '### Evidence',
    list(spec.evidence.map(({ path, digest }) => `${code(path)} ${code(digest)}`)) || 'None was used.',
  );
}

/** Returns `text` such that Markdown shows it literally: nothing in it becomes markup, a link, HTML or a mention. */
export function literal(text: string): string {
  return (
    visible(text)
      .replace(/[\\`*_{}[\]()#+!|~$]/g, '\\$&')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      // Forges notify the name after `@` and link bare addresses; a comment in between stops both and is not shown.
      .replace(/@(?=\w)/g, '@<!-- -->')
      .replace(/:\/\//g, ':<!-- -->//')
      .replace(/www\./gi, '$&<!-- -->')
  );
}

/** Returns the parts with an empty line between them; empty parts vanish. */
export function paragraphs(...parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function gateRows(gates: readonly GateResult[]): string {
  if (gates.length === 0) return '';
  return table(
    ['', 'Gate', 'Observed', 'Required', 'Baseline', 'Reason'],
    gates.map((gate) => [
      standingOf(gate),
      ...[gate.id, gate.observed, gate.required, gate.baseline].map(cell),
      reasonOf(gate),
    ]),
  );
}

function reasonOf({ reason, hint, verdict }: GateResult): string {
  if (hint === undefined || verdict === 'pass') return literal(reason);
  return `${literal(reason)}<br>To do: ${isCommand(hint) ? code(hint) : literal(hint)}`;
}

function noteHead({ spec }: PromotionDocument, approvedBy: readonly string[]): string {
  return list([
    `artifact ${code(spec.artifact)}`,
    `asked for by ${code(spec.requestedBy)} at ${literal(spec.requestedAt)}`,
    `approved by ${approvedBy.length === 0 ? 'nobody else' : listed(approvedBy.map(code))}`,
    ...(spec.breakGlass === undefined ? [] : [`glass broken: ${literal(spec.breakGlass.reason)}`]),
  ]);
}

function checkRows(checks: readonly Check[], gates: readonly GateResult[] | undefined): string {
  if (checks.length === 0) return 'No gate was asked for.';
  return table(
    ['Gate', 'Verdict', 'Observed', 'Required', 'Baseline'],
    checks.map((check) =>
      [check.gate, recordedVerdict(check, gates), check.observed, check.required, check.baseline].map(cell),
    ),
  );
}

function rolloutRows(plan: PromotionDocument['spec']['plan']): string {
  const guards = (plan.guards ?? []).map((guard) => `rolls back when ${literal(guardInWords(guard))}`);
  return list([literal(planInWords(plan)), ...guards]);
}

function wayBack(spec: PromotionDocument['spec'], rollback: Transition['rollback']): string {
  const target =
    spec.rollbackTo === 'none'
      ? 'There is no earlier version to return to: this is the first promotion.'
      : `A rollback returns to ${literal(spec.rollbackTo)}: ${code(`git revert <commit>`)}, or mreg rollback.`;
  const roles = rollback?.roles ?? [];
  const triggers = (rollback?.triggers ?? []).map((trigger) => `when ${literal(guardInWords(trigger))}`);
  const who = roles.length === 0 ? [] : [`by ${listed(roles.map(code))}`];
  return [target, list([...who, ...triggers])].filter((part) => part !== '').join('\n\n');
}

/** Returns a table of cells that are Markdown already. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(value: string | number | undefined): string {
  return value === undefined ? '' : literal(String(value));
}

/** Returns a list of items that are Markdown already. */
export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** Returns a name as code: nothing in it is markup and it notifies nobody. Tables end a cell at `|` even there. */
export function code(text: string): string {
  return `\`${visible(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

function quoted(note: string): string {
  return visibleLines(note)
    .map((line) => `> ${literal(line)}`)
    .join('\n');
}
