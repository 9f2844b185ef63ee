const MS_OF: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Returns the milliseconds of `90s`, `30m`, `2h` or `7d`; NaN for anything else, which no comparison lets pass. */
export function durationMs(text: string): number {
  const [, amount, unit] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? [];
  return Number(amount) * (MS_OF[unit ?? ''] ?? NaN);
}
