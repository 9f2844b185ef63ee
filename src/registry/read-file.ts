import { digestOf } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { DocumentOf, Kind } from '../documents/kinds/index.ts';
import { readDocument } from '../documents/read-document.ts';
import type { Reading, Refusal } from '../documents/refusal.ts';
import type { Placed } from '../gates/input.ts';
import { fileAt, type ObjectSource, type Snapshot } from './snapshot.ts';

/** A document with its exact bytes: what signatures and digests are about. */
export interface Stored<T> extends Placed<T> {
  readonly bytes: Uint8Array;
}

/** Reads a document that may be absent (value undefined). Says nothing about its signature. */
export async function readStored<K extends Kind>(
  snapshot: Snapshot,
  kind: K,
  path: string,
): Promise<Reading<Stored<DocumentOf[K]> | undefined>> {
  const file = await fileAt(snapshot, path);
  if (file.state === 'absent') return { ok: true, value: undefined };
  if (file.state === 'too-large') return { ok: false, refusals: [tooLarge(path)] };
  const bytes = file.bytes;
  const digest = digestOf(bytes);
  const reading = readOnce(snapshot.objects, `${kind} ${digest} ${path}`, () => readDocument(kind, { path, bytes }));
  return reading.ok ? { ok: true, value: { path, bytes, digest, body: reading.value } } : reading;
}

/** What a judgement reads many times over: a replay of history comes back to the documents of recent steps. */
const KEPT_READINGS = 2000;
const readings = new WeakMap<ObjectSource, Map<string, Reading<unknown>>>();

/**
 * Strict reading costs milliseconds, and several judgements of one run read the same trust root and policies. The key
 * names everything that the reading depends on, the bytes by their digest; what is shared is frozen.
 */
function readOnce<T>(objects: ObjectSource, key: string, read: () => Reading<T>): Reading<T> {
  const known = readings.get(objects) ?? new Map<string, Reading<unknown>>();
  readings.set(objects, known);
  const kept = known.get(key) as Reading<T> | undefined; // the key begins with the kind, which decides the type
  const reading = kept ?? frozen(read());
  // A Map iterates in order of insertion: what was asked for last goes to the end, and what nobody asks for leaves first.
  known.delete(key);
  known.set(key, reading);
  const oldest = known.size > KEPT_READINGS ? known.keys().next().value : undefined;
  if (oldest !== undefined) known.delete(oldest);
  return reading;
}

/** Freezes plain data through and through. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

function tooLarge(path: string): Refusal {
  const hint = 'move bulk data into an attachment and keep its digest';
  return { code: 'too-large', path, expected: 'at most 64 KiB', found: 'a larger file', hint };
}

/** Reads a document that an admitted state must hold; throws MregError('integrity') with every reason when it is unreadable. */
export async function mustRead<K extends Kind>(
  snapshot: Snapshot,
  kind: K,
  path: string,
): Promise<Stored<DocumentOf[K]> | undefined> {
  const reading = await readStored(snapshot, kind, path);
  if (reading.ok) return reading.value;
  if (reading.refusals.some(({ code }) => code === 'newer-format')) throw newerFormat(path, reading.refusals);
  throw new MregError('integrity', `${path} cannot be read as ${kind}`, {
    refusals: reading.refusals,
    hint: 'mreg verify',
  });
}

function newerFormat(path: string, refusals: readonly Refusal[]): MregError {
  return new MregError('newer-format', `${path} was written by a later mreg`, {
    refusals,
    hint: 'update mreg: npm install -g mreg@latest',
  });
}

/** Reads a signature file; undefined when it is absent. An oversized one is cut, and so never verifies. */
export async function readArmour(snapshot: Snapshot, path: string): Promise<Uint8Array | undefined> {
  const file = await fileAt(snapshot, path);
  if (file.state === 'absent') return undefined;
  return file.state === 'too-large' ? new Uint8Array() : file.bytes;
}
