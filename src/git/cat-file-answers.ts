import type { StoredObject } from './stored-object.ts';

/** What the reader needs to know about the request that the next answer belongs to. */
interface Question {
  readonly verb: 'info' | 'contents';
  readonly maxBytes: number;
}

/** Takes git's output as it comes. */
export interface AnswerReader {
  push(chunk: Buffer): void;
}

interface Ends {
  /** The oldest request without an answer. */
  readonly question: () => Question | undefined;
  readonly answer: (found: StoredObject | undefined) => void;
}

interface Body {
  readonly head: StoredObject;
  readonly keep: boolean;
  readonly chunks: Buffer[];
  /** Bytes still to come, the line feed after the content included. */
  left: number;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Splits the output of `git cat-file --batch-command` into answers, whatever chunks it comes in. */
export function readAnswers({ question, answer }: Ends): AnswerReader {
  let rest = NOTHING;
  let body: Body | undefined;

  function push(chunk: Buffer): void {
    let left: Buffer = chunk;
    while (left.length > 0) left = body ? takeBody(body, left) : takeLine(left);
  }

  function takeLine(chunk: Buffer): Buffer {
    const end = chunk.indexOf(0x0a);
    if (end < 0) {
      rest = Buffer.concat([rest, chunk]);
      return chunk.subarray(chunk.length);
    }
    const line = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([rest, chunk.subarray(0, end)]);
    rest = NOTHING;
    onLine(line.toString('utf8'));
    return chunk.subarray(end + 1);
  }

  function onLine(line: string): void {
    const head = parseHead(line);
    const asked = question();
    if (head === undefined || asked?.verb !== 'contents') answer(head);
    else body = { head, keep: head.size <= asked.maxBytes, chunks: [], left: head.size + 1 };
  }

  function takeBody(current: Body, chunk: Buffer): Buffer {
    const part = chunk.subarray(0, current.left);
    if (current.keep) current.chunks.push(part);
    current.left -= part.length;
    if (current.left === 0) {
      body = undefined;
      const content = current.keep ? Buffer.concat(current.chunks).subarray(0, current.head.size) : undefined;
      answer({ ...current.head, content });
    }
    return chunk.subarray(part.length);
  }

  return { push };
}

/** `<oid> <type> <size>`; anything else ("… missing", "… ambiguous") says that there is no such object. */
function parseHead(line: string): StoredObject | undefined {
  const match = /^([0-9a-f]{40}) ([a-z]+) (\d+)$/.exec(line);
  if (match === null) return undefined;
  const [, oid = '', type = '', size = '0'] = match;
  return { oid, type, size: Number(size), content: undefined };
}
