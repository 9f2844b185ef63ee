import { parseDocument } from 'yaml';
import type { PolicyDocument } from './kinds/policy.ts';

/**
 * Returns a policy's text with another head (and scope), its comments and layout kept: people explain their gates there.
 * `source` is text that the strict reader has accepted.
 */
export function retargetPolicy(
  source: string,
  to: { readonly metadata: PolicyDocument['metadata']; readonly models?: readonly string[] | undefined },
): string {
  const document = parseDocument(source);
  document.set('metadata', document.createNode(to.metadata, { flow: true }));
  if (to.models !== undefined) document.setIn(['spec', 'models'], document.createNode(to.models, { flow: true }));
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
