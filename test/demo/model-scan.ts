/** What a scan found, as evidence counts it. */
interface Findings {
  readonly secrets: number;
  readonly vulnerabilities: Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>;
  readonly serialisation: { readonly pickle: number; readonly unsafe: number };
}

/** Shapes of credentials that end up in files by mistake. */
const SECRETS = [
  /\bAKIA[0-9A-Z]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\b(?:password|secret|api_?key|token)["']?\s*[:=]\s*["'][^"']{8,}["']/i,
];

/** Scans a model file for credentials, for serialisation that runs code when it is read, and for packages it needs. */
export function scanModel(modelFile: string): Findings {
  const parsed = JSON.parse(modelFile) as { readonly packages: readonly string[] };
  // A vulnerability sits in code: a file of numbers that needs no package brings none. With packages this scan would not do.
  if (parsed.packages.length > 0) throw new Error('scan the packages of the model with a scanner of packages');
  return {
    secrets: SECRETS.filter((pattern) => pattern.test(modelFile)).length,
    vulnerabilities: { critical: 0, high: 0, medium: 0, low: 0 },
    serialisation: {
      // Pickle starts with its PROTO opcode; zip archives (PyTorch, Keras) may hold one.
      pickle: Number(modelFile.charCodeAt(0) === 0x80 || modelFile.startsWith('PK')),
      unsafe: Number(/__reduce__|\bexec\(|\beval\(/.test(modelFile)),
    },
  };
}
