import type { CommonFlags } from './flags.ts';

/** Flags of `mreg init`. */
export interface InitFlags extends CommonFlags {
  readonly name?: string | undefined;
  readonly stages: string;
  readonly policy: readonly string[];
  readonly team?: string | undefined;
  readonly as?: string | undefined;
  readonly store?: string | undefined;
  readonly branch: string;
  readonly commits: 'signed' | 'any';
  readonly server?: boolean | undefined;
  readonly root?: string | undefined;
  readonly from?: string | undefined;
}
