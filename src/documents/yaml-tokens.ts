import { CST, Lexer, Parser } from 'yaml';
import { LIMITS } from './limits.ts';
import type { Finding, Findings } from './yaml-findings.ts';

/**
 * Returns the syntax trees of `text`, or undefined after telling `findings` why no tree is made.
 *
 * The lexer is a loop, but the parser recurses once per level that a line closes and the composer once per level:
 * 60,000 `[` or `- ` overflow their stacks, and an overflow inside a generator can abort the process. So tokens are
 * judged one by one first, and the tree is walked with a stack of our own before anything recursive sees it.
 */
export function readTokens(text: string, findings: Findings): readonly CST.Token[] | undefined {
  const lexemes = scan(text, findings);
  if (lexemes === undefined) return undefined;
  const parser = new Parser();
  const trees = [...lexemes.flatMap((lexeme) => [...parser.next(lexeme)]), ...parser.end()];
  return isWithinLimits(trees, findings) ? trees : undefined;
}

interface Scan {
  offset: number;
  tokens: number;
  flowDepth: number;
  isScalar: boolean;
  isLineStart: boolean;
  dashesOnLine: number;
  keysOnLine: number;
}

function scan(text: string, findings: Findings): string[] | undefined {
  const state: Scan = {
    offset: 0,
    tokens: 0,
    flowDepth: 0,
    isScalar: false,
    isLineStart: true,
    dashesOnLine: 0,
    keysOnLine: 0,
  };
  const lexemes: string[] = [];
  let isRefused = false;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes.push(lexeme);
    const finding = judge(lexeme, state);
    if (finding !== undefined) {
      findings.add(state.offset, finding);
      isRefused = true;
      // Past a limit every further token only costs time; a forbidden feature lets us look for more of them.
      if (finding.code !== 'yaml-feature' || findings.isFull()) break;
    }
    advance(lexeme, state);
  }
  return isRefused ? undefined : lexemes;
}

/** Asks the library late: loading it when this module is would cost every command, and few need it. */
function hasNoWidth(lexeme: string): boolean {
  return lexeme === CST.DOCUMENT || lexeme === CST.FLOW_END || lexeme === CST.SCALAR;
}

/** Says what is wrong with the next token, and counts it. */
function judge(lexeme: string, state: Scan): Finding | undefined {
  state.tokens += 1;
  if (state.tokens > LIMITS.tokens) return tooMany(`more than ${String(LIMITS.tokens)} tokens`);
  if (state.isScalar) return undefined;
  const type = CST.tokenType(lexeme);
  const feature = type === null ? undefined : FEATURES.get(type);
  if (feature !== undefined) return { code: 'yaml-feature', ...feature };
  return judgeStructure(type, lexeme, state);
}

function judgeStructure(type: CST.TokenType | null, lexeme: string, state: Scan): Finding | undefined {
  switch (type) {
    case 'flow-error-end':
      return syntax('a [ or { that is closed', 'one that is not');
    case 'flow-map-start':
    case 'flow-seq-start':
      return ++state.flowDepth > LIMITS.depth ? tooDeep() : undefined;
    case 'space':
      return isDeepIndent(lexeme, state) ? tooDeep() : undefined;
    case 'seq-item-ind':
      return ++state.dashesOnLine > LIMITS.depth ? tooDeep() : undefined;
    case 'block-scalar-header':
      // Where the indentation is given and not seen, our parser drops trailing spaces that libyaml keeps.
      return /[0-9]/.test(lexeme) ? { code: 'yaml-feature', ...INDENTATION } : undefined;
    case 'map-value-ind':
      // `: : : :` nests a map per colon; outside of braces a line has one key.
      return state.flowDepth === 0 && ++state.keysOnLine > 1
        ? syntax('one key on a line', 'a second ":"', 'put the value in quotes if it contains ": "')
        : undefined;
    default:
      return undefined;
  }
}

