/** A piece of text out of a file, and where it stands. */
export interface TextWindow {
  readonly text: string;
  /** Line of its first character, from 1; undefined in a binary file. */
  readonly line: number | undefined;
}

/** Secrets are shorter by far; one that lies across two windows is whole in the second. */
const OVERLAP = 16 * 1024;
const WINDOW = 512 * 1024;
/** Shorter runs of letters in binary data are chance, and hold no secret. */
const SHORTEST_RUN = 16;
const RUNS = new RegExp(`[\\t\\n\\r -~]{${String(SHORTEST_RUN)},}`, 'g');

type Decoder = InstanceType<typeof TextDecoder>;

/** Turns the bytes of a file into windows of text: all of a text file, the printable runs of any other. */
export class PrintableText {
  #decoder: Decoder | 'runs' | undefined;
  #text = '';
  #line = 1;
  /** The end of the last chunk of a binary file, in which a run may go on. */
  #tail = '';

  /** Returns the windows that are full now. */
  push(chunk: Uint8Array): readonly TextWindow[] {
    this.#decoder ??= decoderFor(chunk);
    this.#text += this.#decoder === 'runs' ? this.#runsOf(chunk) : this.#decoder.decode(chunk, { stream: true });
    const full: TextWindow[] = [];
    while (this.#text.length >= WINDOW) full.push(this.#cut());
    return full;
  }

  /** Returns what is left. */
  end(): readonly TextWindow[] {
    const rest = this.#tail.length >= SHORTEST_RUN ? `${this.#tail}\n` : '';
    this.#text += rest;
    return this.#text.length === 0 ? [] : [this.#window(this.#text)];
  }

  #cut(): TextWindow {
    const window = this.#window(this.#text.slice(0, WINDOW));
    const gone = WINDOW - OVERLAP;
    this.#line += linesIn(this.#text, gone);
    this.#text = this.#text.slice(gone);
    return window;
  }

  #window(text: string): TextWindow {
    return { text, line: this.#decoder === 'runs' ? undefined : this.#line };
  }

  #runsOf(chunk: Uint8Array): string {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const text = this.#tail + bytes.toString('latin1');
    const runs = text.match(RUNS) ?? [];
    const last = /[\t\n\r -~]{1,4096}$/.exec(text.slice(-4096))?.[0] ?? '';
    this.#tail = last;
    return runs.length === 0 ? '' : `${runs.join('\n')}\n`;
  }
}

/** Returns how many lines end before `end`. */
export function linesIn(text: string, end: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** UTF-16 as Windows writes it is text too; anything else with a zero byte is none. */
function decoderFor(head: Uint8Array): Decoder | 'runs' {
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le');
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder('utf-16be');
  return head.subarray(0, 8192).includes(0) ? 'runs' : new TextDecoder('utf-8');
}
