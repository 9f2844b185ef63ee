import { describe, expect, it } from 'vitest';
import { MAX_PUSH_BYTES, parsePushLines } from '../../src/git/push-lines.ts';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const zero = '0'.repeat(40);
const parse = (text: string) => parsePushLines(Buffer.from(text));

describe('parsePushLines', () => {
  it('reads updates, creations and deletions', () => {
    const lines = [`${a} ${b} refs/heads/main`, `${zero} ${a} refs/tags/v1`, `${b} ${zero} refs/heads/bücher`];
    expect(parse(lines.map((line) => `${line}\n`).join(''))).toEqual({
      ok: true,
      value: [
        { ref: 'refs/heads/main', old: a, new: b },
        { ref: 'refs/tags/v1', old: undefined, new: a },
        { ref: 'refs/heads/bücher', old: b, new: undefined },
      ],
    });
  });

  it('reads an empty push', () => {
    expect(parse('')).toEqual({ ok: true, value: [] });
  });

  it.each([
    ['a line that was cut short', `${a} ${b} refs/heads/main`],
    ['a missing ref', `${a} ${b}\n`],
    ['a fourth field', `${a} ${b} refs/heads/main x\n`],
    ['an empty line', `${a} ${b} refs/heads/main\n\n`],
    ['a short id', `${a.slice(1)} ${b} refs/heads/main\n`],
    ['an id in capitals', `${a.toUpperCase()} ${b} refs/heads/main\n`],
    ['a carriage return', `${a} ${b} refs/heads/main\r\n`],
    ['a NUL', `${a} ${b} refs/heads/main\0\n`],
    ['a ref outside refs/', `${a} ${b} HEAD\n`],
    ['a ref that climbs', `${a} ${b} refs/heads/../main\n`],
    ['a move from nothing to nothing', `${zero} ${zero} refs/heads/main\n`],
    ['one ref twice', `${a} ${b} refs/heads/main\n${b} ${a} refs/heads/main\n`],
    ['an overlong line', `${a} ${b} refs/heads/${'x'.repeat(5000)}\n`],
  ])('refuses %s', (_, text) => {
    expect(parse(text)).toMatchObject({ ok: false, refusals: [{ code: 'history-shape' }] });
  });

  it('refuses more than 1,000 refs', () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, index) => `${a} ${b} refs/heads/r${String(index)}\n`).join('');
    expect(parse(lines(1000)).ok).toBe(true);
    expect(parse(lines(1001))).toMatchObject({ ok: false, refusals: [{ code: 'too-large', found: '1001 refs' }] });
  });

  it('refuses input that is larger than any push', () => {
    expect(parsePushLines(Buffer.alloc(MAX_PUSH_BYTES + 1))).toMatchObject({
      ok: false,
      refusals: [{ code: 'too-large' }],
    });
  });
});
