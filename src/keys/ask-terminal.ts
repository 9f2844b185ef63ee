import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks the person at the terminal; undefined when the input ended. A hidden answer is never echoed. */
export async function askTerminal(question: {
  readonly text: string;
  readonly hidden?: boolean;
}): Promise<string | undefined> {
  process.stderr.write(question.text);
  // readline echoes through its output: one that swallows everything keeps a passphrase off the screen.
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const output = question.hidden === true ? silent : process.stderr;
  const reader = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await new Promise<string | undefined>((resolve) => {
      reader.once('close', () => {
        resolve(undefined);
      });
      reader.once('line', resolve);
    });
  } finally {
    reader.close();
    if (question.hidden === true) process.stderr.write('\n');
  }
}