/** A level may be opened by one more space, so the indentation bounds the levels that the parser recurses into. */
function isDeepIndent(spaces: string, { isLineStart, flowDepth }: Scan): boolean {
  return isLineStart && flowDepth === 0 && spaces.length > LIMITS.indent;
}

function advance(lexeme: string, state: Scan): void {
  const type = state.isScalar ? 'scalar' : CST.tokenType(lexeme);
  if (type === 'flow-map-end' || type === 'flow-seq-end') state.flowDepth = Math.max(0, state.flowDepth - 1);
  const endsLine = lexeme.endsWith('\n');
  if (endsLine) state.dashesOnLine = state.keysOnLine = 0;
  state.isLineStart = endsLine || (state.isLineStart && hasNoWidth(lexeme));
  if (state.isScalar || !hasNoWidth(lexeme)) state.offset += lexeme.length;
  state.isScalar = !state.isScalar && lexeme === CST.SCALAR;
}

const INDENTATION: Omit<Finding, 'code'> = {
  expected: 'a block text indented by its first line',
  found: 'an indentation indicator',
  hint: 'remove the digit after | or >, or write the text in double quotes',
};

const SPELL_OUT = 'repeat the value where it is needed';

/** Legal YAML that parsers disagree about, or that makes a small file large. */
const FEATURES: ReadonlyMap<string, Omit<Finding, 'code'>> = new Map([
  ['anchor', { expected: 'values written out', found: 'an anchor (&)', hint: SPELL_OUT }],
  ['alias', { expected: 'values written out', found: 'an alias (*)', hint: SPELL_OUT }],
  ['tag', { expected: 'values without tags', found: 'a tag (!)', hint: 'remove it; put text in quotes' }],
  ['directive-line', { expected: 'a document without directives', found: 'a directive (%)', hint: 'remove the line' }],
  [
    'doc-start',
    { expected: 'one document without markers', found: '---', hint: 'remove the line; one document a file' },
  ],
  ['doc-end', { expected: 'one document without markers', found: '...', hint: 'remove the line; one document a file' }],
  ['explicit-key-ind', { expected: 'keys that are text', found: 'an explicit key (?)', hint: 'write "key: value"' }],
]);

/** Counts values and levels of the trees without recursion. */
function isWithinLimits(trees: readonly CST.Token[], findings: Findings): boolean {
  let nodes = 0;
  const open: { token: CST.Token; depth: number }[] = [];
  for (const tree of trees) if (tree.type === 'document' && tree.value) open.push({ token: tree.value, depth: 0 });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    nodes += 1;
    if (nodes > LIMITS.nodes) return stop(findings, token, tooMany(`more than ${String(LIMITS.nodes)}`));
    if (!CST.isCollection(token)) continue;
    if (depth === LIMITS.depth) return stop(findings, token, tooDeep());
    for (const child of childrenOf(token)) open.push({ token: child, depth: depth + 1 });
  }
  return true;
}

function childrenOf(token: CST.BlockMap | CST.BlockSequence | CST.FlowCollection): CST.Token[] {
  const children: CST.Token[] = [];
  for (const { key, value } of token.items) {
    // In a flow list the parser keeps values as keys without a separator; a key of a map counts only when it nests.
    if (key && (CST.isCollection(key) || !value)) children.push(key);
    if (value) children.push(value);
  }
  return children;
}

function stop(findings: Findings, token: CST.Token, finding: Finding): false {
  findings.add(token.offset, finding);
  return false;
}

function tooDeep(): Finding {
  return {
    code: 'too-deep',
    expected: `at most ${String(LIMITS.depth)} levels, indented by at most ${String(LIMITS.indent)} spaces`,
    found: 'a deeper level',
    hint: 'flatten the document',
  };
}

function tooMany(found: string): Finding {
  return {
    code: 'too-many-nodes',
    expected: `at most ${String(LIMITS.nodes)} values`,
    found,
    hint: 'keep long lists in an attachment and record its digest',
  };
}

function syntax(expected: string, found: string, hint = 'correct the line'): Finding {
  return { code: 'yaml-syntax', expected, found, hint };
}
