/** How a file of a model is written; `pickle` tells that loading it runs code that it carries. */
export interface FileFormat {
  readonly format: 'safetensors' | 'onnx' | 'pickle' | 'torch' | 'joblib' | 'other';
  readonly pickle: boolean;
}

/** As many first bytes as `recogniseFormat` looks at: torch names `…/data.pkl` in its first zip entry. */
export const HEAD_BYTES = 512;

const PICKLE_NAMES = /\.(?:pkl|pickle|p|dill|cloudpickle)$/i;

/**
 * Returns how a file is written, by its first bytes and then by its name. Bytes win: attack: a pickle named
 * `model.safetensors`, past a scan that trusts names. A name that promises a pickle is believed, whatever the bytes.
 */
export function recogniseFormat(path: string, head: Uint8Array): FileFormat {
  const byBytes = recogniseBytes(head);
  if (byBytes !== undefined) return byBytes;
  if (/\.joblib$/i.test(path)) return { format: 'joblib', pickle: true };
  if (PICKLE_NAMES.test(path)) return { format: 'pickle', pickle: true };
  if (/\.(?:pt|pth|ckpt)$/i.test(path)) return { format: 'torch', pickle: true };
  if (/\.safetensors$/i.test(path) && isSafetensors(head)) return { format: 'safetensors', pickle: false };
  if (/\.onnx$/i.test(path)) return { format: 'onnx', pickle: false };
  return { format: 'other', pickle: false };
}

function recogniseBytes(head: Uint8Array): FileFormat | undefined {
  // PROTO opcode of pickle protocols 2 to 5; torch before 1.6 wrote nothing but such pickles.
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5 && !isSafetensors(head)) {
    return { format: 'pickle', pickle: true };
  }
  const text = Buffer.from(head).toString('latin1');
  if (text.startsWith('PK\x03\x04') && text.includes('data.pkl')) return { format: 'torch', pickle: true };
  return undefined;
}

/** Eight bytes with the length of a JSON header, then the header. */
function isSafetensors(head: Uint8Array): boolean {
  return head.length >= 9 && head[8] === 0x7b && head[6] === 0 && head[7] === 0;
}

/** Tells whether the files are laid out as Hugging Face's libraries load them: a config beside weights. */
export function isHuggingFaceLayout(paths: readonly string[]): boolean {
  const weights =
    /^(?:model|pytorch_model|adapter_model|tf_model|flax_model)(?:-\d+-of-\d+)?\.(?:safetensors|bin|h5|msgpack)$/;
  return (
    paths.some((path) => path === 'config.json' || path === 'adapter_config.json') &&
    paths.some((path) => weights.test(path))
  );
}
