import { describe, expect, it } from 'vitest';
import { isHuggingFaceLayout, recogniseFormat } from '../../src/artifacts/format.ts';

const pickle = [0x80, 0x04, 0x95, 0x10, 0, 0, 0, 0, 0, 0];
const safetensors = [0x40, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22];
const torchZip = [...Buffer.from('PK\x03\x04'), 0, 0, ...Buffer.from('archive/data.pkl')];
const plainZip = [...Buffer.from('PK\x03\x04'), 0, 0, ...Buffer.from('readme.txt')];

describe('the format of a file', () => {
  it.each([
    ['model.safetensors', safetensors, 'safetensors', false],
    // A header of 1,152 bytes (0x0480) begins like a pickle.
    ['model.safetensors', [0x80, 0x04, 0, 0, 0, 0, 0, 0, 0x7b], 'safetensors', false],
    ['model.safetensors', pickle, 'pickle', true],
    ['model.safetensors', [1], 'other', false],
    ['model.onnx', [0x08, 0x07], 'onnx', false],
    ['model.onnx', pickle, 'pickle', true],
    ['model.pkl', pickle, 'pickle', true],
    ['model.pkl', [0x28], 'pickle', true],
    ['MODEL.PKL', [], 'pickle', true],
    ['model.joblib', [0x78, 0x9c], 'joblib', true],
    ['model.pt', torchZip, 'torch', true],
    ['model.pth', [], 'torch', true],
    ['pytorch_model.bin', torchZip, 'torch', true],
    ['weights.bin', [1, 2, 3], 'other', false],
    ['data.zip', plainZip, 'other', false],
    ['config.json', [0x7b], 'other', false],
    ['empty', [], 'other', false],
  ] as const)('of %s is recognised by bytes, then by name', (path, head, format, isPickle) => {
    expect(recogniseFormat(path, Uint8Array.from(head))).toEqual({ format, pickle: isPickle });
  });

  it.each([
    [['config.json', 'model.safetensors'], true],
    [['config.json', 'model-00001-of-00002.safetensors', 'tokenizer.json'], true],
    [['config.json', 'pytorch_model.bin'], true],
    [['model.safetensors'], false],
    [['config.json', 'weights.npz'], false],
  ])('of the folder %j is Hugging Face: %s', (paths, answer) => {
    expect(isHuggingFaceLayout(paths)).toBe(answer);
  });
});
