import { shown } from './escape.ts';
import { sizeOf, spanOf } from './quantity.ts';
import { symbolsOf } from './symbols.ts';
import type { View } from './view.ts';
import { shorten } from './width.ts';

/** How far a transfer is. `totalBytes` is undefined where the other side did not say. */
export interface Progress {
  readonly label: string;
  readonly doneBytes: number;
  readonly totalBytes: number | undefined;
  readonly startedAt: Date;
}

/** Before this the rate swings too much to promise an end. */
const SETTLED_MS = 1000;

/** Returns one line about a transfer: `model.onnx  45%  20.7 of 46.0 MiB  10.1 MiB/s  2s left`, never wider than the view. */
export function progressLine(progress: Progress, view: Pick<View, 'columns' | 'unicode' | 'now'>): string {
  const facts = factsOf(progress, view.now).join('  ');
  const { ellipsis } = symbolsOf(view);
  const room = view.columns - facts.length - 2;
  const label = shown(progress.label, view);
  if (room < MINIMUM_LABEL) return facts.slice(0, view.columns);
  return `${shorten(label, room, ellipsis)}  ${facts}`;
}

const MINIMUM_LABEL = 8;

function factsOf({ doneBytes, totalBytes, startedAt }: Progress, now: Date): string[] {
  const elapsedMs = now.getTime() - startedAt.getTime();
  const settled = elapsedMs >= SETTLED_MS && doneBytes > 0;
  const bytesPerSecond = settled ? (doneBytes / elapsedMs) * 1000 : 0;
  const rate = settled ? [`${sizeOf(bytesPerSecond)}/s`] : [];
  // An empty file is done from the start.
  if (totalBytes === undefined) return [sizeOf(doneBytes), ...rate];
  const percent = totalBytes === 0 ? 100 : Math.min(100, Math.floor((doneBytes / totalBytes) * 100));
  const leftMs = ((totalBytes - doneBytes) / bytesPerSecond) * 1000;
  const left = settled && leftMs > 0 ? [`${spanOf(Math.max(1000, leftMs))} left`] : [];
  return [`${String(percent)}%`, `${sizeOf(doneBytes)} of ${sizeOf(totalBytes)}`, ...rate, ...left];
}

/** How far a transfer is, as machines are told it: one JSON object a line. */
export interface ProgressEvent {
  readonly event: 'progress';
  readonly state: 'running' | 'done';
  readonly what: string;
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
  /** Null before anything was transferred. */
  readonly secondsLeft: number | null;
}

/** What an event is made of. */
export interface Counted extends Omit<ProgressEvent, 'event' | 'what' | 'bytesPerSecond' | 'secondsLeft'> {
  readonly label: string;
  readonly startedAt: Date;
}

/** Returns what machines are told about a transfer at `now`. */
export function progressEvent({ label, startedAt, ...counted }: Counted, now: Date): ProgressEvent {
  const elapsedMs = Math.max(1, now.getTime() - startedAt.getTime());
  const rate = (Math.max(0, counted.bytes) / elapsedMs) * 1000;
  const left = rate === 0 ? null : Math.ceil((counted.totalBytes - counted.bytes) / rate);
  return { event: 'progress', what: label, ...counted, bytesPerSecond: Math.round(rate), secondsLeft: left };
}
