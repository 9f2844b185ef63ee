import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** What the deadline of a program does when it is reached. */
export interface Deadline {
  readonly afterMs: number;
  /** Told on stderr. */
  readonly message: string;
}

/** Time for the gentle end before the hard one. */
const GRACE_MS = 2000;
const STDERR = 2;

/** Kills from another thread, because a loop that never ends lets no timer of its own thread fire. */
const HARD_END = `
  const { pid, afterMs } = require('node:worker_threads').workerData;
  setTimeout(() => process.kill(pid, 'SIGKILL'), afterMs);
`;

/** Ends this process with exit code 1 at the deadline, whatever it is doing then. Does not keep it alive until then. */
export function endAfter({ afterMs, message }: Deadline): void {
  setTimeout(() => {
    writeSync(STDERR, `${message}\n`);
    process.exit(1);
  }, afterMs).unref();
  const workerData = { pid: process.pid, afterMs: afterMs + GRACE_MS };
  // Without this program's own flags, one of which could make the text above mean something else.
  new Worker(HARD_END, { eval: true, execArgv: [], workerData }).unref();
}
