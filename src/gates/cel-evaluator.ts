import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import { Unjudgeable } from './unjudgeable.ts';

/** Evaluates a CEL expression over plain JSON values; throws where it cannot. */
export type CelEvaluator = (expression: string, variables: Readonly<Record<CelVariable, unknown>>) => unknown;

const CEL_VARIABLES = ['model', 'version', 'candidate', 'baseline', 'evidence', 'promotion'] as const;

/** A name that expressions know. */
export type CelVariable = (typeof CEL_VARIABLES)[number];

const MAX_EXPRESSION_CHARACTERS = 4000;
const MAX_LIST_ITEMS = 500;
/** 500 × 500 steps stay under a second; one more level would hold a hook for minutes. */
const MAX_NESTED_LOOPS = 2;
const LIMITS = { maxAstNodes: 1000, maxDepth: 40, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 16 };
const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** Loads the CEL engine. Lazy: it is large, and most policies have no `cel` gate. */
export async function loadCel(): Promise<CelEvaluator> {
  const cel = await import('@marcbachmann/cel-js');
  const environment = new cel.Environment({ unlistedVariablesAreDyn: false, limits: LIMITS });
  for (const name of CEL_VARIABLES) environment.registerVariable(name, 'dyn');
  return (expression, variables) => evaluateCel(environment, expression, variables);
}

function evaluateCel(environment: Environment, expression: string, variables: Readonly<Record<string, unknown>>) {
  if (expression.length > MAX_EXPRESSION_CHARACTERS) {
    throw new Unjudgeable(`the expression is longer than ${String(MAX_EXPRESSION_CHARACTERS)} characters`);
  }
  refuseLongLists(variables);
  const run = environment.parse(expression);
  refuseSlow(run.ast, 0);
  const value: unknown = run({ ...variables });
  return value;
}

/** Attack: an expression that loops over long lists within each other holds the hook until its watchdog ends it. */
function refuseLongLists(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value) && value.length > MAX_LIST_ITEMS) {
    throw new Unjudgeable(`a list of ${String(value.length)} items is too long for an expression`);
  }
  for (const item of Object.values(value)) refuseLongLists(item);
}

function refuseSlow(node: ASTNode, loops: number): void {
  const method = node.op === 'rcall' ? node.args[0] : undefined;
  // Attack: a pattern such as (a+)+$ over a registrar's text takes exponential time in JavaScript's regular expressions.
  if (method === 'matches') throw new Unjudgeable('matches() is not available: use startsWith, endsWith or contains');
  const within = method !== undefined && LOOPS.has(method) ? loops + 1 : loops;
  if (within > MAX_NESTED_LOOPS) {
    throw new Unjudgeable(`loops are nested more than ${String(MAX_NESTED_LOOPS)} deep`);
  }
  for (const child of childrenOf(node.args)) refuseSlow(child, within);
}

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
