import type { MemoryRepository } from './memory-port.ts';
import type { PushMove, PushResult, RefMove } from './port.ts';

const UNREACHABLE: PushResult = { state: 'unreachable', text: 'there is no such remote' };

/** Copies what `refspecs` name from one repository in memory to another, pruning what is gone. */
export function fetchFrom(
  here: MemoryRepository,
  there: MemoryRepository | undefined,
  refspecs: readonly string[],
): PushResult {
  if (there === undefined) return UNREACHABLE;
  copyObjects(there, here);
  for (const refspec of refspecs) {
    const [from = '', to = ''] = refspec.replace(/^\+/, '').split(':');
    const mapped = mapRefs(there, from, to);
    if (mapped.size === 0 && !from.endsWith('*')) return { state: 'refused', text: `the remote has no ${from}` };
    for (const ref of here.refMap.keys()) {
      if (isUnder(ref, to) && !mapped.has(ref)) here.refMap.delete(ref);
    }
    for (const [ref, oid] of mapped) here.refMap.set(ref, oid);
  }
  return { state: 'ok' };
}

/** Moves refs of another repository in memory, as a server would: compare, ask its hook, move all or none. */
export async function pushTo(
  here: MemoryRepository,
  there: MemoryRepository | undefined,
  moves: readonly PushMove[],
): Promise<PushResult> {
  if (there === undefined) return UNREACHABLE;
  const seen = moves.map((move): RefMove => ({ ref: move.ref, old: there.refMap.get(move.ref), new: move.new }));
  const asked = seen.filter((move) => move.old !== move.new);
  if (asked.length === 0) return { state: 'ok' };
  for (const [index, move] of moves.entries()) {
    if (!(await mayMove(here, move, seen[index]?.old))) return { state: 'moved', text: `${move.ref} has moved on` };
  }
  copyObjects(here, there);
  const refusal = await there.receive?.(asked);
  if (refusal !== undefined) return { state: 'refused', text: refusal };
  const result = await there.moveRefs(asked, 'push');
  return result === 'done' ? { state: 'ok' } : { state: 'moved', text: 'a ref has moved on' };
}

async function mayMove(here: MemoryRepository, move: PushMove, there: string | undefined): Promise<boolean> {
  if (there === move.new) return true;
  if (Object.hasOwn(move, 'old')) return there === move.old;
  if (there === undefined || move.new === undefined) return true;
  return here.objects.has(there) && here.isAncestor(there, move.new);
}

function copyObjects(from: MemoryRepository, to: MemoryRepository): void {
  for (const [oid, object] of from.objects) to.objects.set(oid, object);
}

function mapRefs(there: MemoryRepository, from: string, to: string): Map<string, string> {
  const found = [...there.refMap].filter(([ref]) => isUnder(ref, from));
  const prefix = from.replace(/\*$/, '');
  return new Map(found.map(([ref, oid]) => [to.replace(/\*$/, '') + ref.slice(prefix.length), oid]));
}

function isUnder(ref: string, pattern: string): boolean {
  return pattern.endsWith('*') ? ref.startsWith(pattern.slice(0, -1)) : ref === pattern;
}
