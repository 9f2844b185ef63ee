import { describe, expect, it } from 'vitest';
import { diffVersions } from '../../src/report/diff.ts';
import { errorJson, renderError } from '../../src/report/error.ts';
import { explainJson, renderExplain } from '../../src/report/explain.ts';
import { evaluationJson, renderEvaluation } from '../../src/report/gates.ts';
import { evaluationJunit } from '../../src/report/junit.ts';
import { atJson, logJson, renderAt, renderLog } from '../../src/report/log.ts';
import { evaluationMarkdown, promotionNote } from '../../src/report/markdown.ts';
import { renderPushReport, renderRefusals } from '../../src/report/refusals.ts';
import { renderStatus, statusJson } from '../../src/report/status.ts';
import { renderVersionDiff } from '../../src/report/version-diff.ts';
import type { View } from '../../src/report/view.ts';
import * as example from './examples.ts';
import { expectGolden } from './golden.ts';

const { blocked, context, hostile, pending, ready, refusals, viewOf } = example;
const diff = diffVersions({
  model: 'fraud_detector',
  left: example.left,
  right: example.right,
  catalogue: example.catalogue,
});

const renderers: Readonly<Record<string, (view: View) => string>> = {
  'check-blocked': (view) => renderEvaluation(blocked, context, view),
  'check-pending': (view) => renderEvaluation(pending, { ...context, requested: true }, view),
  'check-ready': (view) => renderEvaluation(ready, context, view),
  'check-hostile': (view) => renderEvaluation(hostile, { ...context, model: example.HOSTILE }, view),
  'explain-blocked': (view) => renderExplain(blocked, context, view),
  'explain-pending': (view) => renderExplain(pending, context, view),
  status: (view) => renderStatus(example.status, view),
  'status-model': (view) => renderStatus(example.oneModel, view),
  'status-empty': (view) => renderStatus({ ...example.status, models: [] }, view),
  'status-frozen': (view) => renderStatus(example.frozen, view),
  refusals: (view) => renderRefusals(refusals, view),
  error: (view) =>
    renderError(
      {
        code: 'no-key',
        message: 'No signing key was found: neither --key, nor user.signingKey, nor ssh-agent holds an Ed25519 key.',
        hint: 'mreg key generate',
      },
      view,
    ),
  'error-refused': (view) =>
    renderError({ code: 'refused', message: 'The change breaks a rule of the registry.', refusals }, view),
  log: (view) => renderLog(example.log, view),
  'log-glass': (view) => renderLog(example.glassLog, view),
  at: (view) => renderAt(example.at, view),
  diff: (view) => renderVersionDiff(diff, view),
};

const views: Readonly<Record<string, View>> = {
  wide: viewOf({ columns: 120 }),
  usual: viewOf({ columns: 80 }),
  narrow: viewOf({ columns: 40 }),
  ascii: viewOf({ columns: 80, unicode: false }),
  colour: viewOf({ columns: 80, colour: true }),
};

describe.each(Object.entries(renderers))('%s', (name, render) => {
  it.each(Object.entries(views))('reads well in a view that is %s', (viewName, view) => {
    expectGolden(`test/golden/report/${name}.${viewName}.txt`, render(view));
  });

  it('says with colour what it says without', () => {
    const colours = new RegExp(`${String.fromCharCode(27)}\\[[0-9]+m`, 'g');
    for (const columns of [120, 80, 40]) {
      const plain = render(viewOf({ columns }));
      expect(render(viewOf({ columns, colour: true })).replace(colours, '')).toBe(plain);
    }
  });

  it('closes on each line the colour that it opens there', () => {
    const open = new RegExp(`${String.fromCharCode(27)}\\[(?:1|2|3[0-7])m`, 'g');
    const close = new RegExp(`${String.fromCharCode(27)}\\[(?:22|39)m`, 'g');
    for (const line of render(viewOf({ columns: 60, colour: true })).split('\n')) {
      expect(line.match(open)?.length ?? 0, line).toBe(line.match(close)?.length ?? 0);
    }
  });

  it('stays within ASCII where only that is safe', () => {
    expect(render(viewOf({ unicode: false }))).toMatch(/^[\n -~]*$/);
  });
});

describe('output for other programs', () => {
  it.each([
    ['check.json', json(evaluationJson(blocked, context))],
    ['explain.json', json(explainJson(blocked, context))],
    ['status.json', json(statusJson(example.status))],
    ['log.json', json(logJson(example.log))],
    ['log-at.json', json(atJson(example.at))],
    ['diff.json', json(diff)],
    ['error.json', json(errorJson({ code: 'refused', message: 'The change breaks a rule.', refusals }))],
    ['check.md', evaluationMarkdown(blocked, context)],
    ['check-hostile.md', evaluationMarkdown(hostile, context)],
    [
      'promotion-note.md',
      promotionNote({
        promotion: example.promotion,
        approvedBy: ['bob@acme.example'],
        rollback: {
          target: 'last-stable',
          roles: ['oncall', 'owner'],
          triggers: [{ metric: 'error_rate', above: 0.02, for: '10m' }],
        },
      }),
    ],
    ['check.junit.xml', evaluationJunit(blocked, context)],
    ['check-hostile.junit.xml', evaluationJunit(hostile, context)],
    ['push-refused.txt', renderPushReport(example.push, viewOf())],
    ['push-accepted.txt', renderPushReport({ ...example.push, steps: example.push.steps.slice(0, 1) }, viewOf())],
  ])('is as %s shows', (name, text) => {
    expectGolden(`test/golden/report/${name}`, text);
  });
});

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

it('ends a text with exactly one line feed', () => {
  for (const render of Object.values(renderers)) expect(render(viewOf())).toMatch(/[^\n]\n$/);
});
