/** What was found about one thing; `hint` is what to do about it. */
interface Found {
  readonly state: 'ok' | 'warn' | 'fail' | 'skip';
  readonly message: string;
  readonly hint: string | null;
}

/** One thing that was looked at, as it is printed. */
export interface Check extends Found {
  readonly name: string;
}

/** What was found, with what would put it right where that is safe to do unasked. */
export interface Diagnosis extends Found {
  readonly fix?: () => Promise<string>;
}

/** Returns that all is well. */
export function healthy(message: string): Diagnosis {
  return { state: 'ok', message, hint: null };
}

/** Returns a diagnosis with its remedy. */
export function ailing(
  state: 'warn' | 'fail',
  message: string,
  remedy: { readonly hint: string; readonly fix?: () => Promise<string> },
): Diagnosis {
  return { state, message, ...remedy };
}

/** Returns that a question does not arise. */
export function skipped(message: string): Diagnosis {
  return { state: 'skip', message, hint: null };
}
