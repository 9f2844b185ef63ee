import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/documents/digest.ts';
import { modelStatement, STATEMENT_TYPE, statementOf, type Statement } from '../../src/documents/in-toto.ts';
import { manifestOf } from '../../src/documents/manifest.ts';
import { bundleOf, signEnvelope, type Bundle } from '../../src/signing/dsse.ts';
import { checkAttestation, keysOf } from '../../src/trust/attestation.ts';
import { trustOf } from '../../src/trust/trust.ts';
import { idOf, keyLineOf, signerOf } from '../support/world.ts';

const file = (path: string, content: string) => ({ path, size: content.length, digest: digestOf(content) });
const manifest = manifestOf([file('a', 'aaa'), file('b', 'bbb')]);
const keys = keysOf([
  trustOf({
    apiVersion: 'mreg.dev/v1',
    kind: 'TrustRoot',
    metadata: { registry: 'acme' },
    spec: {
      ...{ version: 1, previous: 'none', expires: '2030-01-01T00:00:00Z', nonce: '0'.repeat(32), roles: [] },
      ...{ thresholds: { root: 1, policy: 1 }, principals: [{ id: idOf('ann'), keys: [keyLineOf('ann')] }] },
    },
  }),
]);
const signed = async (statement: object, { by = 'ann', payloadType = STATEMENT_TYPE } = {}): Promise<Bundle> => {
  const payload = Buffer.from(JSON.stringify(statement));
  return bundleOf(await signEnvelope(signerOf(by), { payloadType, payload }), signerOf(by).key);
};
const check = (bundle: unknown) => checkAttestation(Buffer.from(JSON.stringify(bundle)), { keys, manifest });
const said = modelStatement('fraud@v1', manifest);
const with_ = (change: Partial<Statement>): Statement => ({ ...said, ...change });

describe('an attestation beside an artifact', () => {
  it('is good where a known key signed what the files are, whatever version they are called', async () => {
    expect(check(await signed(said))).toEqual({ state: 'good', principal: idOf('ann') });
    expect(check(await signed(modelStatement('other@v9', manifest)))).toMatchObject({ state: 'good' });
  });

  it.each([
    ['of other files', modelStatement('fraud@v1', manifestOf([file('a', 'xxx'), file('b', 'bbb')])), 'another model'],
    ['of fewer files under the same sum', with_({ predicate: { ...said.predicate, resources: [] } }), 'another number'],
    [
      'of a file under another name',
      modelStatement('fraud@v1', manifestOf([file('a', 'aaa'), file('c', 'bbb')])),
      'something else about b',
    ],
    ['of two models at once', with_({ subject: [...said.subject, ...said.subject] }), 'another model'],
    ['of nothing', with_({ subject: [] }), 'another model'],
  ])('%s is wrong', async (_what, statement, found) => {
    expect(check(await signed(statement))).toMatchObject({
      state: 'wrong',
      found: expect.stringContaining(found) as string,
    });
  });

  it('by a stranger is wrong, also where it names a known key', async () => {
    const [strange, own] = [await signed(said, { by: 'mallory' }), await signed(said)];
    expect(check(strange)).toMatchObject({ state: 'wrong', found: 'none' });
    const { keyid } = own.dsseEnvelope.signatures[0] ?? { keyid: '' };
    const signatures = strange.dsseEnvelope.signatures.map((signature) => ({ ...signature, keyid }));
    expect(check({ ...strange, dsseEnvelope: { ...strange.dsseEnvelope, signatures } })).toMatchObject({
      state: 'wrong',
    });
  });

  it('whose payload or type was changed afterwards is wrong', async () => {
    const { dsseEnvelope, ...bundle } = await signed(said);
    const other = Buffer.from(JSON.stringify(modelStatement('fraud@v2', manifest))).toString('base64');
    expect(check({ ...bundle, dsseEnvelope: { ...dsseEnvelope, payload: other } })).toMatchObject({ state: 'wrong' });
    const retyped = await signed(said, { payloadType: 'application/json' });
    const dressed = { ...retyped, dsseEnvelope: { ...retyped.dsseEnvelope, payloadType: STATEMENT_TYPE } };
    expect(check(dressed)).toMatchObject({ state: 'wrong' });
  });

  it.each([
    [{}],
    [null],
    [{ dsseEnvelope: {} }],
    [{ dsseEnvelope: { payloadType: 'x', payload: '%', signatures: [] } }],
  ])('that is %j is wrong', (bundle) => {
    expect(check(bundle)).toMatchObject({ state: 'wrong', expected: expect.stringContaining('bundle') as string });
  });

  it('that says something of another kind is left to others', async () => {
    const other = statementOf(said.subject, 'https://slsa.dev/provenance/v1', {});
    expect(check(await signed(other, { by: 'mallory' }))).toEqual({ state: 'other' });
    expect(check(await signed(said, { payloadType: 'text/plain' }))).toEqual({ state: 'other' });
  });
});
