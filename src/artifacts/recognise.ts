import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  FORMAT_HEAD_BYTES,
  formatOf,
  isHuggingFaceLayout,
  type ModelFormat,
  runsCode,
} from '../documents/model-format.ts';
import type { ManifestFile } from '../documents/manifest.ts';
import type { ArtifactStore } from './port.ts';
import { quickDisk } from './quick-disk.ts';
import type { Wanted } from './wanted.ts';

/** Folders of a hundred thousand images are no models: only names that models have are opened, and of them so many. */
const MODEL_NAME = /\.(?:bin|ckpt|gguf|h5|hdf5|joblib|keras|model|npy|onnx|pickle|pkl|pt|pth|safetensors)$|^[^.]*$/i;
const MOST_FILES = 200;

/** A file of an artifact whose format is known. */
export interface RecognisedFile {
  readonly path: string;
  readonly format: ModelFormat;
  /** True where loading it runs code that lies in it. */
  readonly runsCode: boolean;
}

/** What a model is stored as. */
export interface Recognised {
  readonly files: readonly RecognisedFile[];
  readonly isHuggingFace: boolean;
}

/** Returns the first bytes of a file of an artifact. */
export type HeadOf = (file: ManifestFile) => Uint8Array | Promise<Uint8Array>;

/** Looks at the first bytes of the files of a model, and returns those whose format is known. */
export async function recognise(files: readonly ManifestFile[], headOf: HeadOf): Promise<Recognised> {
  const found: RecognisedFile[] = [];
  for (const file of files.filter(({ path }) => MODEL_NAME.test(path)).slice(0, MOST_FILES)) {
    const format = formatOf({ path: file.path, sizeBytes: file.size, head: await headOf(file) });
    if (format !== undefined) found.push({ path: file.path, format, runsCode: runsCode(format) });
  }
  return { files: found, isHuggingFace: isHuggingFaceLayout(files.map(({ path }) => path)) };
}

/** Returns what reads the heads of the files below `source`, or of the one file that it is. */
export function headsBelow(source: string): HeadOf {
  const real = realpathSync(source);
  const isFolder = statSync(real).isDirectory();
  return ({ path }) => quickDisk.readHead(isFolder ? join(real, path) : real, FORMAT_HEAD_BYTES);
}

/** Returns what reads the heads of files in a store. */
export function headsIn({ store, key }: Wanted<ArtifactStore>): HeadOf {
  return async (file) => {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of store.open(key, file)) {
      pieces.push(Uint8Array.from(piece.subarray(0, FORMAT_HEAD_BYTES - size)));
      size += piece.length;
      if (size >= FORMAT_HEAD_BYTES) break;
    }
    return Buffer.concat(pieces);
  };
}
