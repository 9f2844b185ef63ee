import { describe, expect, it } from 'vitest';
import type { Evaluation, GateResult } from '../../src/gates/verdict.ts';
import { decisionOf, nextCommands, planInWords, recordedVerdict, standingOf } from '../../src/report/evaluation.ts';
import { remedies, renderExplain } from '../../src/report/explain.ts';
import { renderEvaluation } from '../../src/report/gates.ts';
import { evaluationJunit } from '../../src/report/junit.ts';
import { evaluationMarkdown, literal } from '../../src/report/markdown.ts';
import { blocked, context, gate, HOSTILE, hostile, pending, ready, viewOf } from './examples.ts';

function evaluation(decision: Evaluation['decision'], ...gates: GateResult[]): Evaluation {
  return { decision, gates, evidence: [] };
}

describe('how a gate stands', () => {
  it.each([
    ['pass', { verdict: 'pass' }],
    ['fail', { verdict: 'fail' }],
    ['error', { verdict: 'error' }],
    ['skip', { verdict: 'skip' }],
    ['wait', { verdict: 'fail', waitsFor: 'time' }],
    ['warn', { verdict: 'fail', enforcement: 'warn' }],
    ['warn', { verdict: 'error', enforcement: 'warn' }],
    ['pass', { verdict: 'pass', enforcement: 'warn' }],
    ['warn', { verdict: 'fail', enforcement: 'warn', waitsFor: 'time' }],
  ] as const)('is %s for %j', (expected, fields) => {
    expect(standingOf(gate({ id: 'a', ...fields }))).toBe(expected);
  });
});

describe('a recorded check', () => {
  const gates = [gate({ id: 'strict' }), gate({ id: 'mild', enforcement: 'warn' })];
  it.each([
    ['pass', { gate: 'mild', verdict: 'pass' }, gates],
    ['skip', { gate: 'mild', verdict: 'skip' }, undefined],
    ['fail', { gate: 'strict', verdict: 'fail' }, gates],
    ['fail, only warns', { gate: 'mild', verdict: 'fail' }, gates],
    ['error, only warns', { gate: 'mild', verdict: 'error' }, gates],
    ['fail, only warns', { gate: 'strict', verdict: 'fail' }, undefined],
  ] as const)('is told as %s, of %j', (expected, check, judged) => {
    expect(recordedVerdict(check, judged)).toBe(expected);
  });
});

describe('the decision in words', () => {
  const pass = gate({ id: 'a' });
  const fail = gate({ id: 'b', verdict: 'fail' });
  const wait = gate({ id: 'c', verdict: 'fail', waitsFor: 'approvals' });
  const soak = gate({ id: 'd', verdict: 'fail', waitsFor: 'time' });
  const warn = gate({ id: 'e', verdict: 'fail', enforcement: 'warn' });
  const skip = gate({ id: 'f', verdict: 'skip' });
  it.each([
    [evaluation('promote'), 'no gate is asked for.'],
    [evaluation('promote', pass), 'the only gate passes.'],
    [evaluation('promote', pass, pass), 'all 2 gates pass.'],
    [evaluation('promote', pass, skip), '1 of 2 gates passes, 1 does not apply.'],
    [evaluation('promote', pass, pass, warn), '2 of 3 gates pass, 1 warns without refusing.'],
    [evaluation('block', fail), 'the only gate refuses.'],
    [evaluation('block', fail, pass), '1 of 2 gates refuses.'],
    [evaluation('block', fail, fail, wait, soak), '2 of 4 gates refuse, 2 more wait.'],
    [evaluation('pending', wait, pass), 'for approvals (c); everything else is in order.'],
    [evaluation('pending', wait, soak), 'for approvals and time (c and d); everything else is in order.'],
  ])('%# is told as %s', (given, expected) => {
    expect(decisionOf(given).sentence).toBe(expected);
  });
});

describe('what to do next', () => {
  it.each([
    ['is to promote when all is in order', ready, {}, ['mreg promote fraud_detector@v7 --to prod']],
    ['is to ask when only approvals are missing', pending, {}, ['mreg promote fraud_detector@v7 --to prod']],
    ['is to approve once it was asked', pending, { requested: true }, ['mreg approve fraud_detector --to prod']],
    ['is to look closer when it is blocked', blocked, {}, ['mreg explain fraud_detector@v7 --to prod']],
    ['is what the caller says', blocked, { next: ['mreg status'] }, ['mreg status']],
  ])('%s', (_, given, extra, expected) => {
    expect(nextCommands(given, { ...context, ...extra })).toEqual(expected);
  });

  it('lists each remedy once and then to check again', () => {
    const hint = 'mreg scan model.onnx --attach fraud_detector@v7';
    const twice = evaluation(
      'block',
      gate({ id: 'secrets', verdict: 'error', hint }),
      gate({ id: 'licences', verdict: 'error', hint }),
      gate({ id: 'latency', verdict: 'fail', hint: 'Train a smaller model.' }),
    );
    expect(remedies(twice, context)).toEqual([hint, 'mreg check fraud_detector@v7 --to prod']);
  });
});

it.each([
  [{ strategy: 'immediate' } as const, 'immediate'],
  [context.plan, 'canary: 10% for 30m, 50% for 2h, 100%'],
  [{ strategy: 'shadow', steps: [{ weight: 0, mirror: 20, hold: '1d' }] } as const, 'shadow: 20% mirrored for 1d'],
])('tells a plan in words: %#', (plan, expected) => {
  expect(planInWords(plan as Parameters<typeof planInWords>[0])).toBe(expected);
});

describe('what a hostile document says', () => {
  it('reaches no terminal', () => {
    for (const text of [renderEvaluation(hostile, context, viewOf()), renderExplain(hostile, context, viewOf())]) {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  it('becomes no markup, link or mention in Markdown', () => {
    const text = evaluationMarkdown(hostile, context);
    expect(text).not.toMatch(/<b |@everyone|[^\\]`\$/);
    expect(literal('see https://evil.example and www.evil.example')).not.toMatch(/:\/\/|www\.\w/);
    expect(literal('[a](b) *c* _d_ #e ~f~')).toBe('\\[a\\]\\(b\\) \\*c\\* \\_d\\_ \\#e \\~f\\~');
  });

  it('ends no table row in Markdown', () => {
    const rows = evaluationMarkdown(hostile, context)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(7);
  });

  it('leaves JUnit well-formed', () => {
    const xml = evaluationJunit(hostile, { ...context, model: HOSTILE });
    expect(xml).not.toMatch(/<b |[^\n -~]/);
    expect(xml.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>"]|&(?!(?:amp|lt|gt|quot);)/);
  });
});
