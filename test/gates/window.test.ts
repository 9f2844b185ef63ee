import { describe, expect, it } from 'vitest';
import type { WindowGate } from '../../src/documents/kinds/gate.ts';
import { judged } from './facts.ts';

const OFFICE: WindowGate['allow'] = [{ days: ['mon', 'tue', 'wed', 'thu'], from: '09:00', to: '16:00' }];
const NIGHT: WindowGate['allow'] = [{ days: ['fri'], from: '22:00', to: '02:00' }];
const FREEZE = { from: '2026-01-14T10:00:00Z', to: '2026-01-14T12:00:00Z', reason: 'audit' };

function judge(more: Partial<WindowGate>, now: string) {
  return judged({ id: 'it', type: 'window', timezone: 'Europe/Berlin', ...more }, { now: new Date(now) });
}

describe('a window', () => {
  // Berlin is one hour ahead of UTC in winter, two in summer; 2026-01-14 is a Wednesday.
  it.each<[string, Partial<WindowGate>, string, string]>([
    ['opens on the minute', { allow: OFFICE }, '2026-01-14T08:00:00Z', 'pass'],
    ['is closed a second before', { allow: OFFICE }, '2026-01-14T07:59:59Z', 'fail'],
    ['is open to its last second', { allow: OFFICE }, '2026-01-14T14:59:59Z', 'pass'],
    ['closes on the minute', { allow: OFFICE }, '2026-01-14T15:00:00Z', 'fail'],
    ['is closed on other days', { allow: OFFICE }, '2026-01-16T10:00:00Z', 'fail'],
    ['follows summer time', { allow: OFFICE }, '2026-07-15T07:00:00Z', 'pass'],
    ['takes the day of its own zone', { allow: OFFICE, timezone: 'Pacific/Auckland' }, '2026-01-11T21:00:00Z', 'pass'],
    ['over midnight is open in the evening', { allow: NIGHT }, '2026-01-16T21:00:00Z', 'pass'],
    ['over midnight is open on the next day', { allow: NIGHT }, '2026-01-17T00:59:59Z', 'pass'],
    ['over midnight closes', { allow: NIGHT }, '2026-01-17T01:00:00Z', 'fail'],
    ['over midnight does not begin a day early', { allow: NIGHT }, '2026-01-16T00:30:00Z', 'fail'],
    ['from a time to itself lasts a day', { allow: [{ days: ['fri'], from: '00:00', to: '00:00' }] }, '2026-01-16T12:00:00Z', 'pass'], // prettier-ignore
    ['that is not given is always open', {}, '2026-01-17T03:00:00Z', 'pass'],
    ['is closed from the first instant of a freeze', { freezes: [FREEZE] }, '2026-01-14T10:00:00Z', 'fail'],
    ['is open until a freeze', { freezes: [FREEZE] }, '2026-01-14T09:59:59Z', 'pass'],
    ['is open from the end of a freeze on', { freezes: [FREEZE] }, '2026-01-14T12:00:00Z', 'pass'],
    ['in an unknown zone is an error', { timezone: 'Mars/Olympus' }, '2026-01-14T10:00:00Z', 'error'],
    ['with a freeze that ends before it begins is an error', { freezes: [{ from: FREEZE.to, to: FREEZE.from }] }, '2026-01-14T10:00:00Z', 'error'], // prettier-ignore
  ])('%s', async (_, more, now, verdict) => {
    const result = await judge(more, now);
    expect(result).toMatchObject({ verdict, atTheDoor: true });
    expect(result.waitsFor).toBe(verdict === 'fail' ? 'time' : undefined);
  });

  it.each<[string, Partial<WindowGate>, string, string]>([
    ['later the same day', { allow: OFFICE }, '2026-01-14T05:00:00Z', '2026-01-14T08:00:00.000Z'],
    ['on the next day', { allow: OFFICE }, '2026-01-14T15:00:00Z', '2026-01-15T08:00:00.000Z'],
    ['after the weekend', { allow: OFFICE }, '2026-01-16T10:00:00Z', '2026-01-19T08:00:00.000Z'],
    ['a week later', { allow: NIGHT }, '2026-01-17T01:00:00Z', '2026-01-23T21:00:00.000Z'],
    ['on the day on which the clocks change', { allow: [{ days: ['sun'], from: '09:00', to: '16:00' }] }, '2026-03-29T00:30:00Z', '2026-03-29T07:00:00.000Z'], // prettier-ignore
    ['at the end of the freeze', { freezes: [FREEZE] }, '2026-01-14T10:30:00Z', '2026-01-14T12:00:00.000Z'],
    ['in the first window after a long freeze', { allow: OFFICE, freezes: [{ from: '2026-01-14T00:00:00Z', to: '2026-02-06T12:00:00Z' }] }, '2026-01-14T10:30:00Z', '2026-02-09T08:00:00.000Z'], // prettier-ignore
  ])('opens %s', async (_, more, now, opens) => {
    expect((await judge(more, now)).hint).toBe(`Opens at ${opens}`);
  });

  it('tells the time in its zone, the freeze and its reason', async () => {
    const result = await judge({ allow: OFFICE, freezes: [FREEZE] }, '2026-01-14T10:30:00Z');
    expect(result).toMatchObject({
      observed: 'wed 2026-01-14 11:30',
      required: 'mon tue wed thu 09:00-16:00, Europe/Berlin',
      reason: 'wed 2026-01-14 11:30 in Europe/Berlin: frozen until 2026-01-14T12:00:00Z: audit',
    });
  });
});
