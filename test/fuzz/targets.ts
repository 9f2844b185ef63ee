import { DOCUMENT_TARGETS } from './document-targets.ts';
import { GIT_TARGETS } from './git-targets.ts';
import { NAME_TARGETS } from './name-targets.ts';
import { SIGNING_TARGETS } from './signing-targets.ts';
import type { FuzzTarget } from './target.ts';

/** Every reader of bytes that somebody else may have written. */
export const TARGETS: readonly FuzzTarget[] = [
  ...DOCUMENT_TARGETS,
  ...SIGNING_TARGETS,
  ...GIT_TARGETS,
  ...NAME_TARGETS,
];

/** Returns the target of a name; throws when there is none. */
export function targetOf(name: string): FuzzTarget {
  const found = TARGETS.find((target) => target.name === name);
  if (found !== undefined) return found;
  throw new Error(`no target is called ${name}; there are ${TARGETS.map((target) => target.name).join(', ')}`);
}
