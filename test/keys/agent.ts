import { execFileSync } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** Starts OpenSSH's own ssh-agent with these key files loaded; it ends with the current test. Returns its socket. */
export function startAgent(directory: string, keyFiles: readonly string[] = []): string {
  const socket = path.join(directory, 'agent');
  // Without -D it goes into the background only after the socket is there, so nothing has to wait for it.
  const said = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
  onTestFinished(() => {
    process.kill(pid);
  });
  for (const file of keyFiles) sshAdd(socket, file);
  return socket;
}

/** Loads a key file into an agent, as `ssh-add` does. */
function sshAdd(socket: string, file: string): void {
  execFileSync('ssh-add', ['-q', file], { env: { PATH: process.env['PATH'], SSH_AUTH_SOCK: socket }, stdio: 'pipe' });
}

/** Starts a program that listens like an agent and answers as `answer` says; it ends with the current test. */
export async function startFalseAgent(directory: string, answer: (socket: Socket) => void): Promise<string> {
  const socketPath = path.join(directory, 'false');
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      answer(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return socketPath;
}
