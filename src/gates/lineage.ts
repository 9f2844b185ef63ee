import type { LineageGate } from '../documents/kinds/gate.ts';
import type { Lineage } from '../documents/kinds/model-version.ts';
import { referenceOf, type GateType } from './judgement.ts';

type Part = NonNullable<LineageGate['require']>[number];

const DEFAULT_PARTS: readonly Part[] = ['code', 'data', 'parameters', 'environment'];

/** Passes when the version records where it came from. */
export const lineageGate: GateType<LineageGate> = {
  atTheDoor: false,
  required: (gate) => (gate.require ?? DEFAULT_PARTS).join(', '),
  judge: (gate, { input }) => {
    const { path, body } = input.candidate.version;
    const lineage = body.spec.lineage ?? {};
    const asked = gate.require ?? DEFAULT_PARTS;
    const missing = asked.filter((part) => !RECORDED[part](lineage));
    const observed = asked.filter((part) => !missing.includes(part)).join(', ') || 'none';
    if (missing.length === 0) return { verdict: 'pass', observed, reason: `recorded: ${observed}`, source: path };
    const reason = `the lineage lacks ${missing.map((part) => MEANING[part]).join('; ')}`;
    const hint = `A version never changes: register a new one with ${missing.map((part) => FLAG[part]).join(' ')} (${referenceOf(input, input.candidate)} stays as it is)`;
    return { verdict: 'fail', observed, reason, source: path, hint };
  },
};

const RECORDED: Readonly<Record<Part, (lineage: Lineage) => boolean>> = {
  code: ({ code }) => code !== undefined,
  data: (lineage) => hasDataSnapshot(lineage),
  parameters: ({ parameters }) => parameters !== undefined && Object.keys(parameters).length > 0,
  // A tag such as `image: trainer:latest` can be moved; only a digest pins what was installed.
  environment: ({ environment }) =>
    environment?.lockfile !== undefined || /@sha256:[0-9a-f]{64}$/.test(environment?.image ?? ''),
  parents: ({ parents }) => parents !== undefined && parents.length > 0,
};

const MEANING: Readonly<Record<Part, string>> = {
  code: 'code (repository and commit)',
  data: 'data (at least one set, each with a digest)',
  parameters: 'parameters (at least one)',
  environment: 'environment (a lockfile digest, or an image with its digest)',
  parents: 'parents (the versions it was made from)',
};

const FLAG: Readonly<Record<Part, string>> = {
  code: '--code <repo>@<commit>',
  data: '--data <name>=<uri>@<digest>',
  parameters: '--param <key>=<value>',
  environment: '--lockfile <file>',
  parents: '--lineage <file>',
};

/** Tells whether at least one data set is recorded and each has the digest of what was read. */
export function hasDataSnapshot({ data }: Lineage): boolean {
  return data !== undefined && data.length > 0 && data.every(({ digest }) => digest !== undefined);
}
