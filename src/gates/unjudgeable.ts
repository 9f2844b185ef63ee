/**
 * Thrown by a gate that lacks what it needs to judge; the engine turns it into the verdict `error`, which refuses.
 * Thrown, not returned, so that a forgotten case can only ever refuse.
 */
export class Unjudgeable extends Error {
  override readonly name = 'Unjudgeable';
  readonly hint: string | undefined;
  readonly source: string | undefined;

  constructor(reason: string, details: { readonly hint?: string; readonly source?: string } = {}) {
    super(reason);
    this.hint = details.hint;
    this.source = details.source;
  }
}
