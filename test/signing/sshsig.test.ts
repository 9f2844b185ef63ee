import { describe, expect, it } from 'vitest';
import { MregError } from '../../src/documents/error.ts';
import { parsePublicKey, formatPublicKey } from '../../src/signing/public-key.ts';
import { signerFromSeed } from '../../src/signing/seed-signer.ts';
import { createSignature, verifySignature } from '../../src/signing/sshsig.ts';
import { makeKeyPair, sshKeygenFailure, sshSign, sshVerify, temporaryDirectory } from './openssh.ts';

const namespace = 'mreg.stage.v1';
const message = 'kind: Stage\n';
const signer = signerFromSeed(Buffer.alloc(32, 7), 'test');

describe('against ssh-keygen', () => {
  it.each([namespace, 'git', 'n'.repeat(44), 'n'.repeat(19), 'n'.repeat(20)])(
    'ssh-keygen accepts what is signed here for %s',
    async (space) => {
      const armour = await createSignature(signer, space, message);
      const said = sshVerify(temporaryDirectory(), {
        publicLine: formatPublicKey(signer.key),
        armour,
        namespace: space,
        message,
      });
      expect(said).toContain('Good "');
      expect(verifySignature({ armour, message, namespace: space })).toEqual({ ok: true, key: signer.key });
    },
  );

  it.each([namespace, 'git', 'n'.repeat(44), 'n'.repeat(19), 'n'.repeat(20)])(
    'accepts what ssh-keygen signs for %s',
    (space) => {
      const { file, publicLine } = makeKeyPair(temporaryDirectory());
      const key = parsePublicKey(publicLine);
      const armour = sshSign(file, space, message);
      expect(key.ok && verifySignature({ armour, message, namespace: space })).toEqual({
        ok: true,
        key: key.ok && key.value,
      });
      expect(verifySignature({ armour: Buffer.from(armour), message, namespace: space }).ok).toBe(true);
    },
  );
});
