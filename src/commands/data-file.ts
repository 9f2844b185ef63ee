import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MregError } from '../documents/error.ts';
import { readYaml } from '../documents/strict-yaml.ts';
import type { Outside } from './outside.ts';

/** Reads a small YAML or JSON file that the user names (`-` is standard input). JSON is YAML, so one strict reader serves both. */
export async function readDataFile(outside: Outside, file: string): Promise<unknown> {
  const bytes = file === '-' ? await outside.stdin() : await readUserFile(outside, file);
  const json = parsedJson(bytes);
  if (json !== undefined) return json.value;
  const reading = readYaml(bytes, file);
  if (reading.ok) return reading.value;
  throw new MregError('bad-file', `${file} cannot be read as YAML or JSON`, {
    refusals: reading.refusals,
    hint: 'write it as JSON, or as plain YAML',
  });
}

/** Tools write JSON with CRLF, tabs or exponents; what JSON means is not in doubt, so it needs no strict reader. */
function parsedJson(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(Buffer.from(bytes).toString('utf8')) };
  } catch {
    return undefined;
  }
}

/** Reads the bytes of a file that the user names. */
export async function readUserFile(outside: Outside, file: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(outside.cwd, file));
  } catch (cause) {
    throw fileError(file, cause);
  }
}

/** Returns the error of a file that the user named and that cannot be read. */
function fileError(file: string, cause: unknown): MregError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  if (code === 'ENOENT')
    return new MregError('bad-file', `there is no file ${file}`, { cause, hint: 'check the path' });
  const why = code === 'EISDIR' ? 'it is a folder' : code;
  return new MregError('unreadable', `${file} cannot be read (${why})`, { cause, hint: `ls -l ${file}` });
}
