import { describe, expect, it } from 'vitest';
import { measurementMarkdown } from '../../src/report/measurement-markdown.ts';
import { measurementPage } from '../../src/report/measurement-page.ts';
import { valueWords } from '../../src/report/measurement-words.ts';
import { linearScale, logScale } from '../../src/report/svg-scale.ts';
import { drift, evaluation, fairness, HOSTILE } from './measurement-examples.ts';

const NOW = { measuredAt: new Date('2026-03-01T12:00:00Z'), attached: null };
const ATTACHED = { model: 'delay', version: 'v3', kind: 'drift', path: 'e.yaml', commit: 'c'.repeat(40), pushed: true };

describe('the page of a measurement', () => {
  it.each([drift, evaluation, fairness])('is one file that runs and fetches nothing: $kind', (measurement) => {
    const page = measurementPage(measurement, NOW);
    expect(page).toContain('default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;');
    expect(page).not.toMatch(/<(?:script|img|link|iframe|a)\b/);
    expect(page).not.toContain(HOSTILE);
    for (const { digest } of measurement.inputs) expect(page).toContain(digest ?? 'a database answered');
    expect(page).toContain('mreg 1.2.3 at 2026-03-01 12:00:00 UTC');
  });

  it('tells what is inconclusive in words, with the reason', () => {
    expect(measurementPage(fairness, NOW)).toContain('Why: a rate takes at least 5 rows; tiny has 2.');
    expect(measurementPage(drift, NOW)).toContain('fare, PSI: all values are missing.');
  });

  it('says how signed evidence is measured again', () => {
    expect(measurementPage(drift, { ...NOW, attached: ATTACHED })).toContain(
      'mreg evidence replay delay@v3 --kind drift',
    );
    expect(measurementPage(drift, NOW)).not.toContain('mreg evidence replay');
  });
});

it('draws short edges of bins, and what lies above the number just below 7 as 7 or more', () => {
  const page = measurementPage(drift, NOW);
  expect(page).toContain('>≤ 0.2746<');
  expect(page).toContain('>&gt; 0.2746, ≤ 7<');
  expect(page).toContain('>≥ 7<');
});

describe('the Markdown of a measurement', () => {
  it.each([drift, evaluation, fairness])('lets nothing of the data become markup: $kind', (measurement) => {
    const text = measurementMarkdown(measurement, NOW);
    const outsideCode = text.replace(/`[^`\n]*`/g, '').replace(/<!-- -->/g, '');
    expect(outsideCode).not.toMatch(/<img|(?<!\\)\[x/);
    for (const line of text.split('\n').filter((each) => each.startsWith('|'))) expect(line.endsWith(' |')).toBe(true);
  });
});

it.each([
  ['auc', 0.804, '0.8040'],
  ['auc', 1, '1'],
  ['ks_p_value', 1e-9, '< 0.0001'],
  ['latency_p50_ms', 12.5, '12.50 ms'],
  ['error_rate', 0.004, '0.4000 %'],
  ['rmse', 12_345.6, '12,346'],
])('tells a %s of %d as %s', (name, value, words) => {
  expect(valueWords(name, value)).toBe(words);
});

it('puts round numbers on axes', () => {
  expect(linearScale({ least: 0, most: 1, from: 0, to: 10 }).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(linearScale({ least: 3, most: 3, from: 0, to: 10 }).at(3)).toBe(0);
  expect(logScale({ least: 0.5, most: 2000, from: 0, to: 10 }).ticks).toEqual([1, 10, 100, 1000]);
});
