import { WireReader, wireString, wireUint32 } from './wire.ts';

/** Why a private key cannot be used; `detail` is one sentence without secrets, `hint` what to do. */
export interface PrivateKeyFault {
  readonly ok: false;
  readonly problem: 'encrypted' | 'wrong-passphrase' | 'unsupported' | 'malformed';
  readonly detail: string;
  readonly hint?: string;
}

/** Outer structure of an OpenSSH private key file (OpenSSH's PROTOCOL.key, section 1); nothing of it is secret. */
export interface KeyContainer {
  readonly cipher: string;
  readonly kdf: string;
  readonly kdfOptions: Uint8Array;
  readonly publicBlob: Uint8Array;
  /** The private section, encrypted unless `cipher` is none. */
  readonly section: Uint8Array;
  /** What follows the section: the tag of a cipher that authenticates. */
  readonly tag: Uint8Array;
}

/** The way out when a private key is of a kind that mreg does not sign with. */
export const MAKE_ANOTHER = 'make an Ed25519 key: mreg key generate';

const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----';
const END = '-----END OPENSSH PRIVATE KEY-----';
const MAGIC = 'openssh-key-v1\0';
const ARMOUR_LINE = /.{1,70}/g;

/** An Ed25519 key file has about 500 bytes, one of RSA 3,000; a limit before parsing. */
const MAX_FILE_CHARACTERS = 16 * 1024;

/** Reads the outer structure of a private key file, whatever the type of its key. */
export function parseKeyContainer(text: string): { readonly ok: true; readonly value: KeyContainer } | PrivateKeyFault {
  const bytes = openArmour(text);
  if (!bytes.ok) return bytes;
  const reader = new WireReader(bytes.value);
  if (Buffer.from(reader.bytes(MAGIC.length)).toString('latin1') !== MAGIC) return malformed('it has no key inside');
  const [cipher, kdf, kdfOptions, count] = [reader.name(), reader.name(), reader.string(), reader.uint32()];
  const [publicBlob, section] = [reader.string(), reader.string()];
  const tag = reader.rest();
  if (!reader.intact) return malformed('it ends in the middle of a field');
  if (count !== 1) return unsupported(`expected one key in the file, found ${count}`, MAKE_ANOTHER);
  return { ok: true, value: { cipher, kdf, kdfOptions, publicBlob, section, tag } };
}

function openArmour(text: string): { readonly ok: true; readonly value: Uint8Array } | PrivateKeyFault {
  if (text.length > MAX_FILE_CHARACTERS) return malformed('it is too large for a private key');
  // The file is the user's own: spaces and CRLF that an editor left there are harmless, as they are to ssh.
  const inner = text.trim();
  if (!inner.startsWith(BEGIN) || !inner.endsWith(END)) return describeForeignFile(inner);
  const body = inner.slice(BEGIN.length, -END.length).replace(/\s/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(body)
    ? { ok: true, value: Buffer.from(body, 'base64') }
    : malformed('its base64 is damaged');
}

function describeForeignFile(text: string): PrivateKeyFault {
  if (text.startsWith('PuTTY-User-Key-File'))
    return unsupported('it is a PuTTY key', 'export it from PuTTYgen with Conversions > Export OpenSSH key');
  if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return unsupported('it is a private key, but not in the OpenSSH format', MAKE_ANOTHER);
  return malformed(`it has no line ${BEGIN}`);
}

/** Writes the outer structure around a private section, as ssh-keygen does. */
export function formatKeyContainer(container: KeyContainer): string {
  const bytes = Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    wireString(container.cipher),
    wireString(container.kdf),
    wireString(container.kdfOptions),
    wireUint32(1),
    wireString(container.publicBlob),
    wireString(container.section),
    container.tag,
  ]);
  return `${BEGIN}\n${bytes.toString('base64').replace(ARMOUR_LINE, '$&\n')}${END}\n`;
}

/** Returns the fault of a damaged file. */
export function malformed(detail: string): PrivateKeyFault {
  return { ok: false, problem: 'malformed', detail };
}

/** Returns the fault of a sound file that mreg cannot use. */
export function unsupported(detail: string, hint: string): PrivateKeyFault {
  return { ok: false, problem: 'unsupported', detail, hint };
}
