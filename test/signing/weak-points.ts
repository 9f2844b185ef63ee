const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const EIGHTH = BigInt('0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7');

/** The neutral point: as a key, it verifies anything. */
export const IDENTITY = encode(1n);

const SMALL_ORDER: readonly (readonly [string, bigint])[] = [
  ['y = 0', 0n],
  ['y = 1', 1n],
  ['y = p - 1', P - 1n],
  ['the first y of order 8', EIGHTH],
  ['the second y of order 8', P - EIGHTH],
  ['y = p', P],
  ['y = p + 1', P + 1n],
];

/** Every encoding of a point whose order divides 8: canonical, with the sign bit, and with p added to y. */
export const TORSION_ENCODINGS: readonly (readonly [string, Buffer])[] = SMALL_ORDER.flatMap(([title, y]) => [
  [title, encode(y)],
  [`${title} with the sign bit`, withSignBit(encode(y))],
]);

/** Every second spelling of a coordinate: p to 2^255 - 1. */
export const NON_CANONICAL: readonly Buffer[] = Array.from({ length: 19 }, (_, index) => encode(P + BigInt(index)));

/** Returns the signature with the group order added to its scalar. */
export function addOrder(signature: Uint8Array): Buffer {
  const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
  return Buffer.concat([signature.subarray(0, 32), encode(scalar + ORDER)]);
}

/** Returns 32 bytes, least significant first. */
function encode(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

function withSignBit(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[31] = (copy[31] ?? 0) | 0x80;
  return copy;
}
