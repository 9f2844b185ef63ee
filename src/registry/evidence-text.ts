/** Returns which evidence a promotion rests on as one comparable line a document, in path order. */
export function evidenceText(evidence: readonly { readonly path: string; readonly digest: string }[]): string {
  return evidence
    .map(({ path, digest }) => `${digest} ${path}`)
    .sort()
    .join('; ');
}
