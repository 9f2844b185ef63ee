import { createServer, type Socket } from 'node:net';

/** A message as it was taken. */
export interface TakenMessage {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

/** A server that speaks SMTP (RFC 5321) as far as one sends a message with it. */
export interface MailServer {
  readonly port: number;
  readonly taken: readonly TakenMessage[];
  /** Names and passwords that were given, as `\0name\0password`. */
  readonly logins: readonly string[];
  stop(): Promise<void>;
}

/** What goes wrong: it refuses recipients, never greets, or cuts the connection in the middle of the message. */
export type MailFault = 'refuses' | 'silent' | 'cuts';

/** Starts a server on a free port. */
export async function startMailServer(fault?: MailFault): Promise<MailServer> {
  const taken: TakenMessage[] = [];
  const logins: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (fault === 'silent') return;
    converse(socket, { fault, taken, logins });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    port: address.port,
    taken,
    logins,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

function converse(
  socket: Socket,
  { fault, taken, logins }: { fault: MailFault | undefined; taken: TakenMessage[]; logins: string[] },
): void {
  let [from, to, unread]: [string, string[], string] = ['', [], ''];
  let body: string[] | undefined;
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  const hear = (line: string): void => {
    if (body !== undefined) {
      if (line !== '.') {
        body.push(line.replace(/^\.\./, '.'));
        return;
      }
      taken.push({ from, to, text: body.join('\n') });
      body = undefined;
      say('250 taken');
      return;
    }
    const [, address = ''] = /<(.*)>/.exec(line) ?? [];
    const verb = line.split(/[ :]/, 1)[0]?.toUpperCase();
    if (verb === 'EHLO') say('250-test\r\n250 AUTH PLAIN');
    else if (verb === 'AUTH') {
      logins.push(Buffer.from(line.split(' ')[2] ?? '', 'base64').toString());
      say('235 welcome');
    } else if (verb === 'MAIL') {
      [from, to] = [address, []];
      say('250 ok');
    } else if (verb === 'RCPT') {
      if (fault !== 'refuses') to.push(address);
      say(fault === 'refuses' ? '550 nobody of that name' : '250 ok');
    } else if (verb === 'DATA') {
      if (fault === 'cuts') socket.destroy();
      else {
        body = [];
        say('354 go on');
      }
    } else if (verb === 'QUIT') {
      socket.end('221 bye\r\n');
    } else say(verb === 'STARTTLS' ? '502 not here' : '250 ok');
  };
  socket.on('data', (data) => {
    unread += data.toString('utf8');
    for (let end = unread.indexOf('\r\n'); end >= 0; end = unread.indexOf('\r\n')) {
      const line = unread.slice(0, end);
      unread = unread.slice(end + 2);
      hear(line);
    }
  });
  say('220 test');
}
