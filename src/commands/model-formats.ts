import { storeForUri } from '../artifacts/open-store.ts';
import type { ArtifactStore } from '../artifacts/port.ts';
import { headsBelow, headsIn, type Recognised, recognise } from '../artifacts/recognise.ts';
import { readWanted, type Wanted } from '../artifacts/wanted.ts';
import type { Manifest } from '../documents/manifest.ts';
import { shown } from '../report/escape.ts';
import { errorViewOf, tell } from './flags.ts';
import type { Session } from './session.ts';

const SHOWN = 3;

/** Looks what a model that was read from `path` is stored as, and warns of files that run code when they are loaded. */
export async function tellFormats({ outside, flags }: Session, path: string, { files }: Manifest): Promise<Recognised> {
  const found = await recognise(files, headsBelow(path));
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

/** Looks what a stored artifact is stored as: at the first bytes of its files, which are not checked against their digests. */
export async function storedFormats(wanted: Wanted<ArtifactStore>): Promise<Recognised> {
  return recognise((await readWanted(wanted)).files, headsIn(wanted));
}

/** As `storedFormats`, of the artifact of a version. */
export function versionFormats(
  { view, outside }: Session,
  { uri, digest }: { readonly uri: string; readonly digest: string },
): Promise<Recognised> {
  return storedFormats({ ...storeForUri(uri, view.settings.body.spec.stores, outside), artifact: digest });
}

/** Returns the formats in a few words: `onnx, safetensors, Hugging Face layout`. */
export function formatWords({ files, isHuggingFace }: Recognised): string {
  const formats = [...new Set(files.map(({ format }) => format))].sort();
  return [...formats, ...(isHuggingFace ? ['Hugging Face layout'] : [])].join(', ');
}
