import { describe, expect, it } from 'vitest';
import { createSignature } from '../../src/signing/sshsig.ts';
import { formatListedSigners, listedSignerOf, readListedSigners } from '../../src/trust/listed-signers.ts';
import { keyLineOf, signerOf } from '../support/world.ts';

const KEY = keyLineOf('ann');
const LINE = `ann@example.org namespaces="mreg.stage.v1" ${KEY}`;

describe('a list of signers', () => {
  it('is read as it was written, comments and blank lines aside', () => {
    const signers = [{ principal: 'ann@example.org', namespaces: ['git', 'mreg.*'], key: KEY }];
    const reading = readListedSigners(`\n# more\n${formatListedSigners(signers, 'who may sign')}`, 'list');
    expect(reading).toEqual({ ok: true, value: signers });
  });

  it.each([
    ['a line without namespaces, which would count for every purpose', `ann@example.org ${KEY}`],
    ['an option that changes what a key may do', `ann@example.org cert-authority,namespaces="mreg.stage.v1" ${KEY}`],
    ['another kind of key', 'ann@example.org namespaces="mreg.stage.v1" ssh-rsa AAAA'],
    ['a key that is cut', LINE.slice(0, -4)],
  ])('is refused as a whole for %s', (_, line) => {
    const reading = readListedSigners(`${LINE}\n${line}\n`, 'list');
    expect(reading).toMatchObject({ ok: false, refusals: [{ code: 'schema', path: 'list:2' }] });
  });

  it.each([
    [['mreg.stage.v1'], true],
    [['mreg.*'], true],
    [['git', 'mreg.stage.v1'], true],
    [['mreg.stage'], false],
    [['git'], false],
  ])('lets a key sign in what is listed for it: %j', async (namespaces, isListed) => {
    const bytes = Buffer.from('stage');
    const armour = await createSignature(signerOf('ann'), 'mreg.stage.v1', bytes);
    const signers = [{ principal: 'ann@example.org', namespaces, key: KEY }];
    const signer = listedSignerOf(signers, { path: 'stage.yaml', bytes, armour, namespace: 'mreg.stage.v1' });
    expect(signer.ok).toBe(isListed);
  });
});
