import {
  FORMAT_HEAD_BYTES,
  formatOf,
  isHuggingFaceLayout,
  type ModelFormat,
  runsCode,
} from '../documents/model-format.ts';
import { type Disk, realDisk } from './disk.ts';
import type { ContentSource } from './port.ts';
import { walkSource } from './walk.ts';

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

/** Looks at the first bytes of the files of a model, and returns those whose format is known. */
export async function recognise(source: string, disk: Disk = realDisk): Promise<Recognised> {
  const listed = await walkSource(source, { disk, leaveOut: 'as-configured' });
  const files: RecognisedFile[] = [];
  for (const { path, source: content } of listed
    .filter(({ path: name }) => MODEL_NAME.test(name))
    .slice(0, MOST_FILES)) {
    const format = formatOf({ path, sizeBytes: content.size, head: await headOf(content) });
    if (format !== undefined) files.push({ path, format, runsCode: runsCode(format) });
  }
  return { files, isHuggingFace: isHuggingFaceLayout(listed.map(({ path }) => path)) };
}

async function headOf(content: ContentSource): Promise<Uint8Array> {
  for await (const chunk of content.read()) return Uint8Array.from(chunk.subarray(0, FORMAT_HEAD_BYTES));
  return new Uint8Array();
}
