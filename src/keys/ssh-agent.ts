import { connect } from 'node:net';
import { MregError } from '../documents/error.ts';
import { KEY_TYPE, readKeyBlob } from '../signing/public-key.ts';
import type { Signer } from '../signing/signer.ts';
import { WireReader, wireString, wireUint32 } from '../signing/wire.ts';

/** A signer whose private key stays inside an ssh-agent. `comment` is what the agent calls it, unchecked. */
export interface AgentSigner extends Signer {
  readonly comment: string;
}

/** How long to wait for an answer. */
export interface AgentPatience {
  readonly listTimeoutMs: number;
  /** Longer: an agent may ask its user to confirm each signature. */
  readonly signTimeoutMs: number;
}

const DEFAULT_PATIENCE: AgentPatience = { listTimeoutMs: 5_000, signTimeoutMs: 60_000 };

/** OpenSSH's own limit on an agent message. */
const MAX_REPLY_BYTES = 256 * 1024;

/** Message numbers of the agent protocol (draft-ietf-sshm-ssh-agent, section 6.1). */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;

/** No flags: they only choose the hash of an RSA signature. */
const SIGN_FLAGS = 0;

/** Returns a signer for each Ed25519 key in the agent that listens at `socketPath`, in the agent's order. */
export async function agentSigners(
  socketPath: string,
  patience: AgentPatience = DEFAULT_PATIENCE,
): Promise<readonly AgentSigner[]> {
  const ask = { socketPath, timeoutMs: patience.listTimeoutMs };
  const reader = await request(ask, { send: Uint8Array.of(REQUEST_IDENTITIES), expect: IDENTITIES_ANSWER });
  const signers: AgentSigner[] = [];
  for (let left = reader.uint32(); left > 0; left -= 1) {
    const key = readKeyBlob(reader.string());
    const comment = Buffer.from(reader.string()).toString('utf8');
    if (!reader.intact) throw malformedReply();
    if (!key.ok) continue;
    const blob = key.value.blob;
    const sign = (data: Uint8Array): Promise<Uint8Array> =>
      signWithAgent({ socketPath, timeoutMs: patience.signTimeoutMs }, blob, data);
    signers.push({ key: key.value, comment, origin: 'ssh-agent', sign });
  }
  return signers;
}

interface Ask {
  readonly socketPath: string;
  readonly timeoutMs: number;
}

async function signWithAgent(ask: Ask, keyBlob: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  const send = Buffer.concat([
    Uint8Array.of(SIGN_REQUEST),
    wireString(keyBlob),
    wireString(data),
    wireUint32(SIGN_FLAGS),
  ]);
  const reply = new WireReader((await request(ask, { send, expect: SIGN_RESPONSE })).string());
  const type = reply.name();
  const signature = reply.string();
  if (!reply.intact || !reply.atEnd || type !== KEY_TYPE) throw malformedReply();
  return signature;
}

/** Sends one message; returns the reply behind its number, or throws when the agent says anything but `expect`. */
async function request(ask: Ask, message: { readonly send: Uint8Array; readonly expect: number }): Promise<WireReader> {
  const reader = new WireReader(await exchange(ask, wireString(message.send)));
  if (reader.uint8() === message.expect) return reader;
  throw new MregError('no-key', 'ssh-agent refused the request', {
    hint: 'see what it holds with ssh-add -l; unlock it with ssh-add -X',
  });
}

/** Opens a connection of its own for each message, so that nothing keeps the process alive. */
async function exchange({ socketPath, timeoutMs }: Ask, frame: Uint8Array): Promise<Uint8Array> {
  const socket = connect(socketPath);
  const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    socket.write(frame);
    return await readFrame(socket);
  } catch (cause) {
    if (cause instanceof MregError) throw cause;
    throw new MregError('no-key', 'ssh-agent does not answer', {
      hint: 'start it with eval "$(ssh-agent)" and ssh-add, or name a key file: --key <file>',
      cause,
    });
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

async function readFrame(socket: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  let got = Buffer.alloc(0);
  for await (const chunk of socket) {
    got = Buffer.concat([got, chunk]);
    if (got.length < 4) continue;
    const expected = got.readUInt32BE(0);
    if (expected > MAX_REPLY_BYTES) throw malformedReply();
    if (got.length >= 4 + expected) return got.subarray(4, 4 + expected);
  }
  throw malformedReply();
}

function malformedReply(): MregError {
  return new MregError('bad-key', 'ssh-agent sent an answer that is not well-formed', {
    hint: 'name a key file instead: --key <file>',
  });
}
