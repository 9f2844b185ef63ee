import { describe, expect, it } from 'vitest';
import { MregError } from '../../src/documents/error.ts';
import { formatReference, parseReference, type Reference } from '../../src/documents/reference.ts';

describe('references', () => {
  it.each<[string, Reference]>([
    ['fraud_detector', { model: 'fraud_detector' }],
    ['fraud_detector@v7', { model: 'fraud_detector', at: { version: 'v7' } }],
    ['fraud_detector@prod', { model: 'fraud_detector', at: { stage: 'prod' } }],
    ['risk/fraud_detector@v7', { model: 'risk/fraud_detector', at: { version: 'v7' } }],
    ['risk/fraud_detector', { model: 'risk/fraud_detector' }],
  ])('%s is read and written', (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
    expect(formatReference(reference)).toBe(text);
  });

  it.each([
    ...['', '@', '@v7', 'a@', 'a@v7@prod', 'a/b/c', '/a', 'a/', 'A@v7', 'a@V7', 'a b', '../a', 'a@../b', '-a', 'a\n'],
    ...['a@--upload-pack=x', 'con', 'versions/a', 'a@stages', 'constructor@v1', '__proto__', 'a\\b', 'ａ', 'a@v7\n'],
  ])('%j is refused with an example', (text) => {
    try {
      parseReference(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(MregError);
      expect(error).toMatchObject({
        code: 'bad-reference',
        hint: expect.stringContaining('fraud_detector@v7') as string,
      });
    }
  });

  it.each(['a@v07', 'a@v0', 'a@v9999999999'])('%s is meant as a version and is none, rather than a stage', (text) => {
    expect(() => parseReference(text)).toThrow(/without leading zeros/);
  });
});
