import type { WindowGate } from '../documents/kinds/gate.ts';
import type { GateInput } from './input.ts';
import type { GateType, Judgement } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';
import { wallClockIn, type WallClock } from './wall-clock.ts';

const DAY_MS = 86_400_000;
/** A week and a day: every weekday's window opens at least once. */
const SEARCH_DAYS = 8;

/** Passes when now is inside an allowed window and outside every freeze. */
export const windowGate: GateType<WindowGate> = {
  atTheDoor: true,
  required: (gate) => [...(gate.allow ?? []).map(openingText), gate.timezone].join(', '),
  judge: (gate, { input }) => throughGlass(judgeWindow(gate, input.now), input),
};

type Opening = NonNullable<WindowGate['allow']>[number];
type Freeze = NonNullable<WindowGate['freezes']>[number];

function judgeWindow(gate: WindowGate, now: Date): Judgement {
  for (const freeze of gate.freezes ?? []) refuseEmptyFreeze(freeze);
  const clock = wallClockIn(gate.timezone);
  const observed = clockText(clock(now));
  const closed = whyClosed(gate, clock, now);
  if (closed === undefined) return { verdict: 'pass', observed, reason: `${observed} in ${gate.timezone} is open` };
  const next = nextOpening(gate, clock, now);
  const hint = next === undefined ? 'No opening is in sight: the policy must change' : `Opens at ${next.toISOString()}`;
  return { verdict: 'fail', observed, reason: `${observed} in ${gate.timezone}: ${closed}`, hint, waitsFor: 'time' };
}

/** A broken glass opens what is closed for now; a gate that nobody can evaluate stays what it is. */
function throughGlass(judged: Judgement, { breakGlass }: GateInput): Judgement {
  if (breakGlass === undefined || judged.verdict !== 'fail') return judged;
  const { verdict: _, hint: __, waitsFor: ___, ...seen } = judged;
  return { ...seen, verdict: 'pass', reason: `the glass is broken (${breakGlass.reason}), though ${judged.reason}` };
}

function refuseEmptyFreeze({ from, to }: Freeze): void {
  if (!(Date.parse(from) < Date.parse(to))) {
    throw new Unjudgeable(`the freeze from ${from} to ${to} ends before it begins`, { hint: 'Correct the policy' });
  }
}

function whyClosed(gate: WindowGate, clock: WallClock, now: Date): string | undefined {
  const at = now.getTime();
  const freeze = (gate.freezes ?? []).find(({ from, to }) => Date.parse(from) <= at && at < Date.parse(to));
  if (freeze !== undefined)
    return `frozen until ${freeze.to}${freeze.reason === undefined ? '' : `: ${freeze.reason}`}`;
  if (gate.allow === undefined || gate.allow.some((opening) => isWithin(opening, clock, now))) return undefined;
  return `outside the windows ${gate.allow.map(openingText).join(', ')}`;
}

/** A window whose end is not after its start runs over midnight and belongs to the day on which it starts. */
function isWithin({ days, from, to }: Opening, clock: WallClock, now: Date): boolean {
  const { day, dayBefore, time } = clock(now);
  if (from < to) return days.includes(day) && from <= time && time < to;
  return (days.includes(day) && from <= time) || (days.includes(dayBefore) && time < to);
}

/** The earliest instant after `now` that is open, among the starts of windows and the ends of freezes. */
function nextOpening(gate: WindowGate, clock: WallClock, now: Date): Date | undefined {
  const ends = (gate.freezes ?? []).map(({ to }) => Date.parse(to)).filter((end) => end > now.getTime());
  const anchors = [now.getTime(), ...ends];
  const starts = anchors.flatMap((anchor) =>
    (gate.allow ?? []).flatMap((opening) => startsAfter(opening, clock, anchor)),
  );
  const candidates = [...ends, ...starts].filter((at) => at > now.getTime()).sort((a, b) => a - b);
  const first = candidates.find((at) => whyClosed(gate, clock, new Date(at)) === undefined);
  return first === undefined ? undefined : new Date(first);
}

function startsAfter({ from }: Opening, clock: WallClock, anchor: number): number[] {
  return Array.from({ length: SEARCH_DAYS + 1 }, (_, days) => {
    const { date, offsetMs } = clock(new Date(anchor + days * DAY_MS));
    const guess = Date.parse(`${date}T${from}:00Z`) - offsetMs;
    // Once more with the offset in force at that time: the clocks may change in between.
    return guess + offsetMs - clock(new Date(guess)).offsetMs;
  });
}

function openingText({ days, from, to }: Opening): string {
  return `${days.join(' ')} ${from}-${to}`;
}

function clockText({ day, date, time }: ReturnType<WallClock>): string {
  return `${day} ${date} ${time}`;
}
