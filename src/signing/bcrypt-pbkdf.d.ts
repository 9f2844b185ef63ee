/** The part of bcrypt-pbkdf that is used here; the package brings no types. */
declare module 'bcrypt-pbkdf' {
  const bcrypt: {
    /** Fills `key`; returns 0, or -1 when a length or the number of rounds is out of range. */
    pbkdf(
      passphrase: Uint8Array,
      passphraseLength: number,
      salt: Uint8Array,
      saltLength: number,
      key: Uint8Array,
      keyLength: number,
      rounds: number,
    ): number;
  };
  export default bcrypt;
}
