import { MregError } from '../../src/documents/error.ts';
import type { FuzzTarget } from './target.ts';

/** Inputs of 256 KiB end up in messages. */
const MAX_MESSAGE_CHARACTERS = 500;

/** Gives one input to a target. Returns what a reader must not throw, in a few words; undefined where all is well. */
export async function attempt(target: FuzzTarget, bytes: Uint8Array): Promise<string | undefined> {
  try {
    await target.run(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof MregError) return undefined;
    return told(error);
  }
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const place = error.stack?.split('\n').find((line) => line.startsWith('    at ')) ?? '';
  return `${error.name}: ${error.message.slice(0, MAX_MESSAGE_CHARACTERS)}${place}`;
}
