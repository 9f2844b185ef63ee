import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';

const HEADER =
  '# Derived from trust/root.yaml by mreg, for ssh-keygen and git. Checked, never trusted: edit root.yaml instead.\n';

/** Returns the text of `trust/allowed_signers`: every key with its principal, for the namespaces that mreg and git sign in. */
export function formatAllowedSigners(root: TrustRootDocument): string {
  const lines = root.spec.principals.flatMap(({ id, keys }) =>
    keys.map((key) => `${id} namespaces="git,mreg.*" ${key}\n`),
  );
  return HEADER + lines.join('');
}
