import { connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy in front of a server that cuts connections; what it counts, a test may look at. */
export interface CutProxy {
  readonly host: string;
  /** Cuts the connection once so many more bytes have come from the client, or from the server; each is done once. */
  cutAfter(bytes: { readonly up?: number; readonly down?: number }): void;
  /** Lets so many more bytes of the client through and then no more, until `drop`; resolves when it is there. */
  stallAfter(upBytes: number): Promise<void>;
  /** Ends every connection, and lets everything through again. */
  drop(): void;
  readonly seen: { up: number; down: number; cuts: number };
  stop(): Promise<void>;
}

/** Starts a proxy to `target` (`127.0.0.1:5000`). */
export async function startCutProxy(target: string): Promise<CutProxy> {
  const seen = { up: 0, down: 0, cuts: 0 };
  const limits: { up: number | undefined; down: number | undefined } = { up: undefined, down: undefined };
  const [name, port] = target.split(':');
  const sockets = new Set<Socket>();
  let stall: { readonly at: number; readonly reached: () => void } | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(port), name);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const relay = (from: Socket, to: Socket, way: 'up' | 'down'): void => {
      from.on('data', (data) => {
        seen[way] += data.length;
        if (way === 'up' && stall !== undefined && seen.up >= stall.at) {
          from.pause();
          stall.reached();
          return;
        }
        const limit = limits[way];
        if (limit !== undefined && seen[way] >= limit) {
          limits[way] = undefined;
          seen.cuts += 1;
          client.resetAndDestroy();
          upstream.destroy();
        } else if (!to.write(data)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
    };
    relay(client, upstream, 'up');
    relay(upstream, client, 'down');
  });
  return {
    host: `127.0.0.1:${String(await listen(server))}`,
    cutAfter: ({ up, down }) => {
      limits.up = up === undefined ? undefined : seen.up + up;
      limits.down = down === undefined ? undefined : seen.down + down;
    },
    stallAfter: (upBytes) =>
      new Promise((done) => {
        const reached = (): void => {
          done();
        };
        stall = { at: seen.up + upBytes, reached };
      }),
    drop: () => {
      stall = undefined;
      for (const socket of sockets) socket.destroy();
    },
    seen,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Lets a server listen on a free port of this machine and returns the port. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
