import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { MregError } from '../documents/error.ts';
import type { CatFile } from './cat-file.ts';
import { escapeControl, type GitPlace, spawnGit, startError } from './git-process.ts';

const MAX_STDERR = 4096;

/** Returns the size of a blob, which is not loaded; throws MregError('integrity') where there is none of that id. */
export async function blobSize(catFile: CatFile, oid: string): Promise<number> {
  const info = await catFile.info(oid);
  if (info?.type === 'blob') return info.size;
  throw damaged(oid, info === undefined ? 'it is missing' : `it is a ${info.type}`);
}

/** Yields a blob of any size in pieces. What was yielded is proven only at its end: git does not hash what it reads. */
export async function* streamBlob(place: GitPlace, catFile: CatFile, oid: string): AsyncGenerator<Uint8Array> {
  const size = await blobSize(catFile, oid);
  const id = createHash('sha1').update(`blob ${String(size)}\0`);
  const child = spawnGit(place, ['cat-file', 'blob', oid]);
  const ended = endOf(child, place);
  try {
    for await (const chunk of child.stdout ?? []) {
      id.update(chunk as Buffer); // a stream without encoding gives buffers
      yield chunk as Buffer;
    }
    const said = await ended;
    if (said !== undefined) throw damaged(oid, said);
    if (id.digest('hex') !== oid) throw damaged(oid, 'its content has another hash');
  } finally {
    // A reader that stops early leaves git with nobody to write to.
    child.kill();
  }
}

/** Returns how git failed, in its own words; undefined when it did not. */
function endOf(child: ChildProcess, place: GitPlace): Promise<string | undefined> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-MAX_STDERR);
  });
  const ended = new Promise<string | undefined>((resolve, reject) => {
    child.once('error', (error) => {
      reject(startError(error, place));
    });
    child.once('close', (exitCode) => {
      resolve(exitCode === 0 ? undefined : escapeControl(said).trim());
    });
  });
  // Where the reader stops before the end, nobody asks.
  ended.catch(() => undefined);
  return ended;
}

function damaged(oid: string, reason: string): MregError {
  const hint = 'run `git fsck --full`; fetch or restore the damaged object from another clone';
  return new MregError('integrity', `blob ${oid} cannot be read: ${reason}`, { hint });
}
