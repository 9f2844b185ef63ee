import { MregError } from '../documents/error.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import { readPublicKey } from '../keys/key-files.ts';
import { fingerprintOf, formatPublicKey, parsePublicKey } from '../signing/public-key.ts';
import type { Outside } from './outside.ts';

type Spec = TrustRootDocument['spec'];

/** Returns the principal of this id; `unknown-principal` when there is none. */
export function requirePrincipal(spec: Spec, id: string): Spec['principals'][number] {
  const known = spec.principals.find((one) => one.id === id);
  if (known !== undefined) return known;
  throw new MregError('unknown-principal', `no principal is called ${id}`, {
    hint: `mreg trust show; known: ${spec.principals.map((one) => one.id).join(', ')}`,
  });
}

/** Returns the line of the key that is named by a line, a file or a fingerprint, or the only one where none is named. */
export async function ownedKey(outside: Outside, keys: readonly string[], named: string | undefined): Promise<string> {
  if (named === undefined) {
    const [only] = keys;
    if (only !== undefined && keys.length === 1) return only;
    throw new MregError('usage', `the principal has ${String(keys.length)} keys; name one`, {
      hint: '--old-key SHA256:…, as mreg trust show prints it',
    });
  }
  const wanted = named.startsWith('SHA256:')
    ? keys.find((line) => fingerprintOfLine(line) === named)
    : formatPublicKey(await readPublicKey(named, outside));
  if (wanted !== undefined && keys.includes(wanted)) return wanted;
  throw new MregError('unknown-principal', 'the principal has no such key', { hint: 'mreg trust show' });
}

function fingerprintOfLine(line: string): string | undefined {
  const key = parsePublicKey(line);
  return key.ok ? fingerprintOf(key.value) : undefined;
}
