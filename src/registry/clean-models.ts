import { digestOf, type Digest } from '../documents/digest.ts';
import type { TrustLine } from './trust-line.ts';

/** What is known of a model whose every file was verified, as long as its folder is the very same tree. */
export interface CleanModel {
  /** How many files there are. */
  readonly files: number;
  /** The commits that its pointers say they were moved on: whether history still holds them is asked every time. */
  readonly bases: readonly string[];
}

/** Models that an earlier verification found clean on the same ground. */
export interface CleanModels {
  read(model: string, tree: string): CleanModel | undefined;
  /** Called for every model that is clean now, those that were read among them. */
  note(model: string, tree: string, found: CleanModel): void;
}

/**
 * Returns everything that the verdict on a model depends on besides its own folder and the commits its pointers name:
 * which registry, every trust root there was, and which commits were made under the earlier ones. Object ids name
 * content, so equal ids on equal ground mean an equal verdict; the clock has no part in it.
 */
export function groundOf({ eras, isCopy }: TrustLine, registry: string): Digest {
  const roots = eras.map(({ root, last, isCurrent }) => [root.digest, isCurrent ? null : (last.commit ?? null)]);
  return digestOf(JSON.stringify({ registry, isCopy, roots }));
}
