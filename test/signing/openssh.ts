import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** Returns a new directory that is removed when the current test ends. Short, because a socket path is limited. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'mreg-k-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Runs OpenSSH's own ssh-keygen, away from the user's keys, agent and configuration; throws when it fails. */
export function sshKeygen(args: readonly string[], input: string | Uint8Array = ''): string {
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
  return execFileSync('ssh-keygen', args, { input, env, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Makes a key pair with ssh-keygen; `extra` are further flags, such as `-Z aes256-cbc`. */
export function makeKeyPair(
  directory: string,
  given: { readonly passphrase?: string; readonly extra?: readonly string[]; readonly type?: string } = {},
): { readonly file: string; readonly publicLine: string } {
  const file = path.join(directory, `key-${Math.random().toString(36).slice(2)}`);
  const type = given.type ?? 'ed25519';
  sshKeygen(['-q', '-t', type, '-N', given.passphrase ?? '', '-C', 'tester', ...(given.extra ?? []), '-f', file]);
  return { file, publicLine: readFileSync(`${file}.pub`, 'utf8') };
}

/** Signs with `ssh-keygen -Y sign`. */
export function sshSign(file: string, namespace: string, message: string, extra: readonly string[] = []): string {
  return sshKeygen(['-Y', 'sign', ...extra, '-f', file, '-n', namespace], message);
}

/** Verifies with `ssh-keygen -Y verify` against an allowed_signers file naming this one key; throws when it refuses. */
export function sshVerify(
  directory: string,
  given: { readonly publicLine: string; readonly armour: string; readonly namespace: string; readonly message: string },
): string {
  const [allowed, signature] = [path.join(directory, 'allowed_signers'), path.join(directory, 'message.sig')];
  writeFileSync(allowed, `tester ${given.publicLine.trim()}\n`);
  writeFileSync(signature, given.armour);
  return sshKeygen(
    ['-Y', 'verify', '-f', allowed, '-I', 'tester', '-n', given.namespace, '-s', signature],
    given.message,
  );
}
