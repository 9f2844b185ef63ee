import type { AllowedFinding } from '../scan/allowed.ts';
import type { ScanFinding } from '../scan/finding.ts';
import type { ScanResult } from '../scan/scan-result.ts';

const LEVELS = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const;
/** What code-scanning pages sort by: a score as CVSS has it. */
const SCORES = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' } as const;

/** Returns a scan in the static analysis results interchange format, 2.1.0; what was allowed is there as suppressed. */
export function sarifOf({ counted, allowed, version }: ScanResult): object {
  const all = [...counted, ...allowed];
  const rules = [...new Map(all.map((finding) => [finding.rule, finding])).values()].map(ruleOf);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'mreg scan', version, rules } },
        results: [...counted.map((finding) => resultOf(finding)), ...allowed.map(suppressedOf)],
      },
    ],
  };
}

function ruleOf({ rule, category, severity }: ScanFinding): object {
  return {
    id: rule,
    shortDescription: { text: `${category}: ${rule}` },
    properties: { tags: ['security', category], 'security-severity': SCORES[severity] },
  };
}

function resultOf({ rule, severity, message, path, line, fingerprint }: ScanFinding): object {
  const [file = path] = path.split('!');
  const region = line === undefined ? {} : { region: { startLine: line } };
  return {
    ruleId: rule,
    level: LEVELS[severity],
    message: { text: file === path ? message : `${path}: ${message}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...region } }],
    ...(fingerprint === undefined ? {} : { partialFingerprints: { 'mregFinding/v1': fingerprint } }),
  };
}

function suppressedOf(finding: AllowedFinding): object {
  return { ...resultOf(finding), suppressions: [{ kind: 'external', justification: finding.reason }] };
}

function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
