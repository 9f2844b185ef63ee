import { resolve } from 'node:path';
import type { Signer } from '../signing/signer.ts';
import type { Outside } from './outside.ts';

/**
 * Returns the world as one run meets it: as if started in `directory` (-C), for every file that it names, and with each
 * key opened once, so that nobody types a passphrase again when the command is overtaken and decides anew.
 */
export function worldOfRun(outside: Outside, directory: string | undefined): Outside {
  const cwd = resolve(outside.cwd, directory ?? '.');
  const signers = new Map<string | undefined, Promise<Signer>>();
  return {
    ...outside,
    cwd,
    findSigner: (wish) => {
      const known = signers.get(wish.key) ?? outside.findSigner({ cwd, ...wish });
      signers.set(wish.key, known);
      return known;
    },
  };
}
