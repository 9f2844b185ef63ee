/** An Ed25519 public key: `blob` is ssh's wire form (algorithm name and key), `raw` the 32 bytes. */
export interface PublicKey {
  readonly blob: Uint8Array;
  readonly raw: Uint8Array;
}

/** Something that can sign with one Ed25519 key: a key file, an agent, a key made for a test. */
export interface Signer {
  readonly key: PublicKey;
  /** Where the key came from, for messages: a path or `ssh-agent`. Never key material. */
  readonly origin: string;
  /** Returns the 64 bytes of the Ed25519 signature over `data`. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}
