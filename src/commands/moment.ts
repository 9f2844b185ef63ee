import { MregError } from '../documents/error.ts';
import { parseDuration } from '../documents/duration.ts';
import { isInstant } from '../documents/time.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Returns the moment that a person means: an instant (`2026-01-04T10:00:00Z`, `2026-01-04T10:00Z`), a day (`2026-01-04`: its
 * end, in UTC) or so long ago (`2h`, `3d`). Throws MregError('usage') on any other text.
 */
export function parseMoment(text: string, now: Date): Date {
  if (/^[0-9]{1,6}[smhd]$/.test(text)) return new Date(now.getTime() - parseDuration(text));
  const instant = instantText(text);
  if (instant !== undefined && isInstant(instant)) return new Date(instant);
  if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) && isInstant(`${text}T00:00:00Z`)) {
    return new Date(Date.parse(`${text}T00:00:00Z`) + DAY_MS - 1);
  }
  throw new MregError('usage', `expected a time, found ${JSON.stringify(text)}`, {
    hint: 'write 2026-01-04T10:00:00Z, 2026-01-04 (the end of that day, UTC), or 2h or 3d (so long ago)',
  });
}

/**
 * Returns the moment until which a person means: an instant, a day (its end, in UTC), or so far from now (`12h`, `3d`).
 * Throws MregError('usage') on any other text, and on a moment that is over.
 */
export function parseDeadline(text: string, now: Date): Date {
  const span = /^[0-9]{1,6}[smhd]$/.test(text) ? parseDuration(text) : undefined;
  const end = span === undefined ? parseMoment(text, now) : new Date(now.getTime() + span);
  if (end > now) return end;
  throw new MregError('usage', `expected a time to come, found ${JSON.stringify(text)}`, {
    hint: 'write 2026-12-27T08:00:00Z, 2026-12-26 (the end of that day, UTC), or 12h or 3d (from now)',
  });
}

/** Seconds may be left out; the zone may not, because nobody would know whose it is. */
function instantText(text: string): string | undefined {
  const [, minutes, seconds = ':00'] =
    /^([0-9-]{10}T[0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,3})?)?Z$/.exec(text) ?? [];
  return minutes === undefined ? undefined : `${minutes}${seconds}Z`;
}
