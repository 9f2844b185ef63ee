import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, WireReader, wireString, wireUint32 } from '../../src/signing/wire.ts';

describe('WireReader', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), (bytes, number) => {
        const reader = new WireReader(Buffer.concat([wireString(bytes), wireUint32(number)]));
        expect(Buffer.compare(reader.string(), bytes)).toBe(0);
        expect(reader.uint32()).toBe(number);
        expect([reader.intact, reader.atEnd]).toEqual([true, true]);
      }),
    );
  });

  it.each([
    ['a length that is cut', Buffer.from([0, 0, 0])],
    ['a length past the end', Buffer.from([0, 0, 0, 2, 1])],
    ['the greatest length', Buffer.from([255, 255, 255, 255, 1])],
  ])('reports %s, and reads nothing from then on', (_, bytes) => {
    const reader = new WireReader(bytes);
    expect(reader.string()).toHaveLength(0);
    expect(reader.intact).toBe(false);
    expect(reader.uint8()).toBe(0);
    expect(reader.rest()).toHaveLength(0);
  });
});

describe('decodeBase64', () => {
  it('is the inverse of encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const decoded = decodeBase64(Buffer.from(bytes).toString('base64'));
        expect(decoded && Buffer.compare(decoded, bytes)).toBe(0);
      }),
    );
  });

  it.each(['QQ', 'QQ=', 'QR==', 'QQ===', 'Q Q=', 'QQ==\n', 'Q-==', '='])('refuses %j', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
