import { TAR_END, tarHead, tarPadding } from './tar.ts';

/** Where container runtimes and model servers look for the files. */
const FOLDER = 'models/';
/** Runtimes refuse images with many more layers; the first layer is the manifest's own. */
const MAX_LAYERS = 99;
const MIB = 1024 * 1024;
/** A file from here on is a layer of its own: what did not change between two versions is stored and pulled once. */
const OWN_LAYER_BYTES = 8 * MIB;
/** Smaller files share a layer up to here: ten thousand requests for ten thousand files would take minutes. */
const SHARED_LAYER_BYTES = 64 * MIB;

/** What the place of a file depends on. */
export interface Sized {
  readonly path: string;
  readonly size: number;
}

/** Files that lie in one layer, by their first and last position in the manifest. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Where every file of an artifact lies. */
export interface Layout {
  readonly layers: readonly (Range & { readonly sizeBytes: number })[];
  /** The layer of a file, by its position. */
  layerOf(index: number): number;
  /** Where the bytes of a file begin in its layer. */
  offsetOf(index: number): number;
}

/** Returns the name of a file in its layer. */
export function nameInLayer(path: string): string {
  return FOLDER + path;
}

/** Divides files, in the order of the manifest, into layers: the same files are always divided alike. */
export function divideIntoLayers(files: readonly Sized[]): readonly Range[] {
  for (let factor = 1; ; factor *= 2) {
    const ranges = divide(files, { own: OWN_LAYER_BYTES * factor, shared: SHARED_LAYER_BYTES * factor });
    if (ranges.length <= MAX_LAYERS) return ranges;
  }
}

function divide(files: readonly Sized[], limits: { readonly own: number; readonly shared: number }): readonly Range[] {
  const ranges: Range[] = [];
  let [first, bytes] = [0, 0];
  const close = (end: number): void => {
    if (end > first) ranges.push({ first, last: end - 1 });
    [first, bytes] = [end, 0];
  };
  for (const [index, { size }] of files.entries()) {
    if (size >= limits.own || bytes + size > limits.shared) close(index);
    bytes += size;
    if (size >= limits.own) close(index + 1);
  }
  close(files.length);
  return ranges;
}

/** Returns where files lie when they are divided so; undefined when the ranges leave a file out or name one twice. */
export function layoutOf(files: readonly Sized[], ranges: readonly Range[]): Layout | undefined {
  const layerOf: number[] = [];
  const offsetOf: number[] = [];
  const layers: (Range & { sizeBytes: number })[] = [];
  for (const [layer, { first, last }] of ranges.entries()) {
    if (first !== offsetOf.length || last < first || last >= files.length) return undefined;
    let at = 0;
    for (const { path, size } of files.slice(first, last + 1)) {
      at += tarHead(nameInLayer(path), size).length;
      layerOf.push(layer);
      offsetOf.push(at);
      at += size + tarPadding(size);
    }
    layers.push({ first, last, sizeBytes: at + TAR_END.length });
  }
  if (offsetOf.length !== files.length) return undefined;
  return { layers, layerOf: (index) => layerOf[index] ?? 0, offsetOf: (index) => offsetOf[index] ?? 0 };
}
