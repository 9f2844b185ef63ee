import { kubernetesName } from '../documents/names.ts';
import type { ObservationRequest, PartAddress } from './port.ts';

/** What the names in double braces stand for. */
export type Variables = ReadonlyMap<string, string>;

/** Returns what stands for one version of a rollout. */
export function variablesOf({ model, stage, since, until }: ObservationRequest, part: PartAddress): Variables {
  return new Map([
    ['model', model],
    ['stage', stage],
    ['version', part.version],
    ['slot', part.slot],
    ['digest', part.digest],
    ['name', kubernetesName(model, stage)],
    ['since', since.toISOString()],
    ['until', until.toISOString()],
  ]);
}

/** Makes a value harmless inside a string of some language. */
export type Escape = (value: string) => string;

/** Returns the text with every `{{name}}` replaced; a name that is not known stays as it is. */
export function fillIn(text: string, variables: Variables, escape: Escape): string {
  // A function, because `$&` in a replacement text means something.
  return text.replace(/\{\{([a-z]+)\}\}/g, (whole, name: string) => {
    const value = variables.get(name);
    return value === undefined ? whole : escape(value);
  });
}

/** Inside a string of PromQL, in whichever quotes: attack: a value that ends the string goes on as a query. */
export const inPromql: Escape = (value) => value.replace(/[\\"'`\n]/g, (character) => ESCAPED[character] ?? '');
/** Nothing can be escaped inside backquotes, so a backquote is left out. */
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', "'": "\\'", '\n': '\\n' };

/** Inside a string of SQL. */
export const inSql: Escape = (value) => value.replaceAll("'", "''");

/** Inside a path or a query of a URL. */
export const inUrl: Escape = (value) => encodeURIComponent(value);

/** Inside one step of a JSON Pointer (RFC 6901). */
export const inPointer: Escape = (value) => value.replaceAll('~', '~0').replaceAll('/', '~1');
