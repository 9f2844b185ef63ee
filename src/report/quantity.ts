const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Returns how long before `now` an instant was: `just now`, `5m ago`, `3h ago`, `12d ago`, `in 2h`; its text if it is none. */
export function ageOf(instant: string, now: Date): string {
  const at = Date.parse(instant);
  if (Number.isNaN(at)) return instant;
  const elapsed = now.getTime() - at;
  if (Math.abs(elapsed) < MINUTE_MS) return 'just now';
  return elapsed > 0 ? `${spanOf(elapsed)} ago` : `in ${spanOf(-elapsed)}`;
}

/** Returns a span in its largest whole unit: `45s`, `5m`, `3h`, `12d`, `8mo`, `2y`. */
export function spanOf(milliseconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [365 * DAY_MS, 'y'],
    [60 * DAY_MS, 'mo'],
    [DAY_MS, 'd'],
    [HOUR_MS, 'h'],
    [MINUTE_MS, 'm'],
  ];
  const [size, unit] = units.find(([limit]) => milliseconds >= limit) ?? [1000, 's'];
  // Months are counted in thirties of days but only named from the second on: `45d` says more than `1mo`.
  return `${String(Math.floor(milliseconds / (unit === 'mo' ? 30 * DAY_MS : size)))}${unit}`;
}

/** Returns an instant as people read it, in UTC and to the minute: `2026-01-04 10:00`; its text if it is none. */
export function instantOf(instant: string): string {
  const at = Date.parse(instant);
  return Number.isNaN(at) ? instant : new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

/** Returns a size in powers of 1024 with at most one decimal: `812 B`, `46.0 MiB`. */
export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${String(Math.round(bytes))} B`;
  const power = Math.min(5, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${'KMGTP'.charAt(power - 1)}iB`;
}

/** Returns the first twelve hex digits of a digest or commit, enough to recognise it by. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** Returns a count with its noun: `1 gate`, `3 gates`, `no gates`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number === 0 ? 'no' : String(number)} ${number === 1 ? singular : plural}`;
}

/** Returns names as a sentence holds them: `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
