import { createHmac } from 'node:crypto';

/** A push that controllers should hear of at once. */
export interface Pushed {
  /** Where the repository is, as the remote names it. */
  readonly remote: string;
  readonly branch: string;
  readonly before: string;
  readonly after: string;
  readonly paths: readonly string[];
}

/** A signed message: what is sent, byte for byte, and the headers that prove who sends it. */
export interface Poke {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Returns what tells Argo CD of a push: the event of GitHub that its /api/webhook understands. Argo CD compares the
 * address with those of its Applications, and the changed paths with manifest-generate-paths.
 */
export function argoPoke({ remote, branch, before, after, paths }: Pushed, secret: string): Poke {
  const address = webAddress(remote);
  const body = JSON.stringify({
    ref: `refs/heads/${branch}`,
    before,
    after,
    // Argo CD takes a push to the default branch for one that moves HEAD, too.
    repository: { html_url: address, clone_url: `${address}.git`, default_branch: branch },
    commits: [{ id: after, added: [], removed: [], modified: paths }],
  });
  return {
    body,
    headers: {
      'x-github-event': 'push',
      'x-hub-signature': `sha1=${hmac('sha1', body, secret)}`,
      'x-hub-signature-256': `sha256=${hmac('sha256', body, secret)}`,
    },
  };
}

/** Returns what tells a Receiver of Flux (type generic-hmac) of a push: any body, signed. */
export function fluxPoke({ branch, before, after }: Pushed, secret: string): Poke {
  const body = JSON.stringify({ ref: `refs/heads/${branch}`, before, after });
  return { body, headers: { 'x-signature': `sha256=${hmac('sha256', body, secret)}` } };
}

function hmac(algorithm: 'sha1' | 'sha256', body: string, secret: string): string {
  return createHmac(algorithm, secret).update(body).digest('hex');
}

/** The address of a repository as forges name it: without a user, a password, `.git`, or the form that ssh has. */
function webAddress(remote: string): string {
  const short = /^(?:[^@/]+@)?([^/:]+):(?!\/\/)(.+)$/.exec(remote);
  const plain = remote.replace(/^(https?|ssh|git):\/\/(?:[^@/]*@)?/, (_, scheme: string) =>
    scheme.startsWith('http') ? `${scheme}://` : 'https://',
  );
  const address = short === null || /^[a-z]+:\/\//.test(remote) ? plain : `https://${short[1] ?? ''}/${short[2] ?? ''}`;
  return address.replace(/\/+$/, '').replace(/\.git$/, '');
}
