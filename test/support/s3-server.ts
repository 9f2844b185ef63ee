import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { listen } from './cut-proxy.ts';

/** A server on this machine that speaks S3 and keeps its objects in a folder. */
export interface S3Server {
  readonly host: string;
  /** What programs are told about it: endpoint and credentials. */
  readonly env: Readonly<Record<string, string>>;
  /** What was asked: `PUT /bucket/name?partNumber=1…`. */
  readonly asked: string[];
  makeBucket(name: string): Promise<void>;
  /** Replaces the bytes of an object behind the server's back, notes and all; undefined removes it. */
  tamper(bucket: string, name: string, bytes: Uint8Array | undefined): Promise<void>;
  /** Makes what a bucket holds look as old as that. */
  age(bucket: string, time: Date): Promise<void>;
  stop(): Promise<void>;
}

/** `plain`: s3rver as it is, which knows few requests. `full`: what it lacks of Amazon's is answered in front of it. */
export type S3Kind = 'plain' | 'full';

interface Rver {
  readonly httpServer: Server;
  run(): Promise<{ port: number }>;
  close(): Promise<void>;
}
type RverClass = new (options: object) => Rver;

const ACCOUNT = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };
const UPLOADS = '._S3rver_uploads';

/** Starts a server that keeps its buckets in `folder`. */
export async function startS3Server(folder: string, kind: S3Kind): Promise<S3Server> {
  // Without types, and CommonJS.
  const Rver = createRequire(import.meta.url)('s3rver') as RverClass;
  const rver = new Rver({ port: 0, address: '127.0.0.1', silent: true, directory: folder });
  const { port } = await rver.run();
  const asked: string[] = [];
  const front = createServer((incoming, answer) => {
    asked.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    void respond({ folder, port, kind }, incoming, answer);
  });
  const host = `127.0.0.1:${String(await listen(front))}`;
  const pathOf = (bucket: string, name: string): string => join(folder, bucket, `${name}._S3rver_object`);
  return {
    host,
    env: { ...ACCOUNT, AWS_ENDPOINT_URL_S3: `http://${host}` },
    asked,
    makeBucket: async (name) => {
      await mkdir(join(folder, name), { recursive: true });
    },
    tamper: async (bucket, name, bytes) => {
      const path = pathOf(bucket, name);
      // A new file, for the server may still be writing into the old one after it answered.
      if (bytes !== undefined) {
        await writeFile(`${path}.new`, bytes);
        return rename(`${path}.new`, path);
      }
      for (const each of [path, `${path}.md5`, path.replace(/object$/, 'metadata.json')])
        await rm(each, { force: true });
    },
    age: async (bucket, time) => {
      for (const each of await readdir(join(folder, bucket), { recursive: true }))
        await utimes(join(folder, bucket, each), time, time);
    },
    stop: async () => {
      front.closeAllConnections();
      await new Promise((done) => front.close(done));
      rver.httpServer.closeAllConnections();
      await rver.close();
    },
  };
}

interface Backend {
  readonly folder: string;
  readonly port: number;
  readonly kind: S3Kind;
}

async function respond(backend: Backend, incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  try {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const own = backend.kind === 'full' ? await answerOf(backend, incoming, body) : undefined;
    if (own === undefined) {
      relay(backend, { incoming, body, answer });
      return;
    }
    answer.writeHead(own.status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(own.xml) });
    answer.end(own.xml);
  } catch {
    incoming.destroy();
  }
}

/** As it came, with its Host: the signature is about that. */
function relay(
  { port }: Backend,
  { incoming, body, answer }: { incoming: IncomingMessage; body: Buffer; answer: ServerResponse },
): void {
  const { method, url, headers } = incoming;
  const onward = request({ port, host: '127.0.0.1', method, path: url, headers, agent: false }, (from) => {
    answer.writeHead(from.statusCode ?? 500, from.headers);
    from.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  onward.end(body);
}

interface Answer {
  readonly status: number;
  readonly xml: string;
}

/** Returns the answer to what s3rver does not know, as Amazon documents it; undefined for the rest. */
async function answerOf({ folder }: Backend, incoming: IncomingMessage, body: Buffer): Promise<Answer | undefined> {
  const url = new URL(incoming.url ?? '/', 'http://s3');
  const [, bucket = '', ...names] = decodeURIComponent(url.pathname).split('/');
  const at = { root: join(folder, bucket), name: names.join('/'), query: url.searchParams };
  const id = at.query.get('uploadId') ?? '';
  const upload = join(at.root, UPLOADS, id);
  if (incoming.method === 'GET' && at.query.has('uploads')) return listUploads(at.root, at.query.get('prefix') ?? '');
  if (id !== '' && (await stat(upload).catch(() => undefined)) === undefined) return failure(404, 'NoSuchUpload');
  if (incoming.method === 'GET' && id !== '') return listParts(upload);
  if (incoming.method === 'DELETE' && id !== '') {
    await rm(upload, { recursive: true });
    return { status: 204, xml: '' };
  }
  const sum = incoming.headers['x-amz-checksum-sha256'];
  if (incoming.method === 'PUT' && sum !== undefined && sum !== createHash('sha256').update(body).digest('base64'))
    return failure(400, 'BadDigest');
  const isThere = (await stat(join(at.root, `${at.name}._S3rver_object`)).catch(() => undefined)) !== undefined;
  return incoming.headers['if-none-match'] === '*' && isThere ? failure(412, 'PreconditionFailed') : undefined;
}

function failure(status: number, code: string): Answer {
  return { status, xml: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>` };
}

async function listUploads(root: string, prefix: string): Promise<Answer> {
  const found: string[] = [];
  for (const id of await readdir(join(root, UPLOADS)).catch(() => [])) {
    const key = await readFile(join(root, UPLOADS, id, 'key'), 'utf8');
    const { mtime } = await stat(join(root, UPLOADS, id, 'key'));
    if (!key.startsWith(prefix)) continue;
    const facts = `<Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${mtime.toISOString()}</Initiated>`;
    found.push(`<Upload>${facts}</Upload>`);
  }
  const xml = `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${found.join('')}</ListMultipartUploadsResult>`;
  return { status: 200, xml };
}

async function listParts(upload: string): Promise<Answer> {
  const parts: string[] = [];
  for (const number of await readdir(upload)) {
    if (!/^[0-9]+$/.test(number)) continue;
    const bytes = await readFile(join(upload, number));
    const etag = createHash('md5').update(bytes).digest('hex');
    const facts = `<PartNumber>${number}</PartNumber><Size>${String(bytes.length)}</Size><ETag>"${etag}"</ETag>`;
    parts.push(`<Part>${facts}</Part>`);
  }
  return { status: 200, xml: `<ListPartsResult><IsTruncated>false</IsTruncated>${parts.join('')}</ListPartsResult>` };
}
