import { MregError } from '../documents/error.ts';

/** How a file of data is laid out. */
export type Format = 'parquet' | 'csv' | 'json' | 'arrow';

const FORMAT_OF: Readonly<Record<string, Format>> = {
  parquet: 'parquet',
  pq: 'parquet',
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
  ipc: 'arrow',
};
/** What the engine opens by itself around text. */
const PACKED = /\.(?:gz|zst)$/;

/** Returns how a file is laid out, by its name. */
export function formatOf(path: string): Format {
  const name = path.toLowerCase().replace(PACKED, '');
  const format = FORMAT_OF[name.slice(name.lastIndexOf('.') + 1)];
  if (format !== undefined) return format;
  throw new MregError('usage', `the name of ${path} does not say what the file holds`, {
    hint: `end it in one of .${Object.keys(FORMAT_OF).join(', .')}; text may be packed (.gz, .zst)`,
  });
}
