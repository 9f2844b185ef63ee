import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What is asked of a model: what is known of a flight before it leaves. The first two are always known. */
export interface FlightQuestion {
  /** Hour of the day it is due to leave: 13.5 is half past one. */
  readonly hour: number;
  /** In miles. */
  readonly distance: number;
  /** 0 is Sunday. */
  readonly weekday?: number;
  readonly origin?: string;
  readonly destination?: string;
}

/** A flight of the past: the question, and what came of it. */
export interface Flight {
  readonly question: FlightQuestion;
  /** More than 15 minutes late. */
  readonly late: boolean;
}

/** A snapshot of the data, split by a rule that never changes: every third flight is held out. */
export interface Snapshot {
  readonly digest: string;
  readonly uri: string;
  readonly train: readonly Flight[];
  readonly heldOut: readonly Flight[];
}

interface Row {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** Reads 20,000 real flights (United States, January to March 2001), in order of departure. */
export function readFlights(file: string, uri: string): Snapshot {
  const bytes = readFileSync(file);
  const rows = JSON.parse(bytes.toString('utf8')) as readonly Row[];
  const flights = rows.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0)).map(flightOf);
  return {
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    uri,
    train: flights.filter((_, index) => index % 3 !== 2),
    heldOut: flights.filter((_, index) => index % 3 === 2),
  };
}

function flightOf({ date, delay, distance, origin, destination }: Row): Flight {
  const due = new Date(`${date.replaceAll('/', '-').replace(' ', 'T')}:00Z`);
  const hour = due.getUTCHours() + due.getUTCMinutes() / 60;
  return { late: delay > 15, question: { hour, distance, weekday: due.getUTCDay(), origin, destination } };
}
