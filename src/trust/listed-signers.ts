import type { Reading, Refusal } from '../documents/refusal.ts';
import { fingerprintOf, formatPublicKey } from '../signing/public-key.ts';
import { verifySignature } from '../signing/sshsig.ts';
import type { SignedBytes, SignerReading } from './verify.ts';

/** One line of an allowed_signers file. */
export interface ListedSigner {
  readonly principal: string;
  /** `mreg.stage.v1`, or with `*` at the end for what begins so. */
  readonly namespaces: readonly string[];
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly key: string;
}

const LINE = /^([^\s"#]+) namespaces="([^"\s]+)" (ssh-ed25519 [A-Za-z0-9+/]{68})(?: .*)?$/;

/** Returns the text of an allowed_signers file, as ssh-keygen and `readListedSigners` read it. */
export function formatListedSigners(signers: readonly ListedSigner[], comment: string): string {
  const lines = signers.map(
    ({ principal, namespaces, key }) => `${principal} namespaces="${namespaces.join(',')}" ${key}\n`,
  );
  return `# ${comment}\n${lines.join('')}`;
}

/** Reads an allowed_signers file; stricter than ssh-keygen: every line names its namespaces, and no other option. */
export function readListedSigners(text: string, path: string): Reading<readonly ListedSigner[]> {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const filled = lines.filter(({ line }) => line !== '' && !line.startsWith('#'));
  const refusals: Refusal[] = [];
  const signers = filled.flatMap(({ line, number }): readonly ListedSigner[] => {
    const [, principal, namespaces, key] = LINE.exec(line) ?? [];
    if (principal !== undefined && namespaces !== undefined && key !== undefined)
      return [{ principal, namespaces: namespaces.split(','), key }];
    refusals.push(notALine(`${path}:${String(number)}`));
    return [];
  });
  return refusals.length === 0 ? { ok: true, value: signers } : { ok: false, refusals };
}

function notALine(path: string): Refusal {
  const expected = '<principal> namespaces="mreg.stage.v1" ssh-ed25519 <key>';
  return { code: 'schema', path, expected, found: 'another line', hint: 'mreg deploy init writes such a file' };
}

/** Returns the listed principal whose key signed the exact bytes, in a namespace that is listed for that key. */
export function listedSignerOf(signers: readonly ListedSigner[], signed: SignedBytes): SignerReading {
  const { path, bytes, armour, namespace } = signed;
  const hint = 'the file was changed after it was signed, or comes from somebody else: find out who put it there';
  const refuse = (code: Refusal['code'], found: string): SignerReading => {
    const expected = `a signature of these exact bytes in namespace ${namespace}, by a listed key`;
    return { ok: false, refusal: { code, path, expected, found, hint } };
  };
  if (armour === undefined) return refuse('missing-signature', 'none');
  const verdict = verifySignature({ armour, message: bytes, namespace });
  if (!verdict.ok) return refuse('bad-signature', `${verdict.problem}: ${verdict.detail}`);
  const line = formatPublicKey(verdict.key);
  const listed = signers.find(
    ({ key, namespaces }) => key === line && namespaces.some((each) => covers(each, namespace)),
  );
  return listed === undefined
    ? refuse('unknown-key', fingerprintOf(verdict.key))
    : { ok: true, principal: listed.principal };
}

function covers(listed: string, namespace: string): boolean {
  return listed.endsWith('*') ? namespace.startsWith(listed.slice(0, -1)) : listed === namespace;
}
