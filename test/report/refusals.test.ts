import { describe, expect, it } from 'vitest';
import { MregError } from '../../src/documents/error.ts';
import type { Refusal } from '../../src/documents/refusal.ts';
import { renderError } from '../../src/report/error.ts';
import { renderPushReport, renderRefusals } from '../../src/report/refusals.ts';
import { HOSTILE, push, refusals, viewOf } from './examples.ts';

const hostile: Refusal = { code: 'schema', path: HOSTILE, expected: HOSTILE, found: HOSTILE, hint: HOSTILE };

function manyRefusals(number: number): Refusal[] {
  return Array.from({ length: number }, (_, index) => ({ ...hostile, path: `registry/file-${String(index)}.yaml` }));
}

describe('refusals', () => {
  it('are grouped by path, also when they come mixed', () => {
    const [first, second, third] = refusals;
    const text = renderRefusals([first!, third!, second!], viewOf());
    expect(text).toBe(renderRefusals(refusals, viewOf()));
  });

  it('are nothing when there are none', () => {
    expect(renderRefusals([], viewOf())).toBe('');
  });
});

describe('a push report', () => {
  it('fits 72 columns, so that git can prefix it, except for what must be copied whole', () => {
    for (const line of renderPushReport(push, viewOf()).split('\n')) {
      if (!line.includes('mreg ')) expect(line.length, line).toBeLessThanOrEqual(72);
    }
  });

  it('is plain ASCII without escapes, whatever a commit says', () => {
    const step = { ...push.steps[1]!, subject: `${HOSTILE} 模型`, changes: [HOSTILE], refusals: [hostile] };
    expect(renderPushReport({ ref: HOSTILE, steps: [step] }, viewOf())).toMatch(/^[\n -~]*$/);
  });

  it('says refused when only the push as a whole was, and keeps what that was', () => {
    const text = renderPushReport({ ref: 'refs/heads/main', steps: [], refusals: [refusals[0]!] }, viewOf());
    expect(text).toMatch(/^mreg: refused, nothing was changed on refs\/heads\/main\n/);
    expect(text).toContain('[immutable]');
  });

  it('says refused when a step was not accepted, even with no reason given', () => {
    const step = { ...push.steps[0]!, accepted: false };
    expect(renderPushReport({ ...push, steps: [step] }, viewOf())).toMatch(/^mreg: refused/);
  });

  it('shows the first refusals and counts the others', () => {
    const step = { ...push.steps[1]!, refusals: manyRefusals(5000) };
    const text = renderPushReport({ ...push, steps: [step, step] }, viewOf());
    expect(text.match(/\[schema\]/g)).toHaveLength(20);
    expect(text).toContain('and 9980 refusals more');
  });

  it('lists few of the commits that nothing refuses, and always the one that is refused', () => {
    const steps = [...Array.from({ length: 5000 }, () => push.steps[0]!), push.steps[1]!];
    const text = renderPushReport({ ...push, steps }, viewOf());
    expect(text.match(/^ok /gm)).toHaveLength(20);
    expect(text.match(/^FAIL /gm)).toHaveLength(1);
    expect(text).toContain('and 4980 commits more that nothing refuses');
  });

  it('never says that nothing is left out when a step before was', () => {
    const whole = { ...push, refusals: manyRefusals(25) };
    expect(renderPushReport(whole, viewOf()).match(/\[schema\]/g)).toHaveLength(20);
  });
});

describe('an error', () => {
  it.each([
    [{ code: 'no-key', message: 'No key.' }, 'error [no-key]: No key.\n'],
    [{ code: 'refused', message: 'No.' }, 'refused: No.\n'],
    [{ code: 'pending', message: 'Filed.', hint: 'mreg status' }, 'waiting: Filed.\n\nnext:\n  mreg status\n'],
    [{ code: 'usage', message: 'Two\nlines', hint: 'Say which.' }, 'error [usage]: Two\n  lines\n\nhint: Say which.\n'],
    [{ code: 'git-failed', message: '\u001b[2J' }, 'error [git-failed]: \\x1b[2J\n'],
  ])('%# is told on its first line', (error, expected) => {
    expect(renderError(error, viewOf())).toBe(expected);
  });

  it('is a MregError as it is thrown', () => {
    expect(renderError(new MregError('no-git', 'No git.', { hint: 'Install git.' }), viewOf())).toContain('[no-git]');
  });
});
