import { type Recognised, recognise } from '../artifacts/recognise.ts';
import { shown } from '../report/escape.ts';
import { errorViewOf, tell } from './flags.ts';
import type { Session } from './session.ts';

const SHOWN = 3;

/** Looks what a model is stored as, and warns of files that run code when they are loaded. */
export async function tellFormats({ outside, flags }: Session, path: string): Promise<Recognised> {
  const found = await recognise(path);
  const unsafe = found.files.filter(({ runsCode }) => runsCode);
  if (unsafe.length > 0) {
    const view = errorViewOf(outside, flags);
    const names = unsafe.slice(0, SHOWN).map((file) => `${shown(file.path, view)} (${file.format})`);
    const more = unsafe.length > SHOWN ? ` and ${String(unsafe.length - SHOWN)} more` : '';
    const what = `${names.join(', ')}${more} can run any program when it is loaded`;
    tell(outside, flags, `warning: ${what}: look into it with mreg scan, or store safetensors or ONNX`);
  }
  return found;
}

/** Returns the formats in a few words: `onnx, safetensors, Hugging Face layout`. */
export function formatWords({ files, isHuggingFace }: Recognised): string {
  const formats = [...new Set(files.map(({ format }) => format))].sort();
  return [...formats, ...(isHuggingFace ? ['Hugging Face layout'] : [])].join(', ');
}
