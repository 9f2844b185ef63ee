import { evidencePath, promotionPath, stagePath, versionPath } from '../../src/documents/paths.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import { measurement, promotion, registration } from '../support/moves.ts';
import { approvalBy, signerOf } from '../support/world.ts';
import type { PushAttack } from './attack.ts';

const STAGING = stagePath('fraud', 'staging');

/** Documents without the signature that they need, or with one that was made for something else. */
export const TRIED: readonly PushAttack[] = [
  {
    row: 'signature-missing-or-foreign',
    variant: 'a pointer edited by hand',
    code: ['bad-signature', 'ungoverned-shape'],
    about: STAGING,
    make: async ({ world, story }) => {
      const text = await world.read(story.second, STAGING);
      return {
        base: story.second,
        tip: await world.commit(story.second, { [STAGING]: text.replace('weight: 100', 'weight: 99') }),
      };
    },
  },
];
