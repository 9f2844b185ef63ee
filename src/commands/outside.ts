import type { Deadline } from '../doors/watchdog.ts';
import type { Repository } from '../git/port.ts';
import type { KeyPlaces } from '../keys/key-places.ts';
import type { Signer } from '../signing/signer.ts';

/** A question to the person at the terminal. */
export interface Question {
  readonly text: string;
  /** True for passphrases: nothing is echoed. */
  readonly hidden?: boolean;
}

/** What a signer is looked for by; `key` is what the command line named. */
export interface SignerWish {
  readonly key: string | undefined;
  /** Where relative names of key files start. */
  readonly cwd?: string;
  readonly gitConfig: (key: string) => Promise<string | undefined>;
}

/** The world as commands meet it. main.ts makes the real one; tests pass their own. */
export interface Outside extends KeyPlaces {
  readonly cwd: string;
  readonly now: () => Date;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Of this program. */
  readonly version: string;
  readonly columns: number;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly unicode: boolean;
  /** Absent where nobody can answer. */
  readonly ask: ((question: Question) => Promise<string | undefined>) | undefined;
  /** Everything on standard input; with `maxBytes`, reading stops once there is more than that. */
  readonly stdin: (maxBytes?: number) => Promise<Uint8Array>;
  /** Ends the process with exit code 1 at a deadline, whatever it is doing then. */
  readonly endAfter: (deadline: Deadline) => void;
  readonly randomHex: (bytes: number) => string;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Aborted when the user interrupts. */
  readonly interrupted: AbortSignal;
  readonly initRepository: (
    directory: string,
    options: { readonly bare: boolean; readonly branch: string },
  ) => Promise<void>;
  /** Reads a policy pack that this program brings along; undefined when there is none of that name. */
  readonly readPack: (name: string) => Promise<Uint8Array | undefined>;
  /** The command that starts this program, as a git hook can call it. */
  readonly selfCommand: readonly string[];
  readonly openRepository: (directory: string) => Promise<Repository>;
  readonly findSigner: (wish: SignerWish) => Promise<Signer>;
}
