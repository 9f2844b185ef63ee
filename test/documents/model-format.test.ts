import { describe, expect, it } from 'vitest';
import { formatOf, isHuggingFaceLayout, runsCode } from '../../src/documents/model-format.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const safetensors = (header: string, length = header.length): Buffer => {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([size, Buffer.from(header), Buffer.alloc(16)]);
};

describe('formatOf', () => {
  it.each<[string, string, Buffer, string | undefined]>([
    ['safetensors', 'x', safetensors('{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'), 'safetensors'],
    ['a safetensors header that is no JSON', 'x', safetensors('{"w":'), undefined],
    ['a safetensors header longer than the file', 'x', safetensors('{"w":1}', 5000), undefined],
    ['a safetensors header beyond 2^53', 'x', latin(`${'\xff'.repeat(8)}{"a":1}`), undefined],
    ['GGUF', 'x.gguf', latin('GGUF\x03\0\0\0'), 'gguf'],
    ['HDF5', 'm.h5', latin('\x89HDF\r\n\x1a\n\0'), 'hdf5'],
    ['ONNX', 'm.onnx', latin('\x08\x08\x12\x07pytorch'), 'onnx'],
    ['what begins like ONNX under another name', 'm.bin', latin('\x08\x08\x12\x07'), undefined],
    ['a pickle, whatever its name', 'weights.bin', latin('\x80\x04\x95'), 'pickle'],
    ['a pickle of the oldest protocol', 'm.pkl', latin('(dp0\n.'), 'pickle'],
    ['what begins with 0x80 and no protocol', 'm.bin', latin('\x80\x09'), undefined],
    ['a PyTorch archive', 'm.pt', latin('PK\x03\x04\0\0\0\0archive/data.pkl'), 'pickle in zip'],
    ['another zip', 'm.zip', latin('PK\x03\x04\0\0\0\0readme.txt'), undefined],
    ['an array', 'a.npy', latin("\x93NUMPY\x01\0v\0{'descr': '<f8', 'shape': (3,), }"), 'numpy'],
    ['an array of objects', 'a.npy', latin("\x93NUMPY\x01\0v\0{'descr': '|O', 'shape': (3,), }"), 'numpy of objects'],
    ['nothing', 'x', Buffer.alloc(0), undefined],
  ])('tells %s', (_what, path, head, format) => {
    expect(formatOf({ path, head, sizeBytes: head.length })).toBe(format);
  });

  it('takes a long safetensors header by its beginning', () => {
    const head = safetensors('{"weight":', 70_000).subarray(0, 18);
    expect(formatOf({ path: 'x', head, sizeBytes: 1_000_000 })).toBe('safetensors');
  });

  it.each([
    ['pickle', true],
    ['pickle in zip', true],
    ['numpy of objects', true],
    ['numpy', false],
    ['safetensors', false],
    ['onnx', false],
  ] as const)('says of %s whether loading it runs code: %s', (format, expected) => {
    expect(runsCode(format)).toBe(expected);
  });
});

describe('isHuggingFaceLayout', () => {
  it.each([
    [['config.json', 'model.safetensors'], true],
    [['config.json', 'pytorch_model-00001-of-00002.bin'], true],
    [['config.json', 'readme.md'], false],
    [['model.safetensors'], false],
  ])('of %j is %s', (paths, expected) => {
    expect(isHuggingFaceLayout(paths)).toBe(expected);
  });
});
