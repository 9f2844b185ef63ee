import type { Reading, Refusal } from '../documents/refusal.ts';
import { isOid, ZERO_OID } from './object-id.ts';
import type { RefMove } from './port.ts';

/** More refs than anyone pushes by hand; each may cost a walk through history. */
const MAX_REFS = 1000;
/** Two ids and a ref name, which file systems keep under 4 KiB. */
const MAX_LINE_BYTES = 4096 + 2 * 41;

/** Largest input of a pre-receive hook that `parsePushLines` accepts; a reader may stop after one byte more. */
export const MAX_PUSH_BYTES = MAX_REFS * (MAX_LINE_BYTES + 1);

/**
 * Reads what git tells a pre-receive hook: `<old> <new> <ref>` lines. Strict, because a line that is read otherwise
 * than git meant it is a ref that nobody judges: cut, overlong and repeated lines are refused.
 */
export function parsePushLines(bytes: Uint8Array): Reading<readonly RefMove[]> {
  if (bytes.length > MAX_PUSH_BYTES) return refuse('too-large', `at most ${String(MAX_PUSH_BYTES)} bytes`, 'more');
  const text = Buffer.from(bytes).toString('latin1');
  if (text !== '' && !text.endsWith('\n')) return refuse('history-shape', 'whole lines', 'a line cut short');
  const lines = text.split('\n').slice(0, -1);
  if (lines.length > MAX_REFS) {
    return refuse('too-large', `at most ${String(MAX_REFS)} refs in one push`, `${String(lines.length)} refs`);
  }
  const moves: RefMove[] = [];
  for (const line of lines) {
    const move = line.length <= MAX_LINE_BYTES ? parseLine(line) : undefined;
    if (move === undefined) return refuse('history-shape', 'lines of <old> <new> <ref>', 'another line');
    moves.push(move);
  }
  const isRepeated = new Set(moves.map((move) => move.ref)).size < moves.length;
  return isRepeated ? refuse('history-shape', 'each ref once', 'one ref twice') : { ok: true, value: moves };
}

function parseLine(line: string): RefMove | undefined {
  const [old = '', next = '', ref = '', ...rest] = line.split(' ');
  // eslint-disable-next-line no-control-regex -- control characters are what this refuses
  const isRef = /^refs\/[^\u0000-\u0020\u007f~^:?*[\\]+$/.test(ref) && !ref.includes('..');
  if (rest.length > 0 || !isRef || !isOid(old) || !isOid(next) || old + next === ZERO_OID + ZERO_OID) return undefined;
  return { ref: Buffer.from(ref, 'latin1').toString('utf8'), old: unlessZero(old), new: unlessZero(next) };
}

function unlessZero(oid: string): string | undefined {
  return oid === ZERO_OID ? undefined : oid;
}

function refuse(code: Refusal['code'], expected: string, found: string): Reading<never> {
  const hint = 'push fewer refs at a time with a stock git client';
  return { ok: false, refusals: [{ code, path: 'push', expected, found, hint }] };
}
