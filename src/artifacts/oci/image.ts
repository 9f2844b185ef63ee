import { type Digest, digestOf, isDigest } from '../../documents/digest.ts';
import { isRecord, readJson } from '../../documents/json.ts';
import { formatManifest, type ManifestFile, parseManifest, type Manifest } from '../../documents/manifest.ts';
import { type Layout, layoutOf, type Range } from './layout.ts';
import { statedSize, TAR_END, tarHead, tarPadding } from './tar.ts';

/** The media type of an image manifest. */
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';
const ARTIFACT_TYPE = 'application/vnd.mreg.model.v1';
const ARTIFACT_NOTE = 'dev.mreg.artifact';
const FILES_NOTE = 'dev.mreg.files';
const TITLE_NOTE = 'org.opencontainers.image.title';
/** Outside of the folder of the model, so that a model server sees the files of the model and nothing else. */
const MANIFEST_NAME = '.mreg/manifest';
/** Registries take no larger ones; an image of a hundred layers has 40 KiB. */
export const MAX_IMAGE_BYTES = 4 * 1024 * 1024;
/** The largest manifest that is read, and its place in an archive. */
export const MAX_MANIFEST_LAYER_BYTES = 256 * 1024 * 1024 + 4096;

/** How an image names a part of it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Bytes and what they are called. */
export interface Blob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** An image in a registry, as far as its own manifest tells. */
export interface Image {
  readonly artifact: string;
  readonly config: Descriptor;
  readonly manifestLayer: Descriptor;
  readonly layers: readonly (Descriptor & { readonly range: Range })[];
}

/** Returns the first layer: the manifest of the artifact, from which anyone can prove what the image holds. */
export function manifestLayer(files: readonly ManifestFile[]): Blob {
  const text = Buffer.from(formatManifest(files));
  const padding = new Uint8Array(tarPadding(text.length));
  const bytes = Buffer.concat([tarHead(MANIFEST_NAME, text.length), text, padding, TAR_END]);
  return { bytes, descriptor: { mediaType: LAYER_TYPE, digest: digestOf(bytes), size: bytes.length } };
}

/** Reads the first layer; undefined when it is not exactly what `manifestLayer` makes. */
export function readManifestLayer(bytes: Uint8Array): Manifest | undefined {
  const size = statedSize(bytes);
  if (size === undefined) return undefined;
  const head = tarHead(MANIFEST_NAME, size);
  const manifest = parseManifest(bytes.subarray(head.length, head.length + size));
  if (!manifest.ok) return undefined;
  return Buffer.from(bytes).equals(manifestLayer(manifest.value.files).bytes) ? manifest.value : undefined;
}

/** Returns the descriptor of a layer of files. */
export function layerDescriptor(
  content: { readonly digest: Digest; readonly size: number },
  { first, last }: Range,
  files: readonly { readonly path: string }[],
): Descriptor {
  const title = first === last ? files[first]?.path : undefined;
  const annotations = {
    [FILES_NOTE]: `${String(first)}-${String(last)}`,
    ...(title === undefined ? {} : { [TITLE_NOTE]: title }),
  };
  return { mediaType: LAYER_TYPE, ...content, annotations };
}

/** Returns the image of an artifact: its configuration and its manifest, the same bytes for the same files. */
export function imageOf(
  artifact: Digest,
  layers: readonly Descriptor[],
): { readonly config: Blob; readonly image: Blob } {
  const config = jsonBlob(CONFIG_TYPE, {
    created: '1970-01-01T00:00:00Z',
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const image = jsonBlob(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: ARTIFACT_TYPE,
    config: config.descriptor,
    layers,
    annotations: { [ARTIFACT_NOTE]: artifact },
  });
  return { config, image };
}

/** Returns `value` as bytes under their digest. */
export function jsonBlob(mediaType: string, value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

/** Reads the manifest of an image; undefined when mreg did not make it. */
export function readImage(bytes: Uint8Array): Image | undefined {
  const value = readJson(bytes);
  if (!isRecord(value) || value['artifactType'] !== ARTIFACT_TYPE || !Array.isArray(value['layers'])) return undefined;
  const notes = value['annotations'];
  const artifact = isRecord(notes) ? notes[ARTIFACT_NOTE] : undefined;
  const config = readDescriptor(value['config']);
  const described = value['layers'].map(readDescriptor);
  const [first, ...rest] = described;
  const layers = rest.flatMap((layer) => {
    const range = layer === undefined ? undefined : rangeOf(layer);
    return layer === undefined || range === undefined ? [] : [{ ...layer, range }];
  });
  if (typeof artifact !== 'string' || config === undefined || first === undefined || layers.length !== rest.length)
    return undefined;
  return { artifact, config, manifestLayer: first, layers };
}

/** Returns where the files of an image lie; undefined when its layers are not exactly those of the files. */
export function layoutOfImage(files: readonly ManifestFile[], { layers }: Image): Layout | undefined {
  const ranges = layers.map(({ range }) => range);
  const layout = layoutOf(files, ranges);
  const fits = layout?.layers.every(({ sizeBytes }, index) => layers[index]?.size === sizeBytes);
  return fits === true ? layout : undefined;
}

/** Reads how a manifest names a part; undefined when it is no descriptor. */
export function readDescriptor(value: unknown): Descriptor | undefined {
  if (!isRecord(value)) return undefined;
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || !isDigest(digest)) return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
  return { mediaType, digest, size, annotations: readAnnotations(value['annotations']) };
}

/** Reads annotations, leaving out what is no text. */
export function readAnnotations(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  const texts = Object.entries(value).flatMap(([name, text]) =>
    typeof text === 'string' ? [[name, text] as const] : [],
  );
  return Object.fromEntries(texts);
}

function rangeOf({ annotations }: Descriptor): Range | undefined {
  const [, first, last] = /^([0-9]{1,7})-([0-9]{1,7})$/.exec(annotations?.[FILES_NOTE] ?? '') ?? [];
  return first === undefined || last === undefined ? undefined : { first: Number(first), last: Number(last) };
}
