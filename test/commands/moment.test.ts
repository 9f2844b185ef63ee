import { describe, expect, it } from 'vitest';
import { parseDeadline, parseMoment } from '../../src/commands/moment.ts';

const NOW = new Date('2026-03-10T12:00:00Z');

describe('a moment', () => {
  it.each([
    ['2026-01-04T10:00:00Z', '2026-01-04T10:00:00.000Z'],
    ['2026-01-04T10:00:00.5Z', '2026-01-04T10:00:00.500Z'],
    ['2026-01-04T10:00Z', '2026-01-04T10:00:00.000Z'],
    ['2026-01-04', '2026-01-04T23:59:59.999Z'],
    ['2h', '2026-03-10T10:00:00.000Z'],
    ['3d', '2026-03-07T12:00:00.000Z'],
    ['90s', '2026-03-10T11:58:30.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseMoment(text, NOW).toISOString()).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '2026-02-30',
    '2026-13-01',
    '2026-01-04T25:00:00Z',
    '2026-01-04T10:00:00',
    '04.01.2026',
    '3 d',
  ])('refuses %j with examples', (text) => {
    expect(() => parseMoment(text, NOW)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});

describe('a deadline', () => {
  it.each([
    ['2026-04-04T10:00Z', '2026-04-04T10:00:00.000Z'],
    ['2026-03-10', '2026-03-10T23:59:59.999Z'],
    ['2h', '2026-03-10T14:00:00.000Z'],
    ['3d', '2026-03-13T12:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseDeadline(text, NOW).toISOString()).toBe(expected);
  });

  it.each(['', 'tomorrow', '2026-02-30', '2026-03-09', '2026-03-10T12:00:00Z', '0s'])('refuses %j', (text) => {
    expect(() => parseDeadline(text, NOW)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});
