import { Composer, type CST, type Document } from 'yaml';
import { readEverydayYaml } from './everyday-yaml.ts';
import type { Reading } from './refusal.ts';
import { openFindings, type Findings } from './yaml-findings.ts';
import { readText } from './yaml-text.ts';
import { readTokens } from './yaml-tokens.ts';
import { checkValues } from './yaml-values.ts';

/**
 * Reads one strict YAML document into plain values, or everything that is wrong with it.
 *
 * Argo CD, Flux, kubectl and people read the same files with other parsers. What is accepted here means the same to all
 * of them; what could mean something else to one of them is refused with the way to say it.
 */
export function readYaml(bytes: Uint8Array, path: string): Reading<unknown> {
  const reading = readText(bytes, path);
  if (!reading.ok) return reading;
  const value = readEverydayYaml(reading.value);
  return value === undefined ? readAnyYaml(reading.value, path) : { ok: true, value };
}

/** Reads any strict YAML text without forbidden characters: the law for `readEverydayYaml`, and the one to refuse. */
export function readAnyYaml(text: string, path: string): Reading<unknown> {
  const findings = openFindings(path, text);
  const trees = readTokens(text, findings);
  const document = trees === undefined ? undefined : compose(trees, { text, findings });
  if (document !== undefined) checkValues(document, { text, findings });
  const refusals = findings.list();
  // The depth is known to be small by now, so toJS may recurse; forbidden keys are gone, so it sets no prototypes.
  return refusals.length === 0 ? { ok: true, value: document?.toJS() } : { ok: false, refusals };
}

interface Source {
  readonly text: string;
  readonly findings: Findings;
}

function compose(trees: readonly CST.Token[], { text, findings }: Source): Document.Parsed | undefined {
  // Duplicate keys are found by us: the library compares each key with each.
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false });
  const documents = [...composer.compose(trees, true, text.length)];
  for (const document of documents) {
    for (const { pos, message } of [...document.errors, ...document.warnings]) {
      findings.add(pos[0], {
        code: 'yaml-syntax',
        expected: 'well-formed YAML',
        found: message,
        hint: 'correct the line',
      });
    }
  }
  const [document] = documents;
  if (document?.contents === null) {
    const hint = 'write apiVersion, kind, metadata and spec';
    findings.add(0, { code: 'yaml-syntax', expected: 'one document', found: 'nothing', hint });
    return undefined;
  }
  if (!text.endsWith('\n') && hasBlockScalar(text)) {
    // Parsers disagree whether a block text at the very end has a final line feed.
    const finding = {
      expected: 'a line feed at the end',
      found: 'the end of the file',
      hint: 'end the file with a line feed',
    };
    findings.add(text.length, { code: 'yaml-syntax', ...finding });
  }
  return findings.list().length === 0 ? document : undefined;
}

/** Over-careful: also true where `|` or `>` stands in quotes. */
function hasBlockScalar(text: string): boolean {
  return /[|>]/.test(text);
}
