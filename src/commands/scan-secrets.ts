import { digestOf } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { ScanFinding } from '../scan/finding.ts';
import { linesIn, PrintableText, type TextWindow } from '../scan/printable.ts';
import { secretPlaces, type SecretPlace } from '../scan/secret-rules.ts';
import type { Listener } from '../unpack/examine.ts';

/** Finds the places of secrets in a text. */
export type FindSecrets = (text: string) => Promise<readonly SecretPlace[]>;

const FINGERPRINT_LENGTH = 12;
const MOST_OF_A_FILE = 1000;

/** Returns what finds secrets: the carried rules and the rule set beside the program, which is loaded here. */
export async function loadSecretRules(): Promise<FindSecrets> {
  const { lintSource, creator } = await loadOrTell();
  const rules = [{ id: creator.meta.id, rule: creator }];
  return async (text) => {
    // It reads the text that it is given and no file, whatever that is called.
    const source = { content: text, filePath: '/scanned.txt', ext: '.txt', contentType: 'text' as const };
    const { messages } = await lintSource({ source, options: { noPhysicFilePath: true, config: { rules } } });
    const found = messages.map(({ ruleId, messageId, range }) => {
      return { rule: `${ruleId.replace(/^.*secretlint-rule-/, '')}/${messageId}`, from: range[0], to: range[1] };
    });
    return withoutOverlaps([...found, ...secretPlaces(text)]);
  };
}

async function loadOrTell() {
  try {
    const { lintSource } = await import('@secretlint/core');
    return { lintSource, ...(await import('@secretlint/secretlint-rule-preset-recommend')) };
  } catch (cause) {
    throw new MregError('unreadable', 'the rules for secrets are not installed', {
      hint: 'npm install @secretlint/core@11.7.1 @secretlint/secretlint-rule-preset-recommend@11.7.1',
      cause,
    });
  }
}

/** What two rules find in one place is one secret. */
function withoutOverlaps(places: readonly SecretPlace[]): readonly SecretPlace[] {
  const kept: SecretPlace[] = [];
  for (const place of [...places].sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (place.from >= (kept.at(-1)?.to ?? 0)) kept.push(place);
  }
  return kept;
}

/** Returns a listener that tells of each secret in a file once: its rule, its line and the start of its digest, never itself. */
export function secretListener(
  find: FindSecrets,
  { path, onFinding }: { readonly path: string; readonly onFinding: (finding: ScanFinding) => void },
): Listener {
  const text = new PrintableText();
  const seen = new Set<string>();
  const look = async (windows: readonly TextWindow[]): Promise<void> => {
    for (const window of windows) {
      for (const place of await find(window.text)) {
        const finding = findingOf(path, window, place);
        const key = `${finding.rule} ${String(finding.line)} ${finding.fingerprint}`;
        // Windows overlap: what stands in both is told once.
        if (seen.size < MOST_OF_A_FILE && !seen.has(key)) onFinding(finding);
        seen.add(key);
      }
    }
  };
  return { write: async (chunk) => look(text.push(chunk)), end: async () => look(text.end()) };
}

function findingOf(
  path: string,
  { text, line }: TextWindow,
  { rule, from, to }: SecretPlace,
): ScanFinding & { readonly fingerprint: string } {
  const digest = digestOf(Buffer.from(text.slice(from, to)));
  return {
    ...{ category: 'secret', rule, severity: 'critical', path },
    line: line === undefined ? undefined : line + linesIn(text, from),
    message: 'a secret stands here; revoke it, then remove it',
    fingerprint: digest.slice('sha256:'.length, 'sha256:'.length + FINGERPRINT_LENGTH),
  };
}
