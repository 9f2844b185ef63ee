import { Unjudgeable } from './unjudgeable.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

type Weekday = (typeof DAYS)[number];

interface WallTime {
  readonly day: Weekday;
  readonly dayBefore: Weekday;
  /** `2026-01-04` */
  readonly date: string;
  /** `09:30` */
  readonly time: string;
  /** How far this zone is ahead of UTC at that instant. */
  readonly offsetMs: number;
}

/** Tells what a clock on the wall shows at an instant. */
export type WallClock = (instant: Date) => WallTime;

/** Returns the wall clock of an IANA time zone; throws Unjudgeable when this platform does not know the zone. */
export function wallClockIn(timezone: string): WallClock {
  const format = formatIn(timezone);
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
    const date = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
    const time = `${part('hour')}:${part('minute')}`;
    const shown = new Date(`${date}T${time}:${part('second')}Z`);
    const weekday = shown.getUTCDay();
    return {
      day: dayAt(weekday),
      dayBefore: dayAt(weekday + 6),
      date,
      time,
      offsetMs: shown.getTime() - Math.floor(instant.getTime() / 1000) * 1000,
    };
  };
}

function dayAt(index: number): Weekday {
  return DAYS[index % 7] ?? 'sun';
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  const numeric = '2-digit';
  const fields = { month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric } as const;
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      calendar: 'iso8601',
      year: 'numeric',
      ...fields,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const hint = 'Name a zone of the IANA database, such as Europe/Berlin';
    throw new Unjudgeable(`the time zone ${timeZone} is unknown here`, { hint });
  }
}
