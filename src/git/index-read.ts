import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitPlace } from './git-process.ts';
import { parseIndex, type IndexFile } from './index-file.ts';

/** Whose index it is: git runs at the worktree's root. */
export interface IndexPlace {
  readonly place: GitPlace;
  readonly gitDir: string;
  /** What was read last; a large index takes a while. */
  readonly memory: IndexMemory;
}

/** An index and the file that it was read from. */
export interface IndexMemory {
  last?: { readonly file: string; readonly index: IndexFile | undefined };
}

/** Returns the file that holds the index; a hook is given one of its own. */
export function indexFileOf({ place, gitDir }: IndexPlace): string {
  return place.env['GIT_INDEX_FILE'] ?? join(gitDir, 'index');
}

/** Reads the index, or returns what was read before while the same file stands there: git replaces it, never edits it. */
export async function readIndexFile(at: IndexPlace): Promise<IndexFile | undefined> {
  const handle = await open(indexFileOf(at), 'r').catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { ino, size, ctimeNs, mtimeNs } = await handle.stat({ bigint: true });
    const file = [ino, size, ctimeNs, mtimeNs].join();
    if (at.memory.last?.file !== file) {
      const index = parseIndex(await readWhole(handle, Number(size)), Number(mtimeNs / 1_000_000_000n));
      at.memory.last = { file, index };
    }
    return at.memory.last.index;
  } finally {
    await handle.close();
  }
}

/** In one piece where the system gives it: `readFile` goes through a large file in small steps. */
async function readWhole(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
