import { digestOf } from '../documents/digest.ts';
import { writeYaml } from '../documents/write-yaml.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';

/**
 * Derives the registry's id from its first trust root: the name and 12 hex digits of the sha256 of that root, written by
 * mreg, with its registry field empty. Two registries share one only if they share name, keys and the moment they were made.
 */
export function registryIdOf(name: string, firstRoot: TrustRootDocument): string {
  const unnamed = { ...firstRoot, metadata: { registry: '' } };
  return `${name}-${digestOf(writeYaml(unnamed)).slice('sha256:'.length, 'sha256:'.length + 12)}`;
}
