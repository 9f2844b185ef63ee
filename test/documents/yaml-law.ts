import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { readEverydayYaml } from '../../src/documents/everyday-yaml.ts';
import { readAnyYaml, readYaml } from '../../src/documents/strict-yaml.ts';
import { readText } from '../../src/documents/yaml-text.ts';

// By `require`, because neither has types; named after what they read.
const require = createRequire(import.meta.url);
const yaml12 = require('js-yaml') as { load(text: string): unknown };
const yaml11 = require('js-yaml-1.1') as { safeLoad(text: string): unknown };

type NamedReader = readonly [string, (text: string) => unknown];

const FOREIGN: readonly NamedReader[] = [
  ['js-yaml for YAML 1.2', (text) => yaml12.load(text)],
  ['js-yaml for YAML 1.1', (text) => yaml11.safeLoad(text)],
];
const READERS: readonly NamedReader[] = [['the full reader', readFully], ...FOREIGN];

function readFully(text: string): unknown {
  const reading = readAnyYaml(text, 'file.yaml');
  if (!reading.ok) throw new Error(JSON.stringify(reading.refusals));
  return reading.value;
}

/**
 * Tells whether the everyday reader takes `text`; throws if it does and another reader refuses the text, or reads
 * another value: keys in another order and objects of another class included.
 */
export function takesLawfully(text: string): boolean {
  if (!readText(new TextEncoder().encode(text), 'file.yaml').ok) return false;
  const value = readEverydayYaml(text);
  if (value === undefined) return false;
  compare(text, value, READERS);
  return true;
}

/** Tells whether mreg reads `bytes` as a document; throws if it does and a parser of another origin reads them otherwise. */
export function readsAlike(bytes: Uint8Array): boolean {
  const reading = readYaml(bytes, 'file.yaml');
  if (reading.ok) compare(Buffer.from(bytes).toString('utf8'), reading.value, FOREIGN);
  return reading.ok;
}

function compare(text: string, value: unknown, readers: typeof READERS): void {
  for (const [name, read] of readers) {
    const other = valueOf(name, read, text);
    const isSame = isDeepStrictEqual(other, value) && JSON.stringify(other) === JSON.stringify(value);
    if (!isSame) throw new Error(`${name} reads ${JSON.stringify(other)} in ${JSON.stringify(text)}`);
  }
}

function valueOf(name: string, read: (text: string) => unknown, text: string): unknown {
  try {
    return read(text);
  } catch (error) {
    throw new Error(`${name} refuses ${JSON.stringify(text)}`, { cause: error });
  }
}
